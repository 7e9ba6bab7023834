//! Services that have one container only: there is never a second one
//! beside it, so Compose replaces it, and hands its volumes without a name on.

use compose::ComposeProject;
use compose_runtime::{remove_interrupted_replacements, run_compose};
use report::Reporter;

use super::{
    as_if_named::project_of_change,
    connect::ComposeTarget,
    engine_error::engine_error,
    instances::{instances_of, service_containers},
    prepare::restore_name,
};
use crate::{
    plan::ServiceChange,
    target::{Readiness, TargetError},
};

/// Lets Compose replace the container by one of the image that the service's reference
/// stands for, and waits until it is ready.
pub(super) async fn replace_container(
    target: &ComposeTarget,
    change: &ServiceChange,
    readiness: &dyn Readiness,
) -> Result<(), TargetError> {
    let project = project_of_change(target, change)?;
    replace_in(target, change, &project, readiness).await
}

async fn replace_in(
    target: &ComposeTarget,
    change: &ServiceChange,
    project: &ComposeProject,
    readiness: &dyn Readiness,
) -> Result<(), TargetError> {
    let action = format!("replace the container of {}", change.service);
    let containers = service_containers(target).await?;
    let silent = Reporter::silent();
    let removed = remove_interrupted_replacements(&target.engine, &containers, &silent).await;
    removed.map_err(engine_error(&action))?;
    let arguments = ["up", "--detach", "--no-deps", "--no-build", "--pull", "never"];
    let command = target.compose.command_for(project).args(arguments);
    let command = command.arg(&change.service).summary(&action);
    run_compose(&command, |_| ()).await.map_err(TargetError::unavailable(action))?;
    for instance in instances_of(target, &change.service).await? {
        let ready = readiness.wait(&change.service, &instance).await;
        let service = change.service.clone();
        ready.map_err(|reason| TargetError::NotReady { service, reason })?;
    }
    Ok(())
}

/// Gives the service's reference back, and lets Compose replace the container again.
pub(super) async fn replace_container_back(
    target: &ComposeTarget,
    change: &ServiceChange,
    readiness: &dyn Readiness,
) -> Result<(), TargetError> {
    restore_name(target, change).await?;
    if change.before.is_empty() {
        return Ok(());
    }
    replace_in(target, change, &target.project, readiness).await
}
