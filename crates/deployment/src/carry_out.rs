use futures_util::FutureExt as _;
use operation::{error_chain, until_interrupted};
use report::StepState;
use step_runner::{Execution, Runner};

use crate::{
    DeploymentError,
    context::DeploymentContext,
    deployed::DeploymentReport,
    diagnostics::write_diagnostics,
    finish::finish_earlier,
    history::History,
    maintenance::read_maintenance,
    plan::{DeploymentPlan, StepId},
    planned::PlannedDeployment,
    project_command::{OUTCOME_VARIABLE, REASON_VARIABLE},
    session::Session,
    step_error::DeploymentStepError,
    steps::step_of,
    take_back::take_back,
};

/// Finishes what an earlier deployment left, plans on that, asks the user, and carries the
/// plan out; nothing when every service runs what it should.
///
/// # Errors
/// Those of planning, [`DeploymentError::Preflight`], and those of [`carry_out`].
pub(crate) async fn carry_out_planned(
    session: &Session<'_>,
    question: &str,
    planning: impl AsyncFnOnce(History) -> Result<PlannedDeployment, DeploymentError>,
    interrupt: impl Future<Output = ()>,
) -> Result<DeploymentReport, DeploymentError> {
    let interrupt = interrupt.shared();
    let history = finish_earlier(session).await?;
    let planned = until_interrupted(interrupt.clone(), planning(history)).await?;
    let plan = planned.require_unblocked()?.show(session.environment);
    if plan.is_empty() {
        return Ok(DeploymentReport::new(&plan));
    }
    if read_maintenance(session.target).await?.is_some() {
        let line = "maintenance is on, and stays on; `deploy --maintenance off` ends it";
        session.environment.reporter.warn(line);
    }
    session.environment.confirm(question)?;
    carry_out(session, &plan, interrupt).await
}

/// Carries a plan out, and takes it back when a required step fails or the user
/// interrupts it.
///
/// # Errors
/// [`DeploymentError::Undone`], [`DeploymentError::HalfWay`].
async fn carry_out(
    session: &Session<'_>,
    plan: &DeploymentPlan,
    interrupt: impl Future<Output = ()>,
) -> Result<DeploymentReport, DeploymentError> {
    let context = session.context(plan)?;
    let runner = Runner {
        plan: &plan.steps,
        context: &context,
        journal: &context.journal,
        reporter: &session.environment.reporter,
        step_of,
    };
    let execution = runner.run(interrupt).await;
    let mut report = DeploymentReport::new(plan);
    report.steps =
        execution.ended.iter().map(|(id, ended)| (id.to_string(), ended.clone())).collect();
    match failure_reason(plan, &execution) {
        None if has_failed(&execution, &StepId::RestoreData) => {
            Err(DeploymentError::DataNotRestored(Box::new(report)))
        }
        None => Ok(report),
        Some(reason) if has_failed(&execution, &StepId::Confirm) && !answers(session).await => {
            let problem = "the target does not answer whether success is recorded, so nothing \
                           was undone"
                .to_owned();
            Err(DeploymentError::HalfWay { reason, problem })
        }
        Some(reason) => Err(undo(session, &context, reason, report, execution.interrupted).await),
    }
}

fn has_failed(execution: &Execution<StepId>, id: &StepId) -> bool {
    execution.step(id).is_some() && !execution.succeeded(id)
}

/// Whether the target's records can be read.
async fn answers(session: &Session<'_>) -> bool {
    History::read(session.target).await.is_ok()
}

/// Why the deployment is taken back; `None` once it is confirmed.
fn failure_reason(plan: &DeploymentPlan, execution: &Execution<StepId>) -> Option<String> {
    if execution.succeeded(&StepId::Confirm) {
        return None;
    }
    if execution.interrupted {
        return Some("interrupted".to_owned());
    }
    let required = plan.steps.iter().filter(|step| step.is_required()).map(|step| step.id());
    let id = required.into_iter().find(|id| has_failed(execution, id))?;
    Some(format!("{id} failed: {}", execution.step(&id)?.detail))
}

async fn undo(
    session: &Session<'_>,
    context: &DeploymentContext<'_>,
    reason: String,
    mut report: DeploymentReport,
    interrupted: bool,
) -> DeploymentError {
    let reporter = &session.environment.reporter;
    reporter.warn(format!("{reason}: bringing the old version back"));
    let folder = session.folder(&context.plan.id);
    report.diagnostics = write_diagnostics(context, folder.path()).await;
    let taken_back = match take_back(context, &reason).await {
        Ok(taken_back) => taken_back,
        Err(error) => return error,
    };
    run_failure_hooks(context, &reason).await;
    report.is_undone = true;
    report.reverted = taken_back.reverted;
    report.stays = taken_back.stays;
    let served_before = context.plan.changes.iter().any(|change| change.serving().is_some());
    DeploymentError::Undone { reason, report: Box::new(report), interrupted, served_before }
}

/// They are informed of a failure and cannot make it worse.
async fn run_failure_hooks(context: &DeploymentContext<'_>, reason: &str) {
    let reporter = &context.environment.reporter;
    for hook in &context.settings.hooks.on_failure {
        let line = hook.command.line();
        let progress = reporter.step("hook.on-failure", &line);
        let ended = match context.commands() {
            Ok(commands) => {
                let commands = commands.with(OUTCOME_VARIABLE, "failed");
                let commands = commands.with(REASON_VARIABLE, reason);
                let ended = commands.run(&hook.command, hook.timeout.duration(), &progress).await;
                ended.map(drop).map_err(DeploymentStepError::from)
            }
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => progress.finish(StepState::Done, "passed"),
            Err(error) => progress.finish(StepState::Failed, &error_chain(&error)),
        };
    }
}
