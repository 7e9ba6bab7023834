//! Whose logs are shown.

use report::Reporter;

use crate::{
    DeploymentError,
    plan::{Instance, InstanceState, ObservedService, Role},
    requested_service::require_service,
    target::{Target, TargetError},
};

/// An instance, and the service that it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) service: String,
    pub(super) instance: Instance,
}

/// The services whose logs are shown, and their instances.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub(super) services: Vec<String>,
    pub(super) instances: Vec<Source>,
}

/// The instances of the service, or of every service of the application.
pub(super) async fn observed_sources(
    target: &dyn Target,
    reporter: &Reporter,
    service: Option<&str>,
) -> Result<Sources, DeploymentError> {
    let observed = target.observe().await?;
    let is_application = |service: &ObservedService| service.role == Role::Application;
    let services: Vec<String> = match service {
        Some(name) => {
            require_service(&observed, name)?;
            vec![name.to_owned()]
        }
        None => {
            let application = observed.iter().filter(|(_, service)| is_application(service));
            application.map(|(name, _)| name.clone()).collect()
        }
    };
    let mut instances = Vec::new();
    for name in &services {
        let serving = observed.get(name).map_or(&[][..], |service| &service.instances);
        let serving = serving_instances(serving);
        if let Some(warning) = not_running(name, &serving) {
            reporter.warn(warning);
        }
        let sources = serving.into_iter().cloned();
        instances.extend(sources.map(|instance| Source { service: name.clone(), instance }));
    }
    Ok(Sources { services, instances })
}

/// The instances that take the place of those that were observed.
pub(super) async fn current_instances(
    target: &dyn Target,
    services: &[String],
) -> Result<Vec<Source>, TargetError> {
    let mut sources = Vec::new();
    for service in services {
        let instances = target.instances(service).await?;
        let serving = serving_instances(&instances).into_iter().cloned();
        sources.extend(serving.map(|instance| Source { service: service.clone(), instance }));
    }
    Ok(sources)
}

/// Those that run or are being restarted; without any, those that have ended, whose logs
/// have the reason.
fn serving_instances(instances: &[Instance]) -> Vec<&Instance> {
    let is_active = |instance: &&Instance| {
        matches!(instance.state, InstanceState::Running | InstanceState::Other(_))
    };
    let active: Vec<&Instance> = instances.iter().filter(is_active).collect();
    if !active.is_empty() {
        return active;
    }
    instances.iter().filter(|instance| instance.state == InstanceState::Stopped).collect()
}

fn not_running(service: &str, serving: &[&Instance]) -> Option<String> {
    let first = serving.first().map(|instance| &instance.state);
    match first {
        None => Some(format!("{service} has no container that was ever started")),
        Some(InstanceState::Stopped) => {
            let names: Vec<&str> = serving.iter().map(|instance| instance.name.as_str()).collect();
            Some(format!("{service} does not run; the log is that of {}", names.join(", ")))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::InstanceHealth;

    fn instance(name: &str, state: InstanceState) -> Instance {
        Instance {
            id: name.to_owned(),
            name: name.to_owned(),
            image: None,
            state,
            health: InstanceHealth::Unchecked,
            configuration: None,
            restarts: 0,
            started: None,
        }
    }

    fn serving(instances: &[Instance]) -> Vec<&str> {
        serving_instances(instances).iter().map(|instance| instance.name.as_str()).collect()
    }

    #[test]
    fn what_runs_is_shown_and_what_has_ended_only_when_nothing_runs() {
        let stopped = instance("old", InstanceState::Stopped);
        let created = instance("next", InstanceState::Created);
        let running = instance("new", InstanceState::Running);
        let restarting = instance("weak", InstanceState::Other("restarting".to_owned()));
        assert_eq!(
            serving(&[stopped.clone(), running, restarting, created.clone()]),
            ["new", "weak"]
        );
        assert_eq!(serving(&[stopped.clone(), created.clone()]), ["old"]);
        assert_eq!(serving(&[created]), [""; 0]);
        assert_eq!(
            not_running("api", &[&stopped]).as_deref(),
            Some("api does not run; the log is that of old")
        );
    }
}
