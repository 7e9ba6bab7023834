//! Runs the installed Compose on a project.

use std::cell::RefCell;

use process::{Line, Output, ProcessError};
use report::Step;

use super::{plan::ProjectPlan, tools::Tools, words::Words};

/// One run of Compose, and what is worth telling of it.
pub(super) struct Run<'a> {
    pub(super) tools: &'a Tools<'a>,
    pub(super) plan: &'a ProjectPlan,
    /// What it is for, as errors begin: `start demo`.
    pub(super) purpose: String,
    pub(super) step: &'a Step,
}

impl Run<'_> {
    /// Runs it to its end; `on_progress` is told what it says of its progress.
    pub(super) async fn to_end(
        &self,
        arguments: &[&str],
        on_progress: impl Fn(&str),
    ) -> Result<(), ComposeFailed> {
        let reason = RefCell::new(None);
        let command = command(self.tools, self.plan).args(arguments).summary(self.purpose.clone());
        let output = command.stream(|line| {
            let (Line::Stdout(line) | Line::Stderr(line)) = line;
            self.step.line(line);
            match Words::read(line) {
                Words::Progress(text) => on_progress(&text),
                Words::Warning(text) => self.tools.environment.reporter.warn(text),
                Words::Other(text) if text.is_empty() => {}
                Words::Other(text) => *reason.borrow_mut() = Some(text),
            }
        });
        let output = output.await;
        output.map(|_: Output| ()).map_err(|error| ComposeFailed { reason: reason.take(), error })
    }
}

/// Why Compose did not do it.
#[derive(Debug)]
pub(super) struct ComposeFailed {
    /// Its last words, without progress.
    reason: Option<String>,
    error: ProcessError,
}

impl ComposeFailed {
    pub(super) fn words(&self) -> String {
        match &self.reason {
            Some(reason) => format!("docker compose: {reason}"),
            None => operation::error_chain(&self.error),
        }
    }
}

/// Compose on this project. It draws no bars and asks nothing: nobody sees its
/// terminal.
pub(super) fn command(tools: &Tools<'_>, plan: &ProjectPlan) -> process::Command {
    let command = tools.program.command(&plan.project, &tools.endpoint);
    command.env("COMPOSE_PROGRESS", "plain").env("COMPOSE_ANSI", "never")
}
