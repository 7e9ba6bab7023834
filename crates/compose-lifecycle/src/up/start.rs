//! Builds and starts the services of a project, and waits until they are ready.

use std::{
    cell::{Cell, RefCell},
    pin::{Pin, pin},
    time::{Duration, Instant},
};

use compose_runtime::{BusyContainers, ComposeRunError, ReadinessCheck, ReadinessWatch};
use operation::OperationError;

use super::{compose_step::ComposeStep, context::UpContext, plan::ProjectPlan};

/// Time between two checks of the containers.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// How long Compose may take to finish what it has begun: longer than the grace
/// period of most containers.
const FINISH_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds the services that the Compose file wants to be built at each start. Returns
/// what went wrong.
pub(super) async fn build_services(context: &UpContext<'_>, plan: &ProjectPlan) -> Vec<String> {
    let services = plan.services_to_build();
    if services.is_empty() {
        return Vec::new();
    }
    let title = format!("build {}", services.join(", "));
    let arguments: Vec<&str> = ["build"].into_iter().chain(services).collect();
    let step = ComposeStep::new(context, plan, "build", title);
    let built = step.run_and_finish(&arguments).await;
    built.err().iter().map(ToString::to_string).collect()
}

/// How a start ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StartEnd {
    /// Nothing is waited for any longer; the problems.
    Finished(Vec<String>),
    /// The user interrupted it.
    Interrupted,
}

/// Starts the services and waits until each is ready: healthy, running for a moment,
/// or ended as intended.
///
/// `docker compose up --wait` cannot be used: it treats a one-shot that has ended as a
/// failure.
///
/// # Errors
/// When the engine does not answer.
pub(super) async fn start_services(
    context: &UpContext<'_>,
    plan: &ProjectPlan,
    mut interrupt: impl Future<Output = ()> + Unpin,
) -> Result<StartEnd, OperationError> {
    let project = &plan.project.name;
    let step = ComposeStep::new(context, plan, "up", format!("start {project}"));
    let (arguments, activity) = (plan.up_arguments(), ComposeActivity::default());
    let mut up =
        pin!(step.run_following(&arguments, |progress| activity.record_progress(progress)));
    let services = plan.services_with_containers();
    let mut watch = ReadinessWatch::new(context.reporter(), project, services, &plan.before);
    let mut result = None;
    let end = loop {
        tokio::select! {
            biased;
            () = &mut interrupt => break StartEnd::Interrupted,
            ended = &mut up, if result.is_none() => {
                step.finish_step(&ended);
                result = Some(ended);
                activity.reset_timer();
            }
            () = tokio::time::sleep(CHECK_INTERVAL) => {}
        }
        let containers = context.service_containers(project).await?;
        let check = watch.check_services(&containers, result.is_some(), Instant::now());
        if check.progress {
            activity.reset_timer();
        }
        let timed_out = activity.idle_time() >= context.request.wait_timeout;
        if let Some(problems) = problems_at_end(check, result.as_ref(), timed_out) {
            break StartEnd::Finished(problems);
        }
    };
    if result.is_none() {
        wait_for_busy_containers(context, &activity, up).await;
        step.finish_stopped();
    }
    watch.give_up();
    Ok(end)
}

/// What is wrong, once nothing is waited for any longer; `None` while something is.
fn problems_at_end(
    check: ReadinessCheck,
    compose: Option<&Result<(), ComposeRunError>>,
    timed_out: bool,
) -> Option<Vec<String>> {
    match compose {
        Some(Err(error)) => Some([vec![error.to_string()], check.failed].concat()),
        Some(Ok(())) if !check.failed.is_empty() || check.waiting.is_empty() => Some(check.failed),
        _ if timed_out => Some([check.failed, check.waiting].concat()),
        _ => None,
    }
}

/// What Compose is doing. It waits for dependencies for ever, so the time-out counts
/// from its last line of progress, or from the last service that became ready.
struct ComposeActivity {
    last_progress: Cell<Instant>,
    busy: RefCell<BusyContainers>,
}

impl Default for ComposeActivity {
    fn default() -> Self {
        Self { last_progress: Cell::new(Instant::now()), busy: RefCell::default() }
    }
}

impl ComposeActivity {
    fn record_progress(&self, progress: &str) {
        self.reset_timer();
        self.busy.borrow_mut().record(progress);
    }

    fn reset_timer(&self) {
        self.last_progress.set(Instant::now());
    }

    fn idle_time(&self) -> Duration {
        self.last_progress.get().elapsed()
    }

    fn is_busy(&self) -> bool {
        !self.busy.borrow().is_empty()
    }
}

/// Lets Compose finish what it has begun with containers: in the middle of a
/// replacement the old one is being stopped, and the new one is not yet started.
async fn wait_for_busy_containers(
    context: &UpContext<'_>,
    activity: &ComposeActivity,
    mut up: Pin<&mut impl Future<Output = Result<(), ComposeRunError>>>,
) {
    if !activity.is_busy() {
        return;
    }
    let containers = activity.busy.borrow().to_string();
    context.reporter().warn(format!("waiting for docker compose to finish with {containers}"));
    let end = Instant::now() + FINISH_TIMEOUT;
    while activity.is_busy() && Instant::now() < end {
        tokio::select! {
            _ = &mut up => return,
            () = tokio::time::sleep(CHECK_INTERVAL / 10) => {}
        }
    }
}
