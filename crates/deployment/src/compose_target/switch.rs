//! Old and new containers change places.

use image_ref::ImageId;
use local_docker::ContainerRemoveOptions;
use tokio::sync::oneshot;

use super::{
    connect::ComposeTarget,
    engine_error::engine_error,
    image_name::is_in_place,
    in_place::{replace_container, replace_container_back},
    instances::{all_instances, container_id, instances_of, plain_name},
    proxy::{release_proxies, run_before_stop, steer_proxies, steer_proxies_back},
};
use crate::{
    plan::{Instance, RunningService, ServiceChange, SwitchOrder},
    target::{Readiness, TargetError},
};

/// Starts the new containers and stops the old ones, one after the other.
pub(super) async fn switch_containers(
    target: &ComposeTarget,
    change: &ServiceChange,
    image: &ImageId,
    readiness: &dyn Readiness,
) -> Result<(), TargetError> {
    if is_in_place(change)? {
        replace_container(target, change, readiness).await?;
        return release_proxies(target, &change.service, true).await;
    }
    let Pairs { old, new } = pairs(target, change).await?;
    if let Some(other) = new.iter().find(|instance| instance.image.as_ref() != Some(image)) {
        let problem = format!("{} was created from another image than was planned", other.name);
        return Err(TargetError::Changed { problem });
    }
    let (mut old, first) = (old.into_iter(), change.order);
    for instance in &new {
        let next_old = old.next();
        if let (SwitchOrder::StopFirst, Some(old)) = (first, &next_old) {
            stop(target, old).await?;
        }
        start_ready(target, change, instance, readiness).await?;
        if let (SwitchOrder::StartFirst, Some(old)) = (first, &next_old) {
            retreat(target, change, old).await?;
        }
    }
    for surplus in old {
        retreat(target, change, &surplus).await?;
    }
    release_proxies(target, &change.service, true).await
}

/// Stops an instance that nobody is to reach any longer: first no proxy sends requests to
/// it, then it ends by itself.
async fn retreat(
    target: &ComposeTarget,
    change: &ServiceChange,
    instance: &Instance,
) -> Result<(), TargetError> {
    let service = &change.service;
    let mut others = instances_of(target, service).await?;
    others.retain(|other| other.is_running() && other.id != instance.id);
    if !others.is_empty() {
        steer_proxies(target, service, &others).await?;
        run_before_stop(target, service, instance).await?;
    }
    stop(target, instance).await
}

/// Takes a switch back, in the order that keeps the interruption shortest.
pub(super) async fn switch_containers_back(
    target: &ComposeTarget,
    change: &ServiceChange,
    readiness: &dyn Readiness,
) -> Result<(), TargetError> {
    wait_for_stops(target).await;
    if is_in_place(change)? {
        replace_container_back(target, change, readiness).await?;
        return release_proxies(target, &change.service, true).await;
    }
    let instances = instances_of(target, &change.service).await?;
    let (new, old): (Vec<Instance>, Vec<Instance>) =
        instances.into_iter().partition(|instance| change.is_new(instance));
    let ran = |instance: &&Instance| {
        change.before.iter().any(|before| before.id == instance.id && before.is_running())
    };
    let old: Vec<&Instance> = old.iter().filter(ran).collect();
    if change.order == SwitchOrder::StopFirst {
        stop_all(target, &new).await?;
    }
    let may_have_moved =
        change.order == SwitchOrder::StopFirst || old.iter().any(|instance| !instance.is_running());
    for instance in old.iter().filter(|instance| !instance.is_running()) {
        start_ready(target, change, instance, readiness).await?;
    }
    let is_served = change.order == SwitchOrder::StartFirst && !old.is_empty();
    let steered = if is_served && new.iter().any(Instance::is_running) {
        let old: Vec<Instance> = old.into_iter().cloned().collect();
        steer_proxies_back(target, &change.service, &old).await
    } else {
        Ok(())
    };
    // A proxy that cannot be steered must not keep the failed version.
    stop_all(target, &new).await?;
    release_proxies(target, &change.service, may_have_moved).await?;
    steered
}

/// The containers that ran before and those that were created, in every state.
struct Pairs {
    old: Vec<Instance>,
    new: Vec<Instance>,
}

async fn pairs(target: &ComposeTarget, change: &ServiceChange) -> Result<Pairs, TargetError> {
    let instances = instances_of(target, &change.service).await?;
    let (new, old): (Vec<Instance>, Vec<Instance>) =
        instances.into_iter().partition(|instance| change.is_new(instance));
    if new.len() as u64 != change.replicas {
        let (service, replicas) = (&change.service, change.replicas);
        let problem = format!("{service} has {} new containers instead of {replicas}", new.len());
        return Err(TargetError::Changed { problem });
    }
    Ok(Pairs { old: old.into_iter().filter(Instance::is_running).collect(), new })
}

