use std::error::Error;

use report::Reporter;

/// How an operation ended when it did not succeed. Each kind is an exit code of
/// the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// It failed; nothing that users see has changed.
    Failed,
    /// The request or the configuration is wrong; nothing was touched.
    Usage,
    /// It stopped half-way; the same command resumes.
    HalfWay,
    /// A safety rule or a precondition refused it.
    Refused,
    /// Verification found a difference.
    Difference,
    /// The user interrupted it.
    Interrupted,
}

/// An error of an operation, with what a program needs to show it and to choose
/// its exit code.
pub trait Failure: Error {
    /// How the operation ended.
    fn kind(&self) -> FailureKind;

    /// What to do about it.
    fn advice(&self) -> Option<&str> {
        None
    }

    /// The single problems behind it, where there are several.
    fn items(&self) -> Vec<String> {
        Vec::new()
    }

    /// Shows what was done before it failed, if that was not shown yet.
    fn present(&self, reporter: &Reporter) {
        let _ = reporter;
    }
}

/// An error with its causes on one line. A cause whose text is part of what
/// stands before it is left out.
#[must_use]
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
