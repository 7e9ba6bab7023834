use git_conventional::Commit;

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
    /// Groups with their entries, as Markdown; empty when no commit has an entry.
    pub markdown: String,
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
    GeneratedNotes { markdown: format_groups(&groups), unconventional, breaking }
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

fn format_groups(groups: &[Vec<String>]) -> String {
    let filled = GROUPS.iter().zip(groups).filter(|(_, entries)| !entries.is_empty());
    let groups = filled.map(|(name, entries)| format!("### {name}\n\n{}\n", entries.join("\n")));
    groups.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(texts: &[&str]) -> GeneratedNotes {
        generate(texts.iter().map(|text| CommitMessage { text, commit: "abc1234" }))
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
            generated(&texts).markdown,
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
        assert_eq!(notes.markdown, format!("### Changed\n\n{entry}"));
    }

    #[test]
    fn other_messages_are_counted_without_an_entry() {
        let notes = generated(&["Bump version to 1.0", "Merge branch 'x'"]);
        assert_eq!((notes.markdown.as_str(), notes.unconventional.len()), ("", 2));
    }
}
