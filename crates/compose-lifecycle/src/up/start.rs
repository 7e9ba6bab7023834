//! Starting a project, and waiting until it stands.

use std::{
    cell::{Cell, RefCell},
    pin::{Pin, pin},
    time::{Duration, Instant},
};

use report::StepState;

use super::{
    observed,
    plan::ProjectPlan,
    run_compose::{ComposeFailed, Run},
    tools::Tools,
    watch::{Look, Watch},
    words::Begun,
};
use operation::OperationError;

use crate::LifecycleError;

/// Between two looks at the containers.
const BETWEEN: Duration = Duration::from_millis(250);

/// How long Compose may take to finish what it has begun: the grace period of
/// most containers.
const LAST_PATIENCE: Duration = Duration::from_secs(30);

/// Builds what the Compose file wants to be built each time.
///
/// # Errors
/// Never for a build that failed: that is trouble, as everything that does not
/// start.
pub(super) async fn build(tools: &Tools<'_>, plan: &ProjectPlan) -> Vec<String> {
    let services = plan.to_build();
    if services.is_empty() {
        return Vec::new();
    }
    let title = format!("build {}", services.join(", "));
    let step = tools.environment.reporter.step(&format!("build.{}", plan.project.name), &title);
    let run = Run { tools, plan, purpose: title, step: &step };
    let arguments: Vec<&str> = ["build"].into_iter().chain(services).collect();
    match run.to_end(&arguments, |_| ()).await {
        Ok(()) => {
            step.finish(StepState::Done, "");
            Vec::new()
        }
        Err(failed) => {
            step.finish(StepState::Failed, "");
            vec![failed.words()]
        }
    }
}

/// Starts the services and waits until each stands as it should: healthy, or
/// running for a moment, or ended well.
///
/// `docker compose up --wait` is of no use here: it takes a one-shot that has
/// ended for a failure.
///
/// # Errors
/// When the engine does not answer.
pub(super) async fn start(
    tools: &Tools<'_>,
    plan: &ProjectPlan,
    mut interrupt: impl Future<Output = ()> + Unpin,
) -> Result<Started, LifecycleError> {
    let (reporter, name) = (&tools.environment.reporter, &plan.project.name);
    let purpose = format!("start {name}");
    let step = reporter.step(&format!("up.{name}"), &purpose);
    let (run, arguments) = (Run { tools, plan, purpose, step: &step }, plan.up_arguments());
    let start = Start::new(tools, plan);
    let mut up = pin!(run.to_end(&arguments, |progress| start.heard(progress)));
    let mut watch = Watch::new(reporter, plan);
    let mut ended = None;
    let started = loop {
        tokio::select! {
            biased;
            () = &mut interrupt => break Started::Interrupted,
            outcome = &mut up, if ended.is_none() => {
                let state = if outcome.is_ok() { StepState::Done } else { StepState::Failed };
                step.finish(state, "");
                ended = Some(outcome);
                start.sign();
            }
            () = tokio::time::sleep(BETWEEN) => {}
        }
        let look = start.look(&mut watch, ended.is_some()).await?;
        if let Some(trouble) = judge(look, ended.as_ref(), start.is_patient()) {
            break Started::Ended(trouble);
        }
    };
    if ended.is_none() {
        start.let_finish(up).await;
        step.finish(StepState::Failed, "stopped");
    }
    watch.give_up();
    Ok(started)
}

/// A start that is going on.
struct Start<'a> {
    tools: &'a Tools<'a>,
    plan: &'a ProjectPlan,
    /// Compose waits for dependencies for ever: time runs since its last word,
    /// or since a service became ready.
    last_sign: Cell<Instant>,
    begun: RefCell<Begun>,
}

impl<'a> Start<'a> {
    fn new(tools: &'a Tools<'a>, plan: &'a ProjectPlan) -> Self {
        Self { tools, plan, last_sign: Cell::new(Instant::now()), begun: RefCell::default() }
    }

    fn sign(&self) {
        self.last_sign.set(Instant::now());
    }

    fn heard(&self, progress: &str) {
        self.sign();
        self.begun.borrow_mut().take(progress);
    }

    fn is_patient(&self) -> bool {
        self.last_sign.get().elapsed() < self.tools.request.wait_timeout
    }

    async fn look(&self, watch: &mut Watch<'_>, ended: bool) -> Result<Look, LifecycleError> {
        let containers = observed::containers(&self.tools.engine, &self.plan.project.name).await;
        let containers =
            containers.map_err(OperationError::engine("look at the project's containers"))?;
        let look = watch.look(&containers, ended, Instant::now());
        if look.progress {
            self.sign();
        }
        Ok(look)
    }

    /// Lets Compose finish what it has begun with containers: in the middle of a
    /// replacement the old one is being stopped, and the new one has not started.
    async fn let_finish(&self, mut up: Pin<&mut impl Future<Output = Result<(), ComposeFailed>>>) {
        let names = || self.begun.borrow().names();
        if names().is_empty() {
            return;
        }
        let text = format!("docker compose finishes what it has begun: {}", names().join(", "));
        self.tools.environment.reporter.warn(text);
        let end = Instant::now() + LAST_PATIENCE;
        while !names().is_empty() && Instant::now() < end {
            tokio::select! {
                _ = &mut up => return,
                () = tokio::time::sleep(BETWEEN / 10) => {}
            }
        }
    }
}

/// How a start ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Started {
    /// By itself, with what went wrong.
    Ended(Vec<String>),
    /// Somebody stopped it.
    Interrupted,
}

/// What is wrong, once nothing is waited for any longer; none while something is.
fn judge(
    look: Look,
    ended: Option<&Result<(), ComposeFailed>>,
    patient: bool,
) -> Option<Vec<String>> {
    match ended {
        Some(Err(failed)) => Some([vec![failed.words()], look.failed].concat()),
        Some(Ok(())) if !look.failed.is_empty() || look.waiting.is_empty() => Some(look.failed),
        _ if patient => None,
        _ => Some([look.failed, look.waiting].concat()),
    }
}
