//! What the installed Compose prints when its output is not a terminal: progress
//! lines start with a blank, warnings are log lines, and the rest are messages.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use compose::down::ResourceKind;
use serde::{Serialize, Serializer};

/// A line that Compose prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeOutput<'a> {
    /// ` Container demo-web-1  Started`
    Progress(&'a str),
    /// `time="…" level=warning msg="…"`
    Warning(String),
    /// Anything else; when Compose fails, the last message is the reason.
    Message(&'a str),
}

impl<'a> ComposeOutput<'a> {
    /// Classifies a line.
    #[must_use]
    pub fn from_line(line: &'a str) -> Self {
        let text = line.trim();
        match logged_warning(text) {
            Some(message) => Self::Warning(message),
            None if line.starts_with(char::is_whitespace) => Self::Progress(text),
            None => Self::Message(text),
        }
    }
}

/// The message of a log line; Go quotes it when it contains blanks.
fn logged_warning(line: &str) -> Option<String> {
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

/// The progress of one resource: ` Container demo-web-1  Stopping`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceProgress<'a> {
    /// What the resource is.
    pub kind: ResourceKind,
    /// Its name.
    pub name: &'a str,
    /// What Compose does or did, such as `Stopping`.
    pub status: &'a str,
}

/// How far Compose is with the removal of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalProgress<'a> {
    /// Being stopped or removed.
    Started,
    /// Stopped, not yet removed.
    Stopped,
    /// Removed.
    Removed,
    /// Not removed, because something uses it.
    InUse,
    /// Not removed; the message of Compose.
    Failed(&'a str),
}

impl<'a> ResourceProgress<'a> {
    /// Reads a line of any version; `None` for any other line.
    #[must_use]
    pub fn from_line(line: &'a str) -> Option<Self> {
        let (kind, rest) = line.trim().split_once(' ')?;
        let (name, status) = rest.trim_start().split_once(' ')?;
        let kind = match kind {
            "Container" => ResourceKind::Container,
            "Network" => ResourceKind::Network,
            "Volume" => ResourceKind::Volume,
            _ => return None,
        };
        Some(Self { kind, name: name.trim_matches('"'), status: status.trim() })
    }

    /// The progress of its removal; `None` when it is not being removed.
    #[must_use]
    pub fn removal(&self) -> Option<RemovalProgress<'a>> {
        Some(match self.status {
            "Stopping" | "Removing" => RemovalProgress::Started,
            "Stopped" => RemovalProgress::Stopped,
            "Removed" => RemovalProgress::Removed,
            "Resource is still in use" => RemovalProgress::InUse,
            message if message.starts_with("Error") => RemovalProgress::Failed(message),
            _ => return None,
        })
    }

    fn verb(&self) -> &'a str {
        self.status.split_whitespace().next().unwrap_or_default()
    }
}

/// The containers that Compose is working on: those of which it has printed that it
/// starts something, and not yet that it is done.
#[derive(Debug, Default)]
pub struct BusyContainers(BTreeSet<String>);

impl BusyContainers {
    /// Takes a line of progress into account.
    pub fn record(&mut self, progress: &str) {
        /// Verbs that end like the start of an action, but are none.
        const PASSIVE: [&str; 2] = ["Running", "Waiting"];
        let Some(progress) = ResourceProgress::from_line(progress) else { return };
        if progress.kind != ResourceKind::Container {
            return;
        }
        let verb = progress.verb();
        if verb == "Recreate" || (verb.ends_with("ing") && !PASSIVE.contains(&verb)) {
            self.0.insert(progress.name.to_owned());
        } else {
            self.0.remove(progress.name);
        }
    }

    /// Whether Compose is not working on any container.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for BusyContainers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}

/// What `up` would do with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlannedAction {
    /// Create and start it.
    Create,
    /// Replace it.
    Recreate,
    /// Start it.
    Start,
    /// Leave it as it is.
    Keep,
}

impl fmt::Display for PlannedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Recreate => "recreate",
            Self::Start => "start",
            Self::Keep => "leave as it is",
        })
    }
}

