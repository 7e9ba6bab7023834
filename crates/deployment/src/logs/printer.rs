//! Prints lines once, whatever they are read for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use report::{Event, OutputStream, Reporter};

use super::source::Source;
use crate::{
    DeploymentError,
    target::{LogLine, TargetError},
};

/// Prints lines, and remembers up to which line each log was printed.
pub(super) struct Printer<'a> {
    pub(super) reporter: &'a Reporter,
    /// By the instance's identifier.
    printed: BTreeMap<String, Position>,
    /// The names of instances, which a deployment changes, by their identifier.
    names: BTreeMap<String, String>,
    /// The instances whose logs cannot be read, by identifier, with their names.
    unreadable: BTreeMap<String, String>,
}

/// The place in a log up to which it was printed. A log that is read again begins with the
/// second of its last line; the lines of both streams are not always in the order of their
/// times.
#[derive(Debug, Default, PartialEq, Eq)]
struct Position {
    /// The latest time of a line.
    at: Option<Timestamp>,
    /// The lines of that second that were printed, by time and stream.
    recent: BTreeMap<(Timestamp, bool), usize>,
    /// Those of them that come again.
    repeated: BTreeMap<(Timestamp, bool), usize>,
}

impl Position {
    /// Whether a line was not printed yet.
    fn advance(&mut self, line: &LogLine) -> bool {
        let Some(at) = line.at else { return true };
        let key = (at, line.stream == OutputStream::Stderr);
        if let Some(left) = self.repeated.get_mut(&key).filter(|left| **left > 0) {
            *left -= 1;
            return false;
        }
        let last = self.at.map(Timestamp::as_second);
        if last.is_none_or(|last| at.as_second() > last) {
            self.recent.clear();
        }
        if last.is_none_or(|last| at.as_second() >= last) {
            *self.recent.entry(key).or_default() += 1;
        }
        self.at = self.at.max(Some(at));
        true
    }

    fn resume(&mut self) -> Option<Timestamp> {
        self.repeated = self.recent.clone();
        self.at
    }
}

impl<'a> Printer<'a> {
    pub(super) fn new(reporter: &'a Reporter) -> Self {
        Self {
            reporter,
            printed: BTreeMap::new(),
            names: BTreeMap::new(),
            unreadable: BTreeMap::new(),
        }
    }

    /// Prints a line, unless it was printed before.
    pub(super) fn print(&mut self, source: &Source, line: LogLine) {
        let position = self.printed.entry(source.instance.id.clone()).or_default();
        if !position.advance(&line) {
            return;
        }
        self.reporter.emit(&Event::Output {
            service: source.service.clone(),
            container: Some(self.name_of(source).to_owned()),
            stream: line.stream,
            line: line.text,
        });
    }

    /// Uses the names that instances have now.
    pub(super) fn rename(&mut self, current: &[Source]) {
        for Source { instance, .. } in current {
            self.names.insert(instance.id.clone(), instance.name.clone());
        }
    }

    pub(super) fn name_of<'b>(&'b self, source: &'b Source) -> &'b str {
        self.names.get(&source.instance.id).unwrap_or(&source.instance.name)
    }

    /// Prepares for a log that is read again: the time of its last line.
    pub(super) fn resume(&mut self, source: &Source) -> Option<Timestamp> {
        self.printed.get_mut(&source.instance.id)?.resume()
    }

    /// Reports a log that cannot be read, once.
    pub(super) fn fail(&mut self, source: &Source, error: &TargetError) {
        let (id, name) = (source.instance.id.clone(), source.instance.name.clone());
        if self.unreadable.insert(id, name).is_none() {
            self.reporter.warn(operation::error_chain(error));
        }
    }

    pub(super) fn is_unreadable(&self, source: &Source) -> bool {
        self.unreadable.contains_key(&source.instance.id)
    }

    pub(super) fn conclude(self) -> Result<(), DeploymentError> {
        let names: BTreeSet<String> = self.unreadable.into_values().collect();
        if names.is_empty() { Ok(()) } else { Err(DeploymentError::UnreadableLogs(names)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(milliseconds: i64, stream: OutputStream) -> LogLine {
        let at = Timestamp::from_millisecond(milliseconds).ok();
        LogLine { at, stream, text: String::new() }
    }

    #[test]
    fn a_log_that_is_read_again_goes_on_after_what_was_printed() {
        use OutputStream::{Stderr, Stdout};
        let mut position = Position::default();
        let lines = [(900, Stdout), (2500, Stdout), (2400, Stderr), (2500, Stdout)];
        for (at, stream) in lines {
            assert!(position.advance(&line(at, stream)), "{at}");
        }
        assert_eq!(position.resume(), Timestamp::from_millisecond(2500).ok());
        let again = [(2500, Stdout), (2400, Stderr), (2500, Stdout)];
        for (at, stream) in again {
            assert!(!position.advance(&line(at, stream)), "{at}");
        }
        for (at, stream) in [(2500, Stdout), (2400, Stdout), (3000, Stderr)] {
            assert!(position.advance(&line(at, stream)), "{at} is new");
        }
    }

    #[test]
    fn a_line_without_a_time_is_never_left_out() {
        let mut position = Position::default();
        let without = LogLine { at: None, ..line(1, OutputStream::Stdout) };
        assert!(position.advance(&without));
        position.resume();
        assert!(position.advance(&without));
    }
}
