//! One project from its query to its report: observe, take down, observe again.

use std::sync::OnceLock;

use compose::{
    ComposeError,
    down::{DownPlan, ProjectResources, plan_down},
};
use operation::{Failure as _, FailureKind, OperationError, error_chain, until_interrupted};
use tokio::sync::oneshot;

use super::{
    compose_takedown::ComposeTakedown,
    context::StopContext,
    declared_services::read_declared_services,
    engine_takedown::EngineTakedown,
    error::StopError,
    outcome::ProjectOutcome,
    preview::ProjectPlan,
    project_query::ProjectQuery,
    report::{ProjectReport, StopMethod},
    takedown::{Takedown, TakedownEnd, TakedownOutcome},
    target_project::TargetProject,
};

/// Plans what taking the project down would do.
pub(super) async fn preview_project(
    context: &StopContext<'_>,
    query: ProjectQuery,
) -> Result<ProjectPlan, StopError> {
    let mut target = TargetProject::from_query(query, context).await?;
    loop {
        let existing = context.observe_with_attachments(&target.name).await?;
        match read_declared_services(context, &target, &existing).await {
            Ok(declared) => {
                target.warnings().iter().for_each(|warning| context.reporter().warn(warning));
                let plan = plan_down(&existing, declared.as_ref(), context.options);
                return Ok(ProjectPlan { files: target.file_names(), project: target.name, plan });
            }
            Err(problem) => target = target.without_files(context, problem).await?,
        }
    }
}

/// Takes the project down.
pub(super) async fn stop_project(
    context: &StopContext<'_>,
    query: ProjectQuery,
    interrupt: impl Future<Output = ()> + Clone,
) -> Result<ProjectReport, StopError> {
    let resolving = TargetProject::from_query(query, context);
    let mut target = until_interrupted(interrupt.clone(), resolving).await?;
    loop {
        match take_down_project(context, &target, interrupt.clone()).await? {
            Attempt::NothingToDo(existing) => {
                warn_of_other_names(context, &target).await?;
                return Ok(report_nothing_to_do(target, existing));
            }
            Attempt::UnreadableFiles(problem) => {
                target = target.without_files(context, problem).await?;
            }
            Attempt::Ended { before, outcome } => {
                return observe_after(context, target, before, outcome).await;
            }
        }
    }
}

/// One attempt to take a project down.
enum Attempt {
    /// This exists, and nothing of it is to be removed.
    NothingToDo(ProjectResources),
    /// The files do not load; nothing was changed.
    UnreadableFiles(ComposeError),
    Ended {
        before: ProjectResources,
        outcome: TakedownOutcome,
    },
}

/// Takes the project down with the installed Compose if there is one and files that
/// it may load, else through the engine.
async fn take_down_project(
    context: &StopContext<'_>,
    target: &TargetProject,
    interrupt: impl Future<Output = ()>,
) -> Result<Attempt, StopError> {
    match (&target.project, &context.compose) {
        (Some(project), Some(compose)) if !context.request.native => {
            let takedown = ComposeTakedown::new(context, target, project, compose);
            attempt_takedown(context, target, &takedown, interrupt).await
        }
        _ => {
            let takedown = EngineTakedown::new(context, target);
            attempt_takedown(context, target, &takedown, interrupt).await
        }
    }
}

/// Why a takedown was not carried out.
enum NotCarriedOut {
    NothingToDo(ProjectResources),
    Failed(StopError),
}

