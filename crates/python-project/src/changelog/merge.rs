//! One section made of several: entries are added to the group of the same title.

use super::{
    content::{trim_separators, without_comments},
    markup::Markup,
    title::titles,
};

/// Entries under one title, or before the first.
struct Group {
    /// The title's text, in lower case; empty before the first.
    key: String,
    /// The lines of the title and everything below it.
    text: String,
    /// Where the entries start in it.
    start: usize,
}

/// The text of a section with the entries of others, in groups of the same title where
/// the section has such a group. What the section has stays as it is; an entry that it
/// has already is not added.
pub(super) fn merge(
    body: &str,
    others: &[impl AsRef<str>],
    markup: Markup,
    ending: &str,
) -> String {
    let filled = body.trim_end();
    let mut groups = groups_of(filled, markup);
    for other in others {
        let other = without_comments(other.as_ref(), markup);
        for group in groups_of(trim_separators(&other), markup) {
            match groups.iter_mut().find(|own| own.key == group.key) {
                Some(own) => own.add_entries(&group, ending),
                None => add_group(&mut groups, group, ending),
            }
        }
    }
    let merged: String = groups.into_iter().map(|group| group.text).collect();
    let is_open = merged.len() > filled.len() && !body[filled.len()..].starts_with(['\r', '\n']);
    format!("{}{}{}", merged.trim_end(), if is_open { ending } else { "" }, &body[filled.len()..])
}

fn groups_of(text: &str, markup: Markup) -> Vec<Group> {
    let titles = titles(text, markup);
    let highest = titles.iter().map(|title| title.level).min();
    let mut starts: Vec<(usize, usize, String)> = vec![(0, 0, String::new())];
    for title in titles.iter().filter(|title| Some(title.level) == highest) {
        let key = text[title.text.clone()].trim_end_matches(':').to_lowercase();
        starts.push((title.lines.start, title.lines.end, key));
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|start| start.0).chain([text.len()]).collect();
    let groups = starts.into_iter().zip(ends).map(|((from, start, key), end)| Group {
        key,
        text: text[from..end].to_owned(),
        start: start - from,
    });
    groups.collect()
}

/// A group that the section does not have comes last, after a blank line.
fn add_group(groups: &mut Vec<Group>, group: Group, ending: &str) {
    if let Some(last) = groups.last_mut() {
        last.end_with_blank_line(ending);
    }
    groups.push(group);
}

impl Group {
    fn entries(&self) -> Vec<&str> {
        let (mut entries, mut is_new, mut from, mut at) =
            (Vec::new(), true, self.start, self.start);
        for line in self.text[self.start..].split_inclusive('\n') {
            let is_flush = !line.starts_with([' ', '\t']) && !line.trim().is_empty();
            if is_flush && (is_new || is_bullet(line)) {
                entries.push(self.text[from..at].trim());
                from = at;
            }
            is_new = line.trim().is_empty();
            at += line.len();
        }
        entries.push(self.text[from..].trim());
        entries.retain(|entry| !entry.is_empty());
        entries
    }

    fn add_entries(&mut self, other: &Self, ending: &str) {
        let own = self.entries();
        let added: Vec<&str> =
            other.entries().into_iter().filter(|entry| !own.contains(entry)).collect();
        let Some(first) = added.first() else { return };
        let is_list = own.last().is_some_and(|last| is_bullet(last)) && is_bullet(first);
        let filled = self.text.trim_end().len();
        let (head, tail) = self.text.split_at(filled);
        let gap = match (head.is_empty(), is_list) {
            (true, _) => String::new(),
            (_, true) => ending.to_owned(),
            _ => ending.repeat(2),
        };
        let separator = if added.iter().all(|entry| is_bullet(entry)) { 1 } else { 2 };
        let tail = if head.is_empty() { format!("{ending}{ending}") } else { tail.to_owned() };
        self.text = format!("{head}{gap}{}{tail}", added.join(&ending.repeat(separator)));
    }

    fn end_with_blank_line(&mut self, ending: &str) {
        let filled = self.text.trim_end().len();
        if filled > 0 {
            self.text = format!("{}{ending}{ending}", &self.text[..filled]);
        }
    }
}

fn is_bullet(line: &str) -> bool {
    let mut characters = line.chars();
    let is_mark = characters.next().is_some_and(|mark| matches!(mark, '-' | '*' | '+' | '•'));
    is_mark && characters.next().is_some_and(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_go_to_the_group_of_their_title_and_other_groups_come_last() {
        let body = "\n### Added\n\n- A\n\n### Fixed\n\n- B\n\n";
        let others = ["### Fixed\n\n- C\n  more\n- B\n", "### Added\n\n- D\n\n### Removed\n\n- E"];
        assert_eq!(
            merge(body, &others, Markup::Markdown, "\n"),
            "\n### Added\n\n- A\n- D\n\n### Fixed\n\n- B\n- C\n  more\n\n### Removed\n\n- E\n\n"
        );
    }

    #[test]
    fn a_list_without_groups_is_continued() {
        let merged =
            merge("\r\n* A\r\n\r\n\r\n", &["* B\r\n* A", "* C"], Markup::ReStructuredText, "\r\n");
        assert_eq!(merged, "\r\n* A\r\n* B\r\n* C\r\n\r\n\r\n");
    }

    #[test]
    fn an_empty_text_becomes_that_of_the_others() {
        let others = ["Fixes\n~~~~~\n\n- A", "Fixes\n~~~~~\n\n- B"];
        assert_eq!(
            merge("", &others, Markup::ReStructuredText, "\n"),
            "Fixes\n~~~~~\n\n- A\n- B\n"
        );
        assert_eq!(merge("\n", &["- A"], Markup::Markdown, "\n"), "- A\n");
    }
}
