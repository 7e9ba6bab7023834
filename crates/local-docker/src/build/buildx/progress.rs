//! Reads BuildKit's plain progress: `#4 [builder 2/3] RUN make`, `#4 0.25 text`,
//! `#4 DONE 0.3s`, `ERROR: failed to solve: …`.

use std::collections::HashSet;

use crate::build::{event::BuildEvent, failure::OutputTail};

#[derive(Debug, Default)]
pub(super) struct BuildxProgress {
    /// Steps that were reported already.
    reported: HashSet<String>,
    tail: OutputTail,
    reason: String,
}

impl BuildxProgress {
    /// Reads one line; the event that it means to a person.
    pub(super) fn read_line(&mut self, line: &str) -> Option<BuildEvent> {
        self.tail.push(line);
        if let Some(reason) = line.strip_prefix("ERROR: ") {
            self.reason = reason.to_owned();
            return None;
        }
        if let Some(text) = line.strip_prefix("WARNING: ") {
            return Some(BuildEvent::Warning { text: text.to_owned() });
        }
        let (vertex, rest) = line.strip_prefix('#')?.split_once(' ')?;
        match rest.strip_prefix('[') {
            Some(rest) => self.step(vertex, rest),
            None => log_line(rest),
        }
    }

    /// The builder's own reason.
    pub(super) fn reason(&self) -> &str {
        if self.reason.is_empty() { "it gave no reason" } else { &self.reason }
    }

    pub(super) fn tail(&self) -> String {
        self.tail.text()
    }

    /// A heading is printed again whenever the output changes between steps.
    fn step(&mut self, vertex: &str, rest: &str) -> Option<BuildEvent> {
        let (label, text) = rest.split_once("] ")?;
        let (stage, count) = match label.rsplit_once(' ') {
            Some((stage, count)) => (Some(stage.to_owned()), count),
            None => (None, label),
        };
        let (number, total) = count.split_once('/')?;
        let (number, total) = (number.parse().ok()?, total.parse().ok()?);
        self.reported.insert(vertex.to_owned()).then(|| BuildEvent::Step {
            number,
            total,
            stage,
            text: text.to_owned(),
        })
    }
}

/// A step's output is preceded by the seconds since the step began.
fn log_line(rest: &str) -> Option<BuildEvent> {
    let (seconds, line) = rest.split_once(' ')?;
    seconds.parse::<f64>().ok()?;
    Some(BuildEvent::Log { line: line.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: u32, total: u32, stage: Option<&str>, text: &str) -> BuildEvent {
        let stage = stage.map(str::to_owned);
        BuildEvent::Step { number, total, stage, text: text.to_owned() }
    }

    #[test]
    fn steps_and_logs_are_distinguished_from_chatter() {
        let first = step(1, 2, Some("linux/arm64"), "COPY hello /hello");
        let log = BuildEvent::Log { line: "cc -o x".into() };
        let mut progress = BuildxProgress::default();
        for (line, expected) in [
            ("#0 building with \"default\" instance using docker driver", None),
            ("#1 [internal] load build definition from Dockerfile", None),
            ("#4 [linux/arm64 1/2] COPY hello /hello", Some(first)),
            ("#5 [2/2] RUN make", Some(step(2, 2, None, "RUN make"))),
            ("#5 0.251 cc -o x", Some(log)),
            // It was reported already.
            ("#4 [linux/arm64 1/2] COPY hello /hello", None),
            ("#5 DONE 0.3s", None),
            ("#6 CACHED", None),
        ] {
            assert_eq!(progress.read_line(line), expected, "{line}");
        }
    }

    #[test]
    fn the_reason_of_a_failure_comes_from_the_builder() {
        let mut progress = BuildxProgress::default();
        progress.read_line("#5 [2/2] RUN false");
        progress.read_line("ERROR: failed to solve: process \"/bin/sh -c false\" did not complete");
        assert!(progress.reason().starts_with("failed to solve: process"));
        assert!(progress.tail().contains("RUN false"));
    }
}
