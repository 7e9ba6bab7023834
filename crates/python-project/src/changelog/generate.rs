use git_conventional::Commit;

use super::{
    document::Changelog,
    markup::{Markup, line_ending},
    title::{TitleMark, titles},
};

/// The message of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitMessage<'a> {
    /// Subject, blank line, body.
    pub text: &'a str,
    /// Short name of the commit, added to the entry in parentheses.
    pub commit: &'a str,
}

/// A list of changes generated from commit messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedNotes {
    /// Entries in the order of [`GROUPS`], as Markdown.
    groups: [Vec<String>; GROUPS.len()],
    /// Subjects of commits that do not follow the convention; they have no entry.
    pub unconventional: Vec<String>,
    /// Whether an entry is marked as breaking.
    pub breaking: bool,
}

/// The groups of Keep a Changelog, in its order.
const GROUPS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// Sorts messages that follow [Conventional Commits](https://www.conventionalcommits.org/en/v1.0.0/)
/// into the groups of Keep a Changelog, in the order given. Chores, tests,
/// documentation and the like are left out unless they are breaking.
#[must_use]
pub fn generate<'a>(messages: impl IntoIterator<Item = CommitMessage<'a>>) -> GeneratedNotes {
    let mut groups: [Vec<String>; GROUPS.len()] = Default::default();
    let (mut unconventional, mut breaking) = (Vec::new(), false);
    for message in messages {
        let Ok(commit) = Commit::parse(message.text.trim()) else {
            unconventional.push(message.text.lines().next().unwrap_or_default().to_owned());
            continue;
        };
        breaking |= commit.breaking();
        if let Some(group) = group_index(&commit) {
            groups[group].push(format_entry(&commit, message.commit));
        }
    }
    GeneratedNotes { groups, unconventional, breaking }
}

/// Types of commits that users notice, with their group.
const TYPES: [(&str, &str); 12] = [
    ("feat", "Added"),
    ("change", "Changed"),
    ("changed", "Changed"),
    ("perf", "Changed"),
    ("deprecate", "Deprecated"),
    ("deprecated", "Deprecated"),
    ("remove", "Removed"),
    ("removed", "Removed"),
    ("revert", "Removed"),
    ("fix", "Fixed"),
    ("security", "Security"),
    ("sec", "Security"),
];

/// Index of the commit's group; `None` when users do not notice the commit.
fn group_index(commit: &Commit<'_>) -> Option<usize> {
    let by_type = TYPES.iter().find(|(kind, _)| commit.type_() == *kind).map(|(_, group)| *group);
    let security = commit.scope().is_some_and(|scope| scope == "security").then_some("Security");
    let breaking = commit.breaking().then_some("Changed");
    let name = security.or(by_type).or(breaking)?;
    GROUPS.iter().position(|group| *group == name)
}

fn format_entry(commit: &Commit<'_>, short: &str) -> String {
    let mark = if commit.breaking() { "**Breaking:** " } else { "" };
    let scope = commit.scope().map(|scope| format!("{scope}: ")).unwrap_or_default();
    let reason = commit.breaking_description().filter(|text| *text != commit.description());
    let reason = reason.map(|text| format!(". {}", on_one_line(text))).unwrap_or_default();
    let origin = if short.is_empty() { String::new() } else { format!(" ({short})") };
    format!("- {mark}{scope}{}{reason}{origin}", on_one_line(commit.description()))
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl GeneratedNotes {
    /// Whether no commit has an entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(Vec::is_empty)
    }

    /// Groups with their entries in the markup of a changelog, with titles of the level
    /// below that of its versions.
    pub(super) fn write(&self, changelog: &Changelog<'_>) -> String {
        let (mark, markup) = (group_mark(changelog), changelog.markup);
        let filled = GROUPS.iter().zip(&self.groups).filter(|(_, entries)| !entries.is_empty());
        let groups = filled.map(|(name, entries)| {
            let entries: Vec<String> =
                entries.iter().map(|entry| in_markup(entry, markup)).collect();
            format!("{}\n{}\n", mark.write(name, name, "\n"), entries.join("\n"))
        });
        let text = groups.collect::<Vec<_>>().join("\n");
        text.replace('\n', line_ending(changelog.text))
    }
}

