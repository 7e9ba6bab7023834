//! What the installed Compose prints where no terminal is: progress lines begin
//! with a blank, warnings are log lines, and the rest is why it failed.

use std::collections::{BTreeMap, BTreeSet};

/// A line of Compose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    /// ` Container demo-web-1  Started`
    Progress(String),
    /// `time="…" level=warning msg="…"`
    Warning(String),
    /// Anything else.
    Other(String),
}

impl Words {
    pub(super) fn read(line: &str) -> Self {
        let text = line.trim();
        if let Some(message) = warning(text) {
            return Self::Warning(message);
        }
        match line.starts_with(char::is_whitespace) {
            true => Self::Progress(text.to_owned()),
            false => Self::Other(text.to_owned()),
        }
    }
}

/// The message of a log line; Go quotes it when it has blanks.
fn warning(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("level=warning msg=")?;
    let Some(quoted) = rest.strip_prefix('"') else { return Some(rest.to_owned()) };
    let mut message = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => message.extend(letters.next()),
            letter => message.push(letter),
        }
    }
    Some(message)
}

/// The containers that Compose is at work on: those of which it has said that it
/// begins something, and not yet that it has done it.
#[derive(Debug, Default)]
pub(super) struct Begun(BTreeSet<String>);

impl Begun {
    /// Takes in a line of progress: `Container demo-web-1  Recreate`.
    pub(super) fn take(&mut self, progress: &str) {
        let words: Vec<&str> = progress.split_whitespace().collect();
        let ["Container", name, verb, ..] = words.as_slice() else { return };
        let begins = *verb == "Recreate" || (verb.ends_with("ing") && !SETTLED.contains(verb));
        if begins {
            self.0.insert((*name).to_owned());
        } else {
            self.0.remove(*name);
        }
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

/// Words that end like a beginning and are none: Compose looks on.
const SETTLED: [&str; 2] = ["Running", "Waiting"];

/// What `up --dry-run` says about each container.
pub(super) fn dry_run(output: &str) -> BTreeMap<String, &'static str> {
    let mut said = BTreeMap::new();
    for line in output.lines() {
        let Some((_, text)) = line.split_once("DRY-RUN MODE -") else { continue };
        let words: Vec<&str> = text.split_whitespace().collect();
        let ["Container", name, verb, ..] = words.as_slice() else { continue };
        let act = match *verb {
            "Creating" => "create",
            "Recreate" => "recreate",
            "Running" => "leave as it is",
            "Starting" => "start",
            _ => continue,
        };
        // A container that is replaced is started under a name for the moment:
        // twelve digits and its own.
        let for_the_moment = name.split_once('_').is_some_and(|(id, _)| id.len() == 12);
        if !for_the_moment {
            said.entry((*name).to_owned()).or_insert(act);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_warnings_and_failures_are_told_apart() {
        let read = |line: &str| Words::read(line);
        let started = " Container demo-web-1  Started";
        assert_eq!(read(started), Words::Progress("Container demo-web-1  Started".to_owned()));
        let warned = r#"time="2026-11-21T00:39:17Z" level=warning msg="The \"TAG\" variable is not set. Defaulting to a blank string.""#;
        let message = r#"The "TAG" variable is not set. Defaulting to a blank string."#;
        assert_eq!(read(warned), Words::Warning(message.to_owned()));
        let failed = "dependency failed to start: container demo-db-1 is unhealthy";
        assert_eq!(read(failed), Words::Other(failed.to_owned()));
    }

    #[test]
    fn a_container_is_at_work_until_it_is_done() {
        let mut begun = Begun::default();
        let mut after = |line: &str| {
            begun.take(line);
            begun.names().join(" ")
        };
        assert_eq!(after("Network demo_default  Creating"), "");
        assert_eq!(after("Container demo-web-1  Recreate"), "demo-web-1");
        assert_eq!(after("Container demo-db-1  Waiting"), "demo-web-1");
        assert_eq!(after("Container demo-db-1  Running"), "demo-web-1");
        assert_eq!(after("Container demo-web-1  Recreated"), "");
        assert_eq!(after("Container demo-web-1  Starting"), "demo-web-1");
        assert_eq!(after("Container demo-web-1  Started"), "");
    }

    #[test]
    fn the_first_verb_of_a_dry_run_counts() {
        let output = " DRY-RUN MODE -  Network demo_default  Creating \n \
            DRY-RUN MODE -  Container demo-web-1  Recreate \n \
            DRY-RUN MODE -  Container demo-web-1  Recreated \n \
            DRY-RUN MODE -  Container 8c6bf7682cc2_demo-web-1  Starting \n \
            DRY-RUN MODE -  Container demo-db-1  Running \n \
            DRY-RUN MODE -  Container demo-new-1  Creating \n \
            DRY-RUN MODE -  Container demo-new-1  Starting \n";
        let said = dry_run(output);
        let said: Vec<_> = said.iter().map(|(name, act)| format!("{act} {name}")).collect();
        assert_eq!(said, ["leave as it is demo-db-1", "create demo-new-1", "recreate demo-web-1"]);
    }
}
