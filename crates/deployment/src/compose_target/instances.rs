//! The containers of services.

use std::collections::BTreeMap;

use compose::labels::CONFIG_HASH;
use compose_runtime::{ProjectObserver, ServiceContainer};
use local_docker::{ContainerDetails, ContainerId, ContainerState, Health};

use super::{connect::ComposeTarget, engine_error::engine_error};
use crate::{
    plan::{Instance, InstanceHealth, InstanceState},
    target::TargetError,
};

/// Lines of a container's log that are kept for people who look for a reason.
const LOG_LINES: usize = 250;

/// The containers of every service.
pub(super) async fn all_instances(
    target: &ComposeTarget,
) -> Result<BTreeMap<String, Vec<Instance>>, TargetError> {
    Ok(by_service(&service_containers(target).await?))
}

/// These containers, by service.
pub(super) fn by_service(containers: &[ServiceContainer]) -> BTreeMap<String, Vec<Instance>> {
    let mut instances: BTreeMap<String, Vec<Instance>> = BTreeMap::new();
    for container in containers {
        let instance = instance_of(&container.details);
        instances.entry(container.service.clone()).or_default().push(instance);
    }
    instances
}

/// The containers of one service.
pub(super) async fn instances_of(
    target: &ComposeTarget,
    service: &str,
) -> Result<Vec<Instance>, TargetError> {
    Ok(all_instances(target).await?.remove(service).unwrap_or_default())
}

pub(super) async fn service_containers(
    target: &ComposeTarget,
) -> Result<Vec<ServiceContainer>, TargetError> {
    let observer = ProjectObserver::new(&target.engine, &target.project.name);
    observer.service_containers().await.map_err(engine_error("inspect the containers"))
}

pub(super) fn instance_of(details: &ContainerDetails) -> Instance {
    Instance {
        id: details.id.to_string(),
        name: details.name.clone(),
        image: details.image_id.clone(),
        state: match &details.state {
            ContainerState::Created => InstanceState::Created,
            ContainerState::Running => InstanceState::Running,
            ContainerState::Exited | ContainerState::Dead => InstanceState::Stopped,
            other => InstanceState::Other(other.as_str().to_owned()),
        },
        health: match details.health {
            None => InstanceHealth::Unchecked,
            Some(Health::Starting) => InstanceHealth::Starting,
            Some(Health::Healthy) => InstanceHealth::Healthy,
            Some(Health::Unhealthy) => InstanceHealth::Unhealthy,
        },
        configuration: details.labels.get(CONFIG_HASH).cloned(),
        restarts: details.restart_count,
        started: details.started,
    }
}

/// The name that Compose gives to a container of a service.
pub(super) fn plain_name(target: &ComposeTarget, service: &str, number: u64) -> String {
    format!("{}-{service}-{number}", target.project.name)
}

/// The engine's identifier of an instance.
pub(super) fn container_id(instance: &Instance) -> Result<ContainerId, TargetError> {
    instance
        .id
        .parse()
        .map_err(TargetError::unavailable(format!("read the ID of {}", instance.name)))
}

/// A container as it is now, also one that is not of a service.
pub(super) async fn inspect_instance(
    target: &ComposeTarget,
    instance: &Instance,
) -> Result<Option<Instance>, TargetError> {
    let details = target.engine.containers().inspect(&container_id(instance)?).await;
    Ok(details.map_err(engine_error("inspect a container"))?.as_ref().map(instance_of))
}

/// The names of a container's environment variables.
pub(super) async fn variable_names(
    target: &ComposeTarget,
    instance: &Instance,
) -> Result<Vec<String>, TargetError> {
    let details = target.engine.containers().inspect(&container_id(instance)?).await;
    let details = details.map_err(engine_error("inspect a container"))?;
    Ok(details.map(|details| details.variable_names).unwrap_or_default())
}

/// How a container ended, what its health check printed, and the end of its log.
pub(super) async fn describe_failure(
    target: &ComposeTarget,
    instance: &Instance,
) -> Result<String, TargetError> {
    let id = container_id(instance)?;
    let containers = target.engine.containers();
    let details = containers.inspect(&id).await.map_err(engine_error("inspect a container"))?;
    let log = containers.last_lines(&id, LOG_LINES).await.map_err(engine_error("read a log"))?;
    let Some(details) = details else { return Ok(format!("{} was removed\n", instance.name)) };
    let mut text = format!("{}: {}", details.name, details.state.as_str());
    text += &details.exit_code.map_or_else(String::new, |code| format!(", exit code {code}"));
    text += &format!(", {} restarts\n", details.restart_count);
    text += &details.health_log.map_or_else(String::new, |log| format!("health check: {log}\n"));
    Ok(text + &log)
}
