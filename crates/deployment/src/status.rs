//! What runs, whether it is what was deployed, and what can be gone back to.

use std::collections::BTreeMap;

use image_ref::ImageId;

use crate::{
    DeploymentError,
    history::History,
    maintenance::{maintenance_problems, read_maintenance},
    one_off::{CommandRecord, ListedCommand},
    plan::{Instance, InstanceHealth, ObservedService, Role, ServiceChange},
    record::whole_second,
    rollback::list_rollback_points,
    rollback_point::{KeptImage, infrastructure_points, rollback_points},
    status_report::{InstanceStatus, ServiceStatus, StatusReport},
    target::{LockHolder, Target},
};

/// How many of the last commands are shown.
const COMMANDS: usize = 5;

/// Observes a target.
///
/// # Errors
/// When the target does not answer. Problems of its services are part of the result.
pub async fn deployment_status(target: &dyn Target) -> Result<StatusReport, DeploymentError> {
    let history = History::read(target).await?;
    let observed = target.observe().await?;
    let deployed = deployed_images(&history);
    let mut problems = record_problems(&history);
    let (mut services, mut notes) = (BTreeMap::new(), Vec::new());
    for (name, service) in &observed {
        problems.extend(service_problems(name, service, deployed.get(name)));
        let restored = restored_change(&history, name, service);
        let configuration_of = restored.and_then(|change| change.restored.as_ref());
        let configuration_of = configuration_of.map(|restored| restored.deployment.clone());
        notes.extend(configuration_of.as_ref().map(|deployment| restored_note(name, deployment)));
        let status = service_status(target, service).await?;
        services.insert(name.clone(), ServiceStatus { configuration_of, ..status });
    }
    let (name, lock) = (target.name(), target.lock_holder().await?);
    if lock.as_ref().is_none_or(LockHolder::is_stale) {
        problems.extend(history.commands.iter().filter_map(abandoned_command));
    }
    let maintenance = read_maintenance(target).await?;
    if let Some(maintenance) = &maintenance {
        problems.extend(maintenance_problems(target, maintenance).await?);
    }
    let rollback = list_rollback_points(target).await?;
    let commands = history.commands.into_iter().rev().take(COMMANDS);
    let commands = commands.map(ListedCommand::from).collect();
    Ok(StatusReport {
        target: name,
        services,
        lock,
        maintenance,
        rollback,
        databases: Vec::new(),
        commands,
        notes,
        problems,
    })
}

fn restored_note(service: &str, deployment: &str) -> String {
    format!(
        "{service} runs with the configuration of {deployment}, not that of the Compose files: \
         `docker compose up` and the next `deploy` start it with that of the files; bring the \
         files and env files back, too"
    )
}

/// The rollback that brought the configuration back with which a service runs, if the Compose
/// files have another one.
fn restored_change<'a>(
    history: &'a History,
    name: &str,
    service: &ObservedService,
) -> Option<&'a ServiceChange> {
    let mut succeeded = history.records.iter().rev().filter(|record| record.has_succeeded());
    let change = succeeded.find_map(|record| record.change_of(name))?;
    let restored = change.restored.as_ref()?.configuration.as_ref()?;
    let runs = service.running().any(|it| it.configuration.as_ref() == Some(restored));
    (runs && service.configuration.as_ref() != Some(restored)).then_some(change)
}

/// A command holds the lock as long as the program lives that runs it.
fn abandoned_command(record: &CommandRecord) -> Option<String> {
    let CommandRecord { id, program, performer, ending: None, .. } = record else { return None };
    Some(format!(
        "command {id} (`{program}` by {performer}) has not ended, and nobody waits for it; \
         `deploy --abort` removes its container"
    ))
}

/// What each service should run, as far as it was deployed.
fn deployed_images(history: &History) -> BTreeMap<String, KeptImage> {
    let application = rollback_points(&history.records);
    let infrastructure = infrastructure_points(&history.records);
    let kinds = infrastructure.into_iter().chain([application]);
    kinds.filter_map(|mut points| points.pop()).flat_map(|point| point.images).collect()
}

/// The report, unless something is not as it should be.
///
/// # Errors
/// [`DeploymentError::Problems`] with the report.
pub fn require_no_problems(report: StatusReport) -> Result<StatusReport, DeploymentError> {
    match report.problems.is_empty() {
        true => Ok(report),
        false => Err(DeploymentError::Problems(Box::new(report))),
    }
}

