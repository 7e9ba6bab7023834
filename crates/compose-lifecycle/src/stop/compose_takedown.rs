//! Taking a project down with the installed Compose.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use compose::{
    ComposeError, ComposeProject,
    down::{ProjectResources, ResourceKind},
};
use compose_runtime::{
    ComposeRunError, InstalledCompose, RemovalProgress, ResourceProgress, run_compose,
};
use process::Command;
use report::{Level, Reporter, RunningStep, StepState};

use super::{
    context::StopContext,
    declared_services::read_declared_services,
    engine_takedown::EngineTakedown,
    error::StopError,
    report::StopMethod,
    takedown::{Takedown, TakedownEnd, TakedownOutcome},
    target_project::TargetProject,
};

pub(super) struct ComposeTakedown<'a> {
    context: &'a StopContext<'a>,
    target: &'a TargetProject,
    project: &'a ComposeProject,
    compose: &'a InstalledCompose,
}

/// How `docker compose down` ended.
enum ComposeDown {
    /// It reported success.
    Done,
    /// The files do not load; nothing was changed.
    UnreadableFiles(ComposeError),
    /// Compose cannot be run, or refuses files that newer versions accept; nothing was
    /// changed.
    Unusable(String),
    /// It ended with an error after it had started.
    Failed(String),
}

impl Takedown for ComposeTakedown<'_> {
    fn method(&self) -> StopMethod {
        StopMethod::Compose
    }

    /// Compose takes longer to start than the engine to list what exists, and sends
    /// three requests before it changes anything. So it is started at once, unless the
    /// user has to be asked first; it is killed when there is nothing to do.
    async fn take_down(
        &self,
        existing: impl Future<Output = ProjectResources>,
    ) -> Result<TakedownEnd, StopError> {
        let request = self.context.request;
        let (down, existing) = if request.volumes && !request.confirmed {
            let existing = existing.await;
            (self.run_down().await, existing)
        } else {
            tokio::join!(self.run_down(), existing)
        };
        match down {
            ComposeDown::Done if request.everything => self.remove_rest().await,
            ComposeDown::Done => Ok(finished(Vec::new())),
            ComposeDown::Failed(problem) => Ok(finished(vec![problem])),
            ComposeDown::UnreadableFiles(problem) => Ok(TakedownEnd::UnreadableFiles(problem)),
            ComposeDown::Unusable(reason) => {
                self.context.reporter().warn(format!("{reason}; using the engine instead"));
                self.engine_takedown().remove_existing(&existing, StopMethod::Engine).await
            }
        }
    }
}

fn finished(problems: Vec<String>) -> TakedownEnd {
    let method = StopMethod::Compose;
    TakedownEnd::Finished(TakedownOutcome { method, problems, declared: None, interrupted: false })
}

impl<'a> ComposeTakedown<'a> {
    pub(super) fn new(
        context: &'a StopContext<'a>,
        target: &'a TargetProject,
        project: &'a ComposeProject,
        compose: &'a InstalledCompose,
    ) -> Self {
        Self { context, target, project, compose }
    }

    fn engine_takedown(&self) -> EngineTakedown<'a> {
        EngineTakedown::new(self.context, self.target)
    }

    /// Of everything, Compose leaves one-off containers of services that it does not
    /// know, and what only an older file had.
    async fn remove_rest(&self) -> Result<TakedownEnd, StopError> {
        let rest = self.context.observe_resources(&self.target.name).await?;
        if self.context.is_nothing_to_remove(&rest) {
            return Ok(finished(Vec::new()));
        }
        self.engine_takedown().remove_existing(&rest, StopMethod::Compose).await
    }

    /// Runs `docker compose down` and shows its progress.
    async fn run_down(&self) -> ComposeDown {
        let progress = DownProgress::new(self.context.reporter(), &self.project.name);
        let down = run_compose(&self.down_command(), |line| progress.show_line(line)).await;
        let has_started = progress.finish_steps();
        match down {
            Ok(()) => ComposeDown::Done,
            Err(error) if has_started => ComposeDown::Failed(error.exit_message()),
            Err(error) if error.is_start_failure() => {
                let program = self.compose.program().executable().display();
                ComposeDown::Unusable(format!("{program} cannot be run"))
            }
            Err(error) => self.explain_failure(&error).await,
        }
    }

    async fn explain_failure(&self, error: &ComposeRunError) -> ComposeDown {
        let nothing = ProjectResources::default();
        match read_declared_services(self.context, self.target, &nothing).await {
            Err(unreadable) => ComposeDown::UnreadableFiles(unreadable),
            Ok(_) if is_refused_by_compose_1(&error.exit_message()) => {
                ComposeDown::Unusable(error.exit_message())
            }
            Ok(_) => ComposeDown::Failed(error.exit_message()),
        }
    }

    fn down_command(&self) -> Command {
        let request = self.context.request;
        let mut project = self.project.clone();
        if request.everything {
            project.profiles = vec!["*".to_owned()];
        }
        let mut command = self.compose.command_for(&project).arg("down");
        if request.everything {
            command = command.arg("--remove-orphans");
        }
        if request.volumes {
            command = command.arg("--volumes");
        }
        if let Some(timeout) = request.timeout {
            command = command.arg("--timeout").arg(timeout.as_secs().to_string());
        }
        command.summary("docker compose down")
    }
}

/// Compose 1 refuses keys of newer versions, such as `name`.
fn is_refused_by_compose_1(message: &str) -> bool {
    ["The Compose file '", "Version in \""].iter().any(|phrase| message.contains(phrase))
}

/// Shows what Compose prints while it runs: a step for each container, network and
/// volume. The report comes from the engine, not from here.
struct DownProgress<'a> {
    reporter: &'a Reporter,
    project: &'a str,
    state: Mutex<DownState>,
}

#[derive(Default)]
struct DownState {
    /// Whether Compose has printed that it does something.
    has_started: bool,
    steps: HashMap<String, RunningStep>,
}

impl<'a> DownProgress<'a> {
    fn new(reporter: &'a Reporter, project: &'a str) -> Self {
        Self { reporter, project, state: Mutex::default() }
    }

    fn show_line(&self, line: &str) {
        let progress = ResourceProgress::from_line(line);
        match progress.and_then(|progress| Some((progress, progress.removal()?))) {
            Some((progress, removal)) => self.show_removal(&progress, removal),
            None if line.trim().is_empty() => {}
            None => self.reporter.message(Level::Detail, line.trim_end()),
        }
    }

    fn show_removal(&self, progress: &ResourceProgress<'_>, removal: RemovalProgress<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.has_started = true;
        let title = format!("{} {}", progress.kind, progress.name);
        let id = format!("{}/{title}", self.project);
        let step = state.steps.entry(title.clone());
        let step = step.or_insert_with(|| self.reporter.step(&id, &title));
        let is_container = progress.kind == ResourceKind::Container;
        let (end, evidence) = match removal {
            RemovalProgress::Started => return,
            RemovalProgress::Stopped => return step.line("stopped"),
            RemovalProgress::Removed if is_container => (StepState::Done, "stopped and removed"),
            RemovalProgress::Removed => (StepState::Done, "removed"),
            RemovalProgress::InUse => (StepState::Kept, "still in use"),
            RemovalProgress::Failed(message) => (StepState::Failed, message),
        };
        step.finish(end, evidence);
        state.steps.remove(&title);
    }

    /// Ends the steps that Compose left open. True when Compose has started to do
    /// something.
    fn finish_steps(self) -> bool {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        for step in state.steps.values() {
            step.finish(StepState::NotTried, "Compose ended before");
        }
        state.has_started
    }
}