/// Starts those of these instances that are stopped. They may have other addresses than before,
/// and a proxy checks every name of its configuration, so none is reloaded before all run.
pub(super) async fn start_stopped(
    target: &ComposeTarget,
    services: &[RunningService],
) -> Result<Vec<String>, TargetError> {
    wait_for_stops(target).await;
    let mut problems = Vec::new();
    let mut now = all_instances(target).await?;
    for RunningService { service, instances } in services {
        let now = now.remove(service).unwrap_or_default();
        let is_listed = |found: &&Instance| instances.iter().any(|one| one.id == found.id);
        for instance in now.iter().filter(is_listed).filter(|instance| !instance.is_running()) {
            problems.extend(start(target, instance).await.err());
        }
    }
    for running in services {
        problems.extend(release_proxies(target, &running.service, true).await.err());
    }
    Ok(problems.iter().map(|error| operation::error_chain(error)).collect())
}

async fn start_ready(
    target: &ComposeTarget,
    change: &ServiceChange,
    instance: &Instance,
    readiness: &dyn Readiness,
) -> Result<(), TargetError> {
    start(target, instance).await?;
    let service = change.service.clone();
    let ready = readiness.wait(&change.service, instance).await;
    ready.map_err(|reason| TargetError::NotReady { service, reason })
}

async fn start(target: &ComposeTarget, instance: &Instance) -> Result<(), TargetError> {
    let started = target.engine.containers().start(&container_id(instance)?).await;
    started.map_err(engine_error(&format!("start the container {}", instance.name)))
}

async fn stop_all(target: &ComposeTarget, instances: &[Instance]) -> Result<(), TargetError> {
    for instance in instances {
        stop(target, instance).await?;
    }
    Ok(())
}

/// With its own signal and within its own grace period. The engine goes on with that when nobody
/// waits any longer, as after an interruption: [`wait_for_stops`] waits again.
pub(super) async fn stop(target: &ComposeTarget, instance: &Instance) -> Result<(), TargetError> {
    let (engine, id) = (target.engine.clone(), container_id(instance)?);
    let (ending, ended) = oneshot::channel();
    target.stops.borrow_mut().push(ended);
    let stopping = tokio::spawn(async move {
        let stopped = engine.containers().stop(&id, None).await;
        drop(ending);
        stopped
    });
    let action = format!("stop the container {}", instance.name);
    let stopped = stopping.await.map_err(TargetError::unavailable(action.clone()))?;
    stopped.map(drop).map_err(engine_error(&action))
}

/// A container that is still being stopped looks as if it ran, and would not be started again.
async fn wait_for_stops(target: &ComposeTarget) {
    let stops = target.stops.take();
    for stop in stops {
        // Its end is the only message.
        let _ = stop.await;
    }
}

/// Removes the containers that ran before, and gives the new ones plain names.
pub(super) async fn remove_old_containers(
    target: &ComposeTarget,
    change: &ServiceChange,
) -> Result<(), TargetError> {
    let instances = instances_of(target, &change.service).await?;
    let (new, old): (Vec<Instance>, Vec<Instance>) =
        instances.into_iter().partition(|instance| change.is_new(instance));
    // One that runs again was started by somebody for a reason.
    for instance in old.iter().filter(|instance| !instance.is_running()) {
        let options = ContainerRemoveOptions::default();
        let removed = target.engine.containers().remove(&container_id(instance)?, options).await;
        removed.map_err(engine_error(&format!("remove the container {}", instance.name)))?;
    }
    rename(target, change, &new).await
}

/// Compose numbers on from the old containers; users look for `shop-api-1`.
async fn rename(
    target: &ComposeTarget,
    change: &ServiceChange,
    new: &[Instance],
) -> Result<(), TargetError> {
    if let Some(name) = own_name(change) {
        return rename_only(target, new, name).await;
    }
    let names = new.iter().map(|instance| instance.name.as_str());
    let taken: Vec<&str> = names.collect();
    let wanted = (1..=change.replicas).map(|number| plain_name(target, &change.service, number));
    let mut free = wanted.filter(|name| !taken.contains(&name.as_str()));
    let is_plain = |name: &str| {
        (1..=change.replicas).any(|number| plain_name(target, &change.service, number) == name)
    };
    let prefix = format!("{}-{}-", target.project.name, change.service);
    for instance in new {
        if is_plain(&instance.name) || !instance.name.starts_with(&prefix) {
            continue;
        }
        let Some(name) = free.next() else { break };
        let renamed = target.engine.containers().rename(&container_id(instance)?, &name).await;
        renamed.map_err(engine_error(&format!("rename the container {}", instance.name)))?;
    }
    Ok(())
}

/// The name that the only container has by its configuration.
fn own_name(change: &ServiceChange) -> Option<&str> {
    change.restored.as_ref()?.instance_name.as_deref()
}

async fn rename_only(
    target: &ComposeTarget,
    new: &[Instance],
    name: &str,
) -> Result<(), TargetError> {
    for instance in new.iter().filter(|instance| instance.name != name) {
        let renamed = target.engine.containers().rename(&container_id(instance)?, name).await;
        renamed.map_err(engine_error(&format!("rename the container {}", instance.name)))?;
    }
    Ok(())
}