impl Serialize for PlannedAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What `up --dry-run` prints that it would do, by container.
#[must_use]
pub fn planned_actions(output: &str) -> BTreeMap<String, PlannedAction> {
    let mut actions = BTreeMap::new();
    for line in output.lines() {
        let Some((_, text)) = line.split_once("DRY-RUN MODE -") else { continue };
        let Some(progress) = ResourceProgress::from_line(text) else { continue };
        let action = match (progress.kind, progress.verb()) {
            (ResourceKind::Container, "Creating") => PlannedAction::Create,
            (ResourceKind::Container, "Recreate") => PlannedAction::Recreate,
            (ResourceKind::Container, "Running") => PlannedAction::Keep,
            (ResourceKind::Container, "Starting") => PlannedAction::Start,
            _ => continue,
        };
        // The first action counts. A container that is replaced is started under a
        // temporary name: twelve digits and its name.
        let is_temporary = progress.name.split_once('_').is_some_and(|(id, _)| id.len() == 12);
        if !is_temporary {
            actions.entry(progress.name.to_owned()).or_insert(action);
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_warnings_and_messages_are_told_apart() {
        let started = " Container demo-web-1  Started";
        let progress = ComposeOutput::Progress("Container demo-web-1  Started");
        assert_eq!(ComposeOutput::from_line(started), progress);
        let warned = r#"time="2026-11-21T00:39:17Z" level=warning msg="The \"TAG\" variable is not set. Defaulting to a blank string.""#;
        let message = r#"The "TAG" variable is not set. Defaulting to a blank string."#;
        assert_eq!(ComposeOutput::from_line(warned), ComposeOutput::Warning(message.to_owned()));
        let failed = "dependency failed to start: container demo-db-1 is unhealthy";
        assert_eq!(ComposeOutput::from_line(failed), ComposeOutput::Message(failed));
    }

    #[test]
    fn the_removal_of_resources_is_read_in_all_versions() {
        use RemovalProgress::{Failed, InUse, Removed, Started};
        use ResourceKind::{Container, Network, Volume};
        let cases = [
            (" Container shop-web-1  Stopping", Container, "shop-web-1", Started),
            (" Container shop-web-1 Removed ", Container, "shop-web-1", Removed),
            (" Volume \"shop_data\"  Removed", Volume, "shop_data", Removed),
            (" Network shop_net  Resource is still in use", Network, "shop_net", InUse),
            (" Container a  Error while Stopping", Container, "a", Failed("Error while Stopping")),
        ];
        for (line, kind, name, removal) in cases {
            let progress = ResourceProgress::from_line(line).unwrap();
            assert_eq!((progress.kind, progress.name), (kind, name), "{line}");
            assert_eq!(progress.removal(), Some(removal), "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_progress_of_a_resource() {
        for line in ["", "Container", "no configuration file provided", "[+] Running 2/2"] {
            assert_eq!(ResourceProgress::from_line(line), None, "{line}");
        }
    }

    #[test]
    fn a_container_is_busy_until_compose_is_done_with_it() {
        let mut busy = BusyContainers::default();
        for (line, expected) in [
            ("Network demo_default  Creating", ""),
            ("Container demo-web-1  Recreate", "demo-web-1"),
            ("Container demo-db-1  Waiting", "demo-web-1"),
            ("Container demo-db-1  Running", "demo-web-1"),
            ("Container demo-web-1  Recreated", ""),
            ("Container demo-web-1  Starting", "demo-web-1"),
            ("Container demo-web-1  Started", ""),
        ] {
            busy.record(line);
            assert_eq!(busy.to_string(), expected, "{line}");
        }
    }

    #[test]
    fn the_first_action_of_a_dry_run_counts() {
        let output = " DRY-RUN MODE -  Network demo_default  Creating \n \
            DRY-RUN MODE -  Container demo-web-1  Recreate \n \
            DRY-RUN MODE -  Container demo-web-1  Recreated \n \
            DRY-RUN MODE -  Container 8c6bf7682cc2_demo-web-1  Starting \n \
            DRY-RUN MODE -  Container demo-db-1  Running \n \
            DRY-RUN MODE -  Container demo-new-1  Creating \n \
            DRY-RUN MODE -  Container demo-new-1  Starting \n";
        let actions = planned_actions(output).into_iter();
        let actions: Vec<_> = actions.map(|(name, action)| format!("{action} {name}")).collect();
        let expected = ["leave as it is demo-db-1", "create demo-new-1", "recreate demo-web-1"];
        assert_eq!(actions, expected);
    }
}
