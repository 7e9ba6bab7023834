use serde::Serialize;

use crate::Document;

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// For those who look closely (`--verbose`).
    Detail,
    /// What happens.
    Info,
    /// Something came out well.
    Ok,
    /// Something is not as it should be, and the operation goes on.
    Warn,
    /// Something failed.
    Error,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// It was done now.
    Done,
    /// It was found done, with the right content.
    AlreadyDone,
    /// There was nothing to do, on purpose.
    Kept,
    /// It failed.
    Failed,
    /// It was not tried, because something before it failed.
    NotTried,
}

impl StepState {
    /// One or two words for tables.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::AlreadyDone => "already done",
            Self::Kept => "kept",
            Self::Failed => "FAILED",
            Self::NotTried => "not tried",
        }
    }
}

/// The place of a step in its plan: `7/20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StepNumber {
    /// From 1.
    pub number: usize,
    /// How many steps the plan has.
    pub steps: usize,
}

/// Which stream of a program a line was printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A message.
    Message {
        /// How much it matters.
        level: Level,
        /// One line.
        text: String,
    },
    /// A step started.
    StepStarted {
        /// Its identifier.
        step: String,
        /// What it does.
        title: String,
        /// Its place in the plan, if there is a plan.
        #[serde(flatten)]
        number: Option<StepNumber>,
    },
    /// A step made progress.
    StepProgress {
        /// Its identifier.
        step: String,
        /// Bytes done so far.
        done: u64,
        /// Bytes in all, when known.
        total: Option<u64>,
    },
    /// A program that a step runs printed a line.
    StepLine {
        /// Its identifier.
        step: String,
        /// The line.
        line: String,
    },
    /// A step ended.
    StepFinished {
        /// Its identifier.
        step: String,
        /// What it does.
        title: String,
        /// How it ended.
        state: StepState,
        /// What proves it, or why it failed.
        evidence: String,
        /// How long it took.
        seconds: f64,
        /// Its place in the plan, if there is a plan.
        #[serde(flatten)]
        number: Option<StepNumber>,
    },
    /// A program of a service printed a line, which is what the user asked for.
    Output {
        /// The service.
        service: String,
        /// The container; `None` when there is only one that lines come from.
        container: Option<String>,
        /// The stream.
        stream: OutputStream,
        /// The line.
        line: String,
    },
    /// What is going to be done.
    Plan(Document),
    /// What was done.
    Report(Document),
}
