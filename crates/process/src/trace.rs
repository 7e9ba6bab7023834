//! What subscribers get to see of child programs.

use std::time::Instant;

use crate::{Output, ProcessError};

/// One run of a child. When this is dropped before the end, as at an interruption,
/// the child was killed.
pub(crate) struct ChildTrace {
    command: Option<String>,
    begin: Instant,
}

impl ChildTrace {
    /// Calls `command` only when somebody subscribes.
    pub(crate) fn begin(command: impl FnOnce() -> String) -> Self {
        let command = tracing::enabled!(tracing::Level::DEBUG).then(command);
        Self { command, begin: Instant::now() }
    }

    pub(crate) fn end(mut self, outcome: &Result<Output, ProcessError>) {
        match outcome {
            Ok(Output { code: Some(code), .. }) => self.emit(Some(*code), None),
            Ok(Output { code: None, .. }) => self.emit(None, Some("ended by a signal")),
            Err(ProcessError::NotFound { .. }) => self.emit(None, Some("not found")),
            Err(ProcessError::TimedOut { .. }) => self.emit(None, Some("ran too long, killed")),
            Err(error) => self.emit(None, Some(&error.to_string())),
        }
    }

    /// The end of a child that runs as long as its user needs it.
    pub(crate) fn close(mut self) {
        self.emit(None, None);
    }

    fn emit(&mut self, exit: Option<i32>, error: Option<&str>) {
        if let Some(command) = self.command.take() {
            let (ms, error) =
                (self.begin.elapsed().as_millis(), error.map(tracing::field::display));
            tracing::debug!(exit, ms, command = %command, error, "program");
        }
    }
}

impl Drop for ChildTrace {
    fn drop(&mut self) {
        self.emit(None, Some("interrupted, killed"));
    }
}
