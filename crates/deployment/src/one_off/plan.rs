//! Which service a command is run for, and in which image.

use std::collections::BTreeMap;

use configuration::Deploy;
use image_ref::ImageId;
use operation::OperationError;

use super::{planned::PlannedCommand, record::program_name, request::CommandRequest};
use crate::{
    DeploymentError,
    history::History,
    plan::{Instance, InstanceState, ObservedService, Role},
    requested_service::require_service,
    rollback_point::rollback_points,
    target::Target,
};

pub(super) async fn plan_command(
    target: &dyn Target,
    settings: &Deploy,
    request: &CommandRequest,
    history: &History,
) -> Result<PlannedCommand, DeploymentError> {
    let observed = target.observe().await?;
    let service = chosen_service(&observed, settings, request.service.as_deref())?;
    let chosen = observed.get(&service);
    let instances = chosen.map_or(&[][..], |service| &service.instances);
    let points = rollback_points(&history.records);
    let deployed = points.last().and_then(|point| point.images.get(&service));
    let image = serving_image(&service, instances, deployed.map(|kept| &kept.id))?;
    if !target.has_image(&image).await? {
        let problem = format!("the image of {service} ({}) is gone", image.short());
        let advice = "deploy a version, then run the command in that";
        return Err(OperationError::precondition(problem, advice).into());
    }
    let image_name =
        target.image_name(&image, chosen.map_or("", |service| &service.reference)).await?;
    let program = program_name(&request.command);
    let arguments = request.command.len().saturating_sub(1);
    Ok(PlannedCommand { service, image, image_name, program, arguments })
}

/// The one that is named, else the only one of the application.
fn chosen_service(
    observed: &BTreeMap<String, ObservedService>,
    settings: &Deploy,
    requested: Option<&str>,
) -> Result<String, OperationError> {
    let names = |names: Vec<&str>| names.join(", ");
    if let Some(name) = requested {
        require_service(observed, name)?;
        return Ok(name.to_owned());
    }
    let is_candidate = |(name, service): &(&String, &ObservedService)| {
        service.role == Role::Application
            && (settings.services.is_empty() || settings.services.contains(name))
    };
    let candidates: Vec<&str> =
        observed.iter().filter(is_candidate).map(|(name, _)| name.as_str()).collect();
    match candidates.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => {
            let advice = "name one with `--service NAME` before `--run`";
            Err(OperationError::usage("no service belongs to the application", advice))
        }
        _ => Err(OperationError::usage(
            format!("the command could run for {}", names(candidates)),
            "name one with `--service NAME` before `--run`",
        )),
    }
}

/// The image that the service runs; when it does not run, the one that it ran last, else
/// the one that was deployed last.
fn serving_image(
    service: &str,
    instances: &[Instance],
    deployed: Option<&ImageId>,
) -> Result<ImageId, OperationError> {
    let of_state = |wanted: fn(&InstanceState) -> bool| -> Vec<&Instance> {
        instances.iter().filter(|instance| wanted(&instance.state)).collect()
    };
    let active =
        of_state(|state| matches!(state, InstanceState::Running | InstanceState::Other(_)));
    let chosen = match active.is_empty() {
        true => of_state(|state| *state == InstanceState::Stopped),
        false => active,
    };
    let mut images: Vec<&ImageId> = Vec::new();
    for instance in chosen {
        let Some(image) = &instance.image else {
            let problem = format!("the image of {} cannot be read", instance.name);
            return Err(OperationError::precondition(
                problem,
                "deploy a version, then run it in that",
            ));
        };
        if !images.contains(&image) {
            images.push(image);
        }
    }
    match (images.as_slice(), deployed) {
        ([only], _) => Ok((*only).clone()),
        ([], Some(deployed)) => Ok(deployed.clone()),
        ([], None) => Err(OperationError::precondition(
            format!("{service} does not run and was never deployed"),
            "deploy a version, then run the command in that",
        )),
        (several, _) => {
            let several: Vec<&str> = several.iter().map(|image| image.short()).collect();
            let problem =
                format!("{service} has containers of several images: {}", several.join(", "));
            let advice = "deploy the version that is to run, then run the command in that";
            Err(OperationError::precondition(problem, advice))
        }
    }
}

#[cfg(test)]
mod tests {
    use image_ref::Digest;

    use super::*;
    use crate::plan::InstanceHealth;

    fn image(text: &str) -> ImageId {
        ImageId::new(Digest::of(text.as_bytes()))
    }

    fn instance(version: &str, state: InstanceState) -> Instance {
        Instance {
            id: version.to_owned(),
            name: format!("shop-api-{version}"),
            image: Some(image(version)),
            state,
            health: InstanceHealth::Unchecked,
            configuration: None,
            restarts: 0,
            started: None,
        }
    }

    #[test]
    fn a_command_runs_in_what_runs_then_in_what_ran_then_in_what_was_deployed() {
        let (running, stopped) = (InstanceState::Running, InstanceState::Stopped);
        let old = instance("1", stopped);
        let new = instance("2", running.clone());
        let deployed = image("3");
        let found = |instances: &[Instance], deployed| {
            serving_image("api", instances, deployed).map_err(|error| error.to_string())
        };
        assert_eq!(found(&[old.clone(), new.clone()], Some(&deployed)), Ok(image("2")));
        assert_eq!(found(std::slice::from_ref(&old), Some(&deployed)), Ok(image("1")));
        assert_eq!(found(&[], Some(&deployed)), Ok(image("3")));
        assert!(found(&[], None).unwrap_err().contains("was never deployed"));
        let two = [new, instance("1", running.clone())];
        assert!(found(&two, None).unwrap_err().contains("several images"));
        let unreadable = Instance { image: None, ..instance("1", running) };
        assert!(found(&[unreadable], None).unwrap_err().contains("cannot be read"));
    }
}
