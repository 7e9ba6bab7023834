//! Dates of headings, in the forms that changelogs have.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use super::markup::pattern;

/// A date in a text.
pub(super) struct FoundDate<'t> {
    /// Where it is.
    pub(super) range: Range<usize>,
    form: DateForm<'t>,
}

/// How a date is written.
enum DateForm<'t> {
    /// `2026-11-20`, with its separator.
    YearFirst(&'t str),
    /// `20.11.2026`, with its separator; the month may come first.
    YearLast { separator: &'t str, month_first: bool },
    /// `20 Nov 2026`: the month as an example, and what is around it.
    DayMonth { ordinal: bool, month: &'t str, before: &'t str, after: &'t str },
    /// `November 20th, 2026`.
    MonthDay { ordinal: bool, month: &'t str, before: &'t str, after: &'t str },
    /// `November 2026`.
    MonthYear(&'t str),
    /// Cannot be told apart: `03/04/2026`.
    Ambiguous,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let month = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?";
    let ordinal = "(?:st|nd|rd|th)?";
    pattern(&format!(
        r"(?ix)\b(?:
          (?P<y1>\d{{4}})(?P<s1>[-/.])\d{{1,2}}[-/.]\d{{1,2}}
        | (?P<d2>\d{{1,2}})(?P<s2>[./])(?P<m2>\d{{1,2}})[./]\d{{4}}
        | \d{{1,2}}(?P<o3>{ordinal})(?P<b3>[\ -]+(?:of\ )?)(?P<m3>{month})(?P<a3>[,\ -]+)\d{{4}}
        | (?P<m4>{month})(?P<b4>\ +)\d{{1,2}}(?P<o4>{ordinal})(?P<a4>[,\ ]+)\d{{4}}
        | (?P<m5>{month}),?\ +\d{{4}}
        )\b"
    ))
});

/// The first date in a text. Numbers with dots may be a version instead: they count
/// from `dots_from` on only.
pub(super) fn find_date(text: &str, dots_from: usize) -> Option<FoundDate<'_>> {
    let found = DATE.captures_iter(text).find(|found| {
        let separator = found.name("s1").or_else(|| found.name("s2"));
        let has_dots = separator.is_some_and(|separator| separator.as_str() == ".");
        !has_dots || found.get_match().start() >= dots_from
    })?;
    Some(FoundDate { range: found.get_match().range(), form: form_of(&found) })
}

fn form_of<'t>(found: &Captures<'t>) -> DateForm<'t> {
    let group = |name: &str| found.name(name).map_or("", |group| group.as_str());
    let (is_day_month, is_month_day) = (found.name("m3").is_some(), found.name("m4").is_some());
    match (group("s1"), group("s2")) {
        ("", "") if is_day_month => DateForm::DayMonth {
            ordinal: !group("o3").is_empty(),
            month: group("m3"),
            before: group("b3"),
            after: group("a3"),
        },
        ("", "") if is_month_day => DateForm::MonthDay {
            ordinal: !group("o4").is_empty(),
            month: group("m4"),
            before: group("b4"),
            after: group("a4"),
        },
        ("", "") => DateForm::MonthYear(group("m5")),
        ("", separator) => year_last(separator, group("d2"), group("m2")),
        (separator, _) => DateForm::YearFirst(separator),
    }
}

/// With dots the day comes first; with slashes only a number above twelve decides.
fn year_last<'t>(separator: &'t str, first: &str, second: &str) -> DateForm<'t> {
    let is_day = |text: &str| text.parse::<u8>().is_ok_and(|number| number > 12);
    match (separator, is_day(first), is_day(second)) {
        (".", ..) | (_, true, _) => DateForm::YearLast { separator, month_first: false },
        (_, _, true) => DateForm::YearLast { separator, month_first: true },
        _ => DateForm::Ambiguous,
    }
}

impl FoundDate<'_> {
    /// Another date, given as `2026-11-20`, in the same form.
    pub(super) fn write(&self, date: &str) -> String {
        self.write_form(date).unwrap_or_else(|| date.to_owned())
    }

    fn write_form(&self, date: &str) -> Option<String> {
        let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
        let number: usize = day.parse().ok()?;
        Some(match &self.form {
            DateForm::YearFirst(separator) => [year, month, day].join(separator),
            DateForm::YearLast { separator, month_first: true } => {
                [month, day, year].join(separator)
            }
            DateForm::YearLast { separator, .. } => [day, month, year].join(separator),
            DateForm::DayMonth { ordinal, month: model, before, after } => {
                let month = month_like(model, month)?;
                format!("{}{before}{month}{after}{year}", write_day(number, *ordinal))
            }
            DateForm::MonthDay { ordinal, month: model, before, after } => {
                let month = month_like(model, month)?;
                format!("{month}{before}{}{after}{year}", write_day(number, *ordinal))
            }
            DateForm::MonthYear(model) => format!("{} {year}", month_like(model, month)?),
            DateForm::Ambiguous => date.to_owned(),
        })
    }
}

/// `Nov` or `November`, as the model is; `May` is taken for a whole name.
fn month_like(model: &str, month: &str) -> Option<String> {
    let name = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let bare = model.trim_end_matches('.');
    let is_short =
        bare.len() <= 4 && !["may", "june", "july"].contains(&bare.to_lowercase().as_str());
    let dot = if is_short && bare.len() < model.len() { "." } else { "" };
    Some(if is_short { format!("{}{dot}", &name[..3]) } else { (*name).to_owned() })
}

fn write_day(day: usize, ordinal: bool) -> String {
    let ending = match (day % 10, day / 10) {
        _ if !ordinal => "",
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_date_is_written_in_the_form_of_the_first() {
        for (text, expected) in [
            ("1.0 (2024-05-01)", "2026-11-22"),
            ("1.0 / 2024/05/01", "2026/11/22"),
            ("0.28.1 (6th December, 2024)", "22nd November, 2026"),
            ("28 Nov 2024", "22 Nov 2026"),
            ("28-Nov-2024", "22-Nov-2026"),
            ("December 11, 2023", "November 22, 2026"),
            ("Dec. 11th 2023", "Nov. 22nd 2026"),
            ("3 May 2023", "22 November 2026"),
            ("01.05.2024", "22.11.2026"),
            ("25/12/2024", "22/11/2026"),
            ("12/25/2024", "11/22/2026"),
            ("03/04/2024", "2026-11-22"),
            ("Sept 2024", "Nov 2026"),
        ] {
            let found = find_date(text, 0).map(|date| date.write("2026-11-22"));
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        assert!(find_date("2024.05.01", 1).is_none() && find_date("1.2.3", 0).is_none());
    }
}
