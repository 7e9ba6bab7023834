//! What Compose prints while it works, read tolerantly: it is for showing
//! progress only, and what is reported comes from the engine.

use std::{collections::HashMap, sync::Mutex};

use process::Line;
use report::{Level, Reporter, Step, StepState};

/// A line such as ` Container shop-web-1  Stopping`.
#[derive(Debug, PartialEq, Eq)]
struct Progress<'a> {
    kind: &'a str,
    name: &'a str,
    state: State<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum State<'a> {
    UnderWay,
    Stopped,
    Gone,
    InUse,
    Failed(&'a str),
}

impl<'a> Progress<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (kind, rest) = line.trim().split_once(' ')?;
        let (name, state) = rest.trim_start().split_once(' ')?;
        let kind = ["Container", "Network", "Volume"].into_iter().find(|known| *known == kind)?;
        let state = match state.trim() {
            "Stopping" | "Removing" => State::UnderWay,
            "Stopped" => State::Stopped,
            "Removed" => State::Gone,
            "Resource is still in use" => State::InUse,
            words if words.starts_with("Error") => State::Failed(words),
            _ => return None,
        };
        Some(Self { kind, name: name.trim_matches('"'), state })
    }
}

/// Whether a line tells of progress.
pub(super) fn is_progress(line: &str) -> bool {
    Progress::parse(line).is_some()
}

/// Shows the progress of what Compose does, a step for each container, network
/// and volume.
pub(super) struct Progressing<'a> {
    reporter: &'a Reporter,
    project: &'a str,
    steps: Mutex<HashMap<String, Step>>,
    begun: Mutex<bool>,
}

impl<'a> Progressing<'a> {
    pub(super) fn new(reporter: &'a Reporter, project: &'a str) -> Self {
        Self { reporter, project, steps: Mutex::default(), begun: Mutex::new(false) }
    }

    /// Whether Compose said that it does something to something.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.lock().is_ok_and(|begun| *begun)
    }

    pub(super) fn line(&self, line: Line<'_>) {
        let (Line::Stdout(text) | Line::Stderr(text)) = line;
        match Progress::parse(text) {
            Some(progress) => self.advance(&progress),
            None if text.trim().is_empty() => {}
            None => self.reporter.message(Level::Detail, text.trim_end()),
        }
    }

    fn advance(&self, progress: &Progress<'_>) {
        if let Ok(mut begun) = self.begun.lock() {
            *begun = true;
        }
        let Progress { kind, name, state } = progress;
        let title = format!("{} {name}", kind.to_lowercase());
        let Ok(mut steps) = self.steps.lock() else { return };
        let begin = || self.reporter.step(&format!("{}/{title}", self.project), &title);
        let step = steps.entry(title.clone()).or_insert_with(begin).clone();
        let ended = match state {
            State::UnderWay => return,
            State::Stopped => return step.line("stopped"),
            State::Gone if *kind == "Container" => (StepState::Done, "stopped and removed"),
            State::Gone => (StepState::Done, "removed"),
            State::InUse => (StepState::Kept, "still in use"),
            State::Failed(words) => (StepState::Failed, *words),
        };
        step.finish(ended.0, ended.1);
        steps.remove(&title);
    }

    /// Ends the steps that Compose left open.
    pub(super) fn give_up(self, reason: &str) {
        let steps = self.steps.into_inner().unwrap_or_default();
        steps.into_values().for_each(|step| {
            step.finish(StepState::NotTried, reason);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_versions_are_understood() {
        let cases = [
            (" Container shop-web-1  Stopping", "Container", "shop-web-1", State::UnderWay),
            (" Container shop-web-1 Removed ", "Container", "shop-web-1", State::Gone),
            (" Volume \"shop_data\"  Removed", "Volume", "shop_data", State::Gone),
            (" Network shop_net  Resource is still in use", "Network", "shop_net", State::InUse),
            (
                " Container a  Error while Stopping",
                "Container",
                "a",
                State::Failed("Error while Stopping"),
            ),
        ];
        for (line, kind, name, state) in cases {
            assert_eq!(Progress::parse(line), Some(Progress { kind, name, state }), "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_progress() {
        for line in ["", "Container", "no configuration file provided", "[+] Running 2/2"] {
            assert_eq!(Progress::parse(line), None, "{line}");
        }
    }
}
