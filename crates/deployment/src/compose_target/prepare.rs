//! New containers beside the old ones.

use compose_runtime::run_compose;
use image_ref::ImageId;
use local_docker::{ContainerRemoveOptions, EngineError};

use super::{
    as_if_named::project_of_change,
    connect::ComposeTarget,
    engine_error::engine_error,
    image_name::{NameChange, is_in_place},
    instances::{all_instances, container_id, instances_of},
    restored_containers::{create_restored, lacks_resources},
};
use crate::{
    plan::ServiceChange,
    target::{InstanceConfiguration, TargetError},
};

/// Makes the service's reference stand for the image, and lets Compose create the
/// containers that are missing; those with a configuration that the files do not have any
/// longer are created without it.
pub(super) async fn create_containers(
    target: &ComposeTarget,
    change: &ServiceChange,
    image: &ImageId,
    configuration: Option<&InstanceConfiguration>,
) -> Result<(), TargetError> {
    apply_name(target, change, image).await?;
    if is_in_place(change)? {
        return Ok(());
    }
    let existing = instances_of(target, &change.service).await?;
    let new = existing.iter().filter(|instance| change.is_new(instance)).count() as u64;
    if new >= change.replicas {
        return Ok(());
    }
    let existing = existing.len() as u64;
    if let Some(configuration) = configuration {
        if lacks_resources(target, change, configuration).await? {
            create_declared(target, change, existing).await?;
        }
        return create_restored(target, change, image, configuration).await;
    }
    create_declared(target, change, existing + change.replicas - new).await
}

/// Lets Compose create the containers that are missing to this number, and the networks and
/// volumes of the service.
async fn create_declared(
    target: &ComposeTarget,
    change: &ServiceChange,
    total: u64,
) -> Result<(), TargetError> {
    let arguments = ["up", "--no-start", "--no-recreate", "--no-build", "--pull", "never"];
    let action = format!("create the containers of {}", change.service);
    let project = project_of_change(target, change)?;
    let command = target.compose.command_for(&project);
    let command = command.args(arguments).summary(&action);
    let command = command.arg(format!("--scale={}={total}", change.service));
    let command = command.args(unchanged_scales(target, &change.service).await?);
    let command = command.arg(&change.service);
    run_compose(&command, |_| ()).await.map_err(TargetError::unavailable(action))
}

/// Keeps what a service depends on at as many containers as there are. Without its
/// dependencies Compose would create the container, but would take it for an outdated
/// one the next time, because they are part of its configuration.
async fn unchanged_scales(
    target: &ComposeTarget,
    service: &str,
) -> Result<Vec<String>, TargetError> {
    let instances = all_instances(target).await?;
    let names = target.model().dependencies_of(service).into_iter();
    let count = |name: &str| instances.get(name).map_or(0, Vec::len);
    Ok(names.map(|name| format!("--scale={name}={}", count(&name))).collect())
}

async fn apply_name(
    target: &ComposeTarget,
    change: &ServiceChange,
    image: &ImageId,
) -> Result<(), TargetError> {
    let names = NameChange::of(change)?;
    if names.name.digest().is_none() {
        let tagged = target.engine.images().tag(image, &names.name).await;
        tagged.map_err(engine_error(&format!("tag the image as {}", names.name)))?;
    }
    names.variable.iter().try_for_each(|variable| variable.apply())
}

/// Removes the containers of this deployment, and gives the service's reference back.
pub(super) async fn remove_new_containers(
    target: &ComposeTarget,
    change: &ServiceChange,
) -> Result<(), TargetError> {
    let options = ContainerRemoveOptions { force: true, volumes: !change.is_infrastructure };
    let instances = instances_of(target, &change.service).await?;
    // What Compose has put in the place of a named container serves again.
    let is_first = change.before.is_empty();
    let instances = if is_in_place(change)? && !is_first { Vec::new() } else { instances };
    for instance in instances.iter().filter(|instance| change.is_new(instance)) {
        let removed = target.engine.containers().remove(&container_id(instance)?, options).await;
        removed.map_err(engine_error(&format!("remove the container {}", instance.name)))?;
    }
    restore_name(target, change).await
}

pub(super) async fn restore_name(
    target: &ComposeTarget,
    change: &ServiceChange,
) -> Result<(), TargetError> {
    let names = NameChange::of(change)?;
    names.variable.iter().try_for_each(|variable| variable.revert())?;
    let images = target.engine.images();
    let restored = match &names.before {
        _ if names.name.digest().is_some() => return Ok(()),
        Some(image) => images.tag(image, &names.name).await,
        None => images.untag(&names.name).await.map(drop),
    };
    match restored {
        Ok(()) | Err(EngineError::ImageNotFound { .. } | EngineError::ImageInUse { .. }) => Ok(()),
        Err(error) => Err(engine_error(&format!("give {} back", names.name))(error)),
    }
}