fn record_problems(history: &History) -> Vec<String> {
    let unfinished = history.records.iter().filter(|record| !record.is_ended());
    let unfinished = unfinished.map(|record| {
        let (id, performer) = (&record.plan.id, &record.performer);
        format!("deployment {id} by {performer} has not ended; `deploy --abort` takes it back")
    });
    let unreadable = history.unreadable.iter();
    let unreadable =
        unreadable.map(|record| format!("a record cannot be read: {}", record.problem));
    unfinished.chain(unreadable).collect()
}

async fn service_status(
    target: &dyn Target,
    service: &ObservedService,
) -> Result<ServiceStatus, DeploymentError> {
    let mut instances = Vec::new();
    for instance in &service.instances {
        let image_name = match &instance.image {
            Some(image) => target.image_name(image, &service.reference).await?,
            None => "unreadable".to_owned(),
        };
        let started = instance.started.map(whole_second);
        let instance = Instance { started, ..instance.clone() };
        instances.push(InstanceStatus { instance, image_name });
    }
    let infrastructure = match &service.role {
        Role::Application => None,
        Role::Infrastructure(reason) => Some(reason.clone()),
    };
    let replicas = service.replicas;
    Ok(ServiceStatus { infrastructure, configuration_of: None, replicas, instances })
}

fn service_problems(
    name: &str,
    service: &ObservedService,
    deployed: Option<&KeptImage>,
) -> Vec<String> {
    let running: Vec<&Instance> = service.running().collect();
    let mut problems = Vec::new();
    if (running.len() as u64) < service.replicas {
        problems.push(format!("{name}: {} running of {}", running.len(), service.replicas));
    }
    for instance in running {
        if instance.health == InstanceHealth::Unhealthy {
            problems.push(format!("{name}: the health check of {} fails", instance.name));
        }
        problems.extend(other_image(name, instance, deployed));
    }
    problems
}

/// Somebody has replaced what was deployed.
fn other_image(name: &str, instance: &Instance, deployed: Option<&KeptImage>) -> Option<String> {
    let deployed = deployed.filter(|deployed| instance.image.as_ref() != Some(&deployed.id))?;
    let runs = instance.image.as_ref().map_or("an unreadable image", ImageId::short);
    let KeptImage { reference, id, .. } = deployed;
    Some(format!("{name}: {} runs {runs}, not {reference} ({})", instance.name, id.short()))
}

#[cfg(test)]
mod tests {
    use image_ref::Digest;

    use super::*;
    use crate::plan::{InstanceState, Overlap};

    fn id(text: &str) -> ImageId {
        ImageId::new(Digest::of(text.as_bytes()))
    }

    fn service(instances: Vec<Instance>) -> ObservedService {
        ObservedService {
            role: Role::Application,
            instances,
            reference: String::new(),
            configuration: None,
            settings: None,
            replicas: 1,
            declared_order: None,
            overlap: Overlap::Possible,
            trial: Overlap::Possible,
            dependencies: Vec::new(),
            shared_by: Vec::new(),
            named_with: Vec::new(),
            proxy_problems: Vec::new(),
            keeps_data: None,
            variables: None,
            has_health_check: true,
            restored: None,
            desired: None,
        }
    }

    fn instance(state: InstanceState, health: InstanceHealth) -> Instance {
        Instance {
            id: "1".to_owned(),
            name: "demo-api-1".to_owned(),
            image: Some(id("2")),
            state,
            health,
            configuration: None,
            restarts: 0,
            started: None,
        }
    }

    #[test]
    fn a_service_that_does_not_run_as_it_should_is_a_problem() {
        use InstanceHealth::{Healthy, Unhealthy};
        let (running, stopped) = (InstanceState::Running, InstanceState::Stopped);
        let problems = |instance: Instance| service_problems("api", &service(vec![instance]), None);
        assert_eq!(problems(instance(running.clone(), Healthy)), [""; 0]);
        assert_eq!(problems(instance(stopped, Healthy)), ["api: 0 running of 1"]);
        let unhealthy = problems(instance(running, Unhealthy));
        assert_eq!(unhealthy, ["api: the health check of demo-api-1 fails"]);
    }

    #[test]
    fn another_image_than_was_deployed_is_a_problem() {
        let kept = KeptImage {
            reference: "demo/api:1".to_owned(),
            id: id("1"),
            digest: None,
            settings: None,
        };
        let running = instance(InstanceState::Running, InstanceHealth::Healthy);
        let problem = other_image("api", &running, Some(&kept)).unwrap();
        assert!(problem.starts_with("api: demo-api-1 runs "), "{problem}");
        assert!(problem.contains(", not demo/api:1 ("), "{problem}");
        let same = KeptImage { id: id("2"), ..kept };
        assert_eq!(other_image("api", &running, Some(&same)), None);
    }
}