impl<E: Into<StopError>> From<E> for NotCarriedOut {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Runs the takedown concurrently with the observation of what exists. The takedown
/// gets what may be removed; if that is nothing, it is dropped.
async fn attempt_takedown(
    context: &StopContext<'_>,
    target: &TargetProject,
    takedown: &impl Takedown,
    interrupt: impl Future<Output = ()>,
) -> Result<Attempt, StopError> {
    let before = OnceLock::new();
    let (approve, approved) = oneshot::channel();
    let approval = async {
        let existing = approve_removal(context, target, takedown.method()).await?;
        let _ = approve.send(existing.clone());
        Ok::<_, NotCarriedOut>(before.get_or_init(|| existing))
    };
    let removal = async { Ok(takedown.take_down(resources_once_sent(approved)).await?) };
    let work = async { tokio::try_join!(approval, removal) };
    match until_interrupted(interrupt, work).await {
        Ok((_, TakedownEnd::UnreadableFiles(problem))) => Ok(Attempt::UnreadableFiles(problem)),
        Ok((before, TakedownEnd::Finished(outcome))) => {
            Ok(Attempt::Ended { before: before.clone(), outcome })
        }
        Err(NotCarriedOut::NothingToDo(existing)) => Ok(Attempt::NothingToDo(existing)),
        Err(NotCarriedOut::Failed(error)) => match before.into_inner() {
            Some(before) if error.kind() == FailureKind::Interrupted => {
                let outcome = TakedownOutcome::interrupted(takedown.method());
                Ok(Attempt::Ended { before, outcome })
            }
            _ => Err(error),
        },
    }
}

async fn resources_once_sent(approved: oneshot::Receiver<ProjectResources>) -> ProjectResources {
    match approved.await {
        Ok(existing) => existing,
        // Nothing may be removed: the takedown is about to be dropped.
        Err(_) => std::future::pending().await,
    }
}

/// What exists of the project, once the user has agreed to its removal.
async fn approve_removal(
    context: &StopContext<'_>,
    target: &TargetProject,
    method: StopMethod,
) -> Result<ProjectResources, NotCarriedOut> {
    let existing = context.observe_resources(&target.name).await?;
    if context.is_nothing_to_remove(&existing) {
        return Err(NotCarriedOut::NothingToDo(existing));
    }
    confirm_volumes(context, target, &existing)?;
    context.reporter().info(format!("{target}: down {method}"));
    for folder in target.other_folders(&existing) {
        let (name, folder) = (&target.name, folder.display());
        let text = format!("containers of project {name} were started from {folder}");
        context.reporter().warn(text);
    }
    Ok(existing)
}

/// Volumes hold data that cannot be restored.
fn confirm_volumes(
    context: &StopContext<'_>,
    target: &TargetProject,
    existing: &ProjectResources,
) -> Result<(), OperationError> {
    let request = context.request;
    if !request.volumes || request.confirmed || existing.volumes.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = existing.volumes.iter().map(|volume| volume.name.as_str()).collect();
    let (project, names) = (&target.name, names.join(", "));
    let question = format!("Remove the volumes of project {project} with their data ({names})?");
    context.environment.require_confirmation("removing volumes with their data", &question)
}

/// Containers may have been started from the same files under another name.
async fn warn_of_other_names(
    context: &StopContext<'_>,
    target: &TargetProject,
) -> Result<(), StopError> {
    for name in target.other_names(context.engine().await?).await? {
        context.reporter().warn(format!(
            "containers that were started from these files belong to project {name}: \
             `-p {name}` takes them down"
        ));
    }
    Ok(())
}

async fn observe_after(
    context: &StopContext<'_>,
    target: TargetProject,
    before: ProjectResources,
    outcome: TakedownOutcome,
) -> Result<ProjectReport, StopError> {
    let after = context.observe_with_attachments(&target.name).await;
    let after = after
        .map_err(|source| StopError::OutcomeUnknown { project: target.name.clone(), source })?;
    let TakedownOutcome { method, mut problems, mut declared, interrupted } = outcome;
    if declared.is_none() && !context.is_nothing_to_remove(&after) {
        match read_declared_services(context, &target, &after).await {
            Ok(read) => declared = read,
            Err(problem) => problems.push(error_chain(&problem)),
        }
    }
    let outcome = ProjectOutcome {
        files: target.file_names(),
        warnings: target.warnings(),
        project: target.name,
        method,
        before,
        remaining: plan_down(&after, declared.as_ref(), context.options),
        after,
        problems,
        interrupted,
    };
    Ok(outcome.into_report())
}

fn report_nothing_to_do(target: TargetProject, existing: ProjectResources) -> ProjectReport {
    let outcome = ProjectOutcome {
        files: target.file_names(),
        warnings: target.warnings(),
        project: target.name,
        method: StopMethod::NothingToDo,
        before: existing.clone(),
        after: existing,
        remaining: DownPlan::default(),
        problems: Vec::new(),
        interrupted: false,
    };
    outcome.into_report()
}
