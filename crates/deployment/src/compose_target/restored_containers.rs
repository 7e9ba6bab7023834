//! Containers with a configuration that the Compose files do not have any longer. The engine
//! creates them from what it had of the old ones; Compose recognises them by their labels.

use std::collections::BTreeMap;

use compose::labels::{CONTAINER_NUMBER, IMAGE};
use compose_runtime::ServiceContainer;
use image_ref::ImageId;
use local_docker::ContainerSpecification;
use serde_json::Value;

use super::{
    connect::ComposeTarget,
    container_configuration::RESTORED,
    engine_error::engine_error,
    image_name::NameChange,
    instances::{container_id, instance_of, plain_name, service_containers},
};
use crate::{
    plan::{Instance, ServiceChange},
    secret_mask::SecretMask,
    target::{InstanceConfiguration, TargetError},
};

/// What to do when the configuration cannot be brought back.
const IMAGE_ALONE: &str = "bring the image back alone with --keep-configuration";

/// Creates the containers that are missing, beside the old ones.
pub(super) async fn create_restored(
    target: &ComposeTarget,
    change: &ServiceChange,
    image: &ImageId,
    configuration: &InstanceConfiguration,
) -> Result<(), TargetError> {
    let specification = specification_of(change, configuration)?;
    if let Some(gone) = missing_resource(target, &specification).await? {
        let service = &change.service;
        return Err(TargetError::Refused {
            problem: format!("the configuration of {service} has {gone}, which does not exist"),
            advice: IMAGE_ALONE.to_owned(),
        });
    }
    let containers = service_containers(target).await?;
    let existing: Vec<&ServiceContainer> =
        containers.iter().filter(|container| container.service == change.service).collect();
    let is_new = |container: &&&ServiceContainer| change.is_new(&instance_of(&container.details));
    let created = existing.iter().filter(is_new).count() as u64;
    let last_number = existing.iter().map(|container| container.number).max().unwrap_or(0);
    for index in created..change.replicas {
        let number = u64::from(last_number) + 1 + index - created;
        let volumes = unnamed_volumes(target, change, index).await?;
        let mut wanted = specification.clone();
        wanted.take_unnamed_volumes(&volumes);
        wanted.name = name_of(target, change, number);
        wanted.set_label(CONTAINER_NUMBER, &number.to_string());
        wanted.set_label(IMAGE, &image.to_string());
        create(target, change, &wanted, configuration).await?;
    }
    Ok(())
}

/// The old container has the name until it is removed.
fn name_of(target: &ComposeTarget, change: &ServiceChange, number: u64) -> String {
    let own = change.restored.as_ref().and_then(|restored| restored.instance_name.as_ref());
    match own {
        Some(own) => format!("{own}{RESTORED}{number}"),
        None => plain_name(target, &change.service, number),
    }
}

async fn create(
    target: &ComposeTarget,
    change: &ServiceChange,
    wanted: &ContainerSpecification,
    configuration: &InstanceConfiguration,
) -> Result<(), TargetError> {
    let image = NameChange::of(change)?.name.to_string();
    let created = target.engine.creation().create_alike(wanted, &image).await;
    let action = format!("create the container {} with its earlier configuration", wanted.name);
    created.map(drop).map_err(|error| {
        // An engine repeats what it does not accept.
        let mut values: Vec<&String> =
            configuration.variables.values().filter(|value| value.len() > 3).collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        let values = values.into_iter().map(|value| value.clone().into()).collect();
        let problem = operation::error_chain(&error);
        let advice = Some(IMAGE_ALONE.to_owned());
        let source = SecretMask::new(values).mask(&problem).into();
        TargetError::Unavailable { action, advice, source }
    })
}

/// The data that the old container of the same place has in volumes without a name.
async fn unnamed_volumes(
    target: &ComposeTarget,
    change: &ServiceChange,
    index: u64,
) -> Result<BTreeMap<String, String>, TargetError> {
    let running: Vec<&Instance> =
        change.before.iter().filter(|instance| instance.is_running()).collect();
    let place = usize::try_from(index).unwrap_or(usize::MAX);
    let Some(old) = running.get(place).copied().or_else(|| change.serving()) else {
        return Ok(BTreeMap::new());
    };
    let specification = target.engine.creation().specification(&container_id(old)?).await;
    let specification =
        specification.map_err(engine_error(&format!("inspect the container {}", old.name)))?;
    Ok(specification.map(|old| old.unnamed_volumes).unwrap_or_default())
}

/// Whether a network or volume of the configuration does not exist, as after a `down`.
pub(super) async fn lacks_resources(
    target: &ComposeTarget,
    change: &ServiceChange,
    configuration: &InstanceConfiguration,
) -> Result<bool, TargetError> {
    let specification = specification_of(change, configuration)?;
    Ok(missing_resource(target, &specification).await?.is_some())
}

/// An engine would make an empty volume in the place of one that is gone, and finds out about
/// networks when it starts the container.
async fn missing_resource(
    target: &ComposeTarget,
    specification: &ContainerSpecification,
) -> Result<Option<String>, TargetError> {
    let volumes = target.engine.volumes().list(None).await;
    let volumes = volumes.map_err(engine_error("list the volumes"))?;
    let networks = target.engine.networks().list(None).await;
    let networks = networks.map_err(engine_error("list the networks"))?;
    let unnamed: Vec<&String> = specification.unnamed_volumes.values().collect();
    let mut named = named_volumes(specification).into_iter();
    let volume = named.find(|name| {
        !unnamed.contains(&name) && !volumes.iter().any(|volume| volume.name == *name)
    });
    let mut attached = specification.networks.keys();
    let network = attached.find(|name| !networks.iter().any(|network| network.name == **name));
    let volume = volume.map(|name| format!("the volume {name}"));
    Ok(volume.or_else(|| network.map(|name| format!("the network {name}"))))
}

fn specification_of(
    change: &ServiceChange,
    configuration: &InstanceConfiguration,
) -> Result<ContainerSpecification, TargetError> {
    // Why it cannot be read may show a value.
    serde_json::from_value(configuration.data.clone()).map_err(|_| TargetError::Refused {
        problem: format!("the snapshot of the configuration of {} is damaged", change.service),
        advice: IMAGE_ALONE.to_owned(),
    })
}

/// A source that is no path is the name of a volume.
fn named_volumes(specification: &ContainerSpecification) -> Vec<String> {
    let list = |member: &str| specification.host.get(member).and_then(Value::as_array);
    let binds = list("Binds").into_iter().flatten().filter_map(Value::as_str);
    let binds = binds.filter_map(|bind| Some(bind.split_once(':')?.0));
    let mounts = list("Mounts").into_iter().flatten();
    let mounts = mounts.filter(|mount| mount["Type"] == "volume");
    let mounts = mounts.filter_map(|mount| mount["Source"].as_str());
    let names = binds.chain(mounts).filter(|name| !name.is_empty() && !name.starts_with('/'));
    names.map(str::to_owned).collect()
}
