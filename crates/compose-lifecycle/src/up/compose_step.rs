use compose_runtime::{ComposeOutput, ComposeRunError, run_compose};
use report::{RunningStep, StepState};

use super::{context::UpContext, plan::ProjectPlan};

/// A run of Compose on a project, shown as a step.
pub(super) struct ComposeStep<'a> {
    context: &'a UpContext<'a>,
    plan: &'a ProjectPlan,
    title: String,
    step: RunningStep,
}

impl<'a> ComposeStep<'a> {
    /// Starts the step; `action` is part of its identifier, and errors start with
    /// `title`.
    pub(super) fn new(
        context: &'a UpContext<'a>,
        plan: &'a ProjectPlan,
        action: &str,
        title: String,
    ) -> Self {
        let id = format!("{action}.{}", plan.project.name);
        let step = context.reporter().step(&id, &title);
        Self { context, plan, title, step }
    }

    /// Runs Compose with these arguments; `on_progress` gets its lines of progress.
    pub(super) async fn run_following(
        &self,
        arguments: &[&str],
        on_progress: impl Fn(&str),
    ) -> Result<(), ComposeRunError> {
        let command = self.context.compose.command_for(&self.plan.project).args(arguments);
        let command = command.summary(self.title.clone());
        let run = run_compose(&command, |line| {
            self.step.line(line);
            match ComposeOutput::from_line(line) {
                ComposeOutput::Progress(text) => on_progress(text),
                ComposeOutput::Warning(text) => self.context.reporter().warn(text),
                ComposeOutput::Message(_) => {}
            }
        });
        run.await
    }

    /// As [`ComposeStep::run_following`], and finishes the step.
    pub(super) async fn run_and_finish(self, arguments: &[&str]) -> Result<(), ComposeRunError> {
        let result = self.run_following(arguments, |_| ()).await;
        self.finish_step(&result);
        result
    }

    pub(super) fn finish_step(&self, result: &Result<(), ComposeRunError>) {
        let state = if result.is_ok() { StepState::Done } else { StepState::Failed };
        self.step.finish(state, "");
    }

    /// Finishes the step of a Compose that is stopped.
    pub(super) fn finish_stopped(&self) {
        self.step.finish(StepState::Failed, "stopped");
    }
}