/// How titles of groups are marked: as those that exist, else one level below the
/// versions.
fn group_mark(changelog: &Changelog<'_>) -> TitleMark {
    let version = changelog.sections.last().map(|section| &section.title);
    let level = version.map_or(2, |title| title.level);
    let titles = titles(changelog.text, changelog.markup);
    let existing = titles.iter().find(|title| title.level == level + 1);
    match (existing, changelog.markup) {
        (Some(title), _) => title.mark.fitting(),
        (None, Markup::Markdown) => TitleMark::Hashes(level + 1),
        (None, Markup::ReStructuredText) => {
            let is_used =
                |character: &char| titles.iter().any(|title| title.mark.is_of(*character));
            let character = ['-', '~', '^', '"', '\''].into_iter().find(|c| !is_used(c));
            let character = character.unwrap_or('.');
            TitleMark::Underline { character, length: 0, overline: false }
        }
    }
}

/// Commit messages are written as Markdown: reStructuredText has other marks for code,
/// and characters that it would read as marks.
fn in_markup(entry: &str, markup: Markup) -> String {
    if markup == Markup::Markdown {
        return entry.to_owned();
    }
    let (mark, text) = entry.split_at(2);
    let parts: Vec<String> = text
        .split('`')
        .enumerate()
        .map(|(index, part)| if index % 2 == 0 { escape(part) } else { format!("``{part}``") })
        .collect();
    mark.to_owned() + &parts.concat()
}

fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|");
    // The mark of breaking changes is bold in both.
    text.replace("**", "\0").replace('*', "\\*").replace('\0', "**").replace("_ ", "\\_ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(texts: &[&str]) -> GeneratedNotes {
        generate(texts.iter().map(|text| CommitMessage { text, commit: "abc1234" }))
    }

    fn markdown(notes: &GeneratedNotes) -> String {
        notes.write(&Changelog::from_text("## 1.0\n", Markup::Markdown))
    }

    #[test]
    fn commits_go_to_their_groups() {
        let texts = [
            "feat(cli): repeat the greeting",
            "fix: a\n\nWhy.",
            "fix(security): no more leaks",
            "perf: faster",
            "chore: tidy",
            "docs: spell",
            "feat!: new format",
            "remove: old command",
        ];
        assert_eq!(
            markdown(&generated(&texts)),
            "### Added\n\n- cli: repeat the greeting (abc1234)\n- **Breaking:** new format (abc1234)\n\n\
             ### Changed\n\n- faster (abc1234)\n\n### Removed\n\n- old command (abc1234)\n\n\
             ### Fixed\n\n- a (abc1234)\n\n### Security\n\n- security: no more leaks (abc1234)\n"
        );
    }

    #[test]
    fn a_breaking_footer_marks_even_a_chore() {
        let notes = generated(&["chore: drop 3.8\n\nBREAKING CHANGE: Python 3.9\nis needed"]);
        assert!(notes.breaking);
        let entry = "- **Breaking:** drop 3.8. Python 3.9 is needed (abc1234)\n";
        assert_eq!(markdown(&notes), format!("### Changed\n\n{entry}"));
    }

    #[test]
    fn other_messages_are_counted_without_an_entry() {
        let notes = generated(&["Bump version to 1.0", "Merge branch 'x'"]);
        assert_eq!((notes.is_empty(), notes.unconventional.len()), (true, 2));
    }

    #[test]
    fn restructuredtext_gets_its_own_titles_and_marks() {
        let notes = generated(&["feat: `--all` and *args for a_ thing", "fix!: b"]);
        for (text, expected) in [
            ("1.0\r\n===\r\n", "-----\r\n"),
            ("Changes\n=======\n\n1.0\n---\n\nFixes\n^^^^^\n", "^^^^^\n"),
            ("Changes\n=======\n\n1.0\n---\n", "~~~~~\n"),
        ] {
            let written = notes.write(&Changelog::from_text(text, Markup::ReStructuredText));
            assert!(
                written.contains(&format!("Added{}{expected}", line_ending(text))),
                "{written}"
            );
            assert!(
                written.contains(r"- ``--all`` and \*args for a\_ thing (abc1234)"),
                "{written}"
            );
            assert!(written.contains("- **Breaking:** b (abc1234)"), "{written}");
        }
    }
}
