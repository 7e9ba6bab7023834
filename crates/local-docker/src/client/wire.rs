//! Reads what engines of many versions write: members that are missing or
//! null, lists that are null, times that mean "never".

use std::str::FromStr;

use image_ref::{Platform, Reference};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = …)]`: null is the default, too.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A number of bytes; 0 for null and for the -1 of what was not counted.
pub(crate) fn bytes_or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    or_default(deserializer).map(byte_count)
}

/// A text that is not empty.
pub(crate) fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A text that has this type's syntax; any other text counts as missing.
pub(crate) fn parse_lenient<T: FromStr>(text: Option<String>) -> Option<T> {
    text?.parse().ok()
}

/// The names of `NAME=VALUE`, in order. Values are dropped while they are read: they may
/// be secrets.
pub(crate) fn variable_names<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<String>, D::Error> {
    let variables: Vec<String> = or_default(list)?;
    let name = |text: String| text.split('=').next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = variables.into_iter().map(name).collect();
    names.sort();
    Ok(names)
}

/// A number of bytes; engines write -1 for what was not counted.
fn byte_count(count: i64) -> u64 {
    count.try_into().unwrap_or_default()
}

/// The platform of an image; `None` when a necessary part is missing.
pub(crate) fn platform_of(
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
) -> Option<Platform> {
    let (os, architecture) = (non_empty(os)?, non_empty(architecture)?);
    Some(Platform { variant: non_empty(variant), ..Platform::new(&os, &architecture) })
}

/// The references of an image, each once. Engines before 25 write
/// `<none>:<none>` for an image without any, the containerd store repeats a
/// digest for each tag; for those that do not parse see [`unreadable_names`].
pub(crate) fn parse_references(texts: Vec<String>) -> Vec<Reference> {
    let mut references = Vec::with_capacity(texts.len());
    for reference in texts.iter().filter_map(|text| text.parse().ok()) {
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    references
}

/// Names that are neither references nor a placeholder for none.
pub(crate) fn unreadable_names<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    texts
        .filter(|text| !text.contains("<none>") && text.parse::<Reference>().is_err())
        .cloned()
        .collect()
}

/// A time as Go's `time.Time` in JSON; its zero value, in the year 1, is none.
pub(crate) fn parse_time(text: Option<String>) -> Option<Timestamp> {
    parse_lenient(text).filter(is_set)
}

/// A time as seconds since 1970.
pub(crate) fn time_from_seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok().filter(is_set)
}

fn is_set(time: &Timestamp) -> bool {
    /// Go's zero time, 0001-01-01T00:00:00Z.
    const ZERO: i64 = -62_135_596_800;
    // In another time zone it is a few hours away.
    time.as_second() > ZERO + 48 * 3600
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_one_is_no_time_and_1970_is_one() {
        for (text, expected) in [
            ("0001-01-01T00:00:00Z", None),
            ("0001-01-01T01:00:00+02:00", None),
            ("", None),
            ("1970-01-01T00:00:00Z", Some(Timestamp::UNIX_EPOCH)),
            ("2026-08-01T02:00:00.5+02:00", "2026-08-01T00:00:00.500Z".parse().ok()),
        ] {
            assert_eq!(parse_time(Some(text.to_owned())), expected, "{text}");
        }
        assert_eq!(time_from_seconds(-62_135_596_800), None);
        assert_eq!(time_from_seconds(0), Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn numbers_outside_of_the_range_are_no_time_and_no_bytes() {
        for seconds in [i64::MIN, i64::MAX] {
            assert_eq!(time_from_seconds(seconds), None);
        }
        assert_eq!([i64::MIN, -1, 0].map(byte_count), [0; 3]);
    }

    #[test]
    fn invalid_references_are_left_out_and_repeated_ones_listed_once() {
        let texts = ["<none>:<none>", "a/b:1", "Not A Reference", "<none>@<none>", "a/b:1"];
        let texts = texts.map(str::to_owned).to_vec();
        assert_eq!(unreadable_names(texts.iter()), ["Not A Reference"]);
        assert_eq!(parse_references(texts), ["a/b:1".parse().unwrap()]);
    }
}
