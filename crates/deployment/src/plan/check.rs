use super::{
    Finding, InstanceHealth, Observed, ObservedDisk, ObservedService, Overlap, PlannedTrial,
    Policy, Role,
    changes::{impossible_overlap, selected_names, selected_services, service_changes},
    missing_variables,
};

/// Every problem of a deployment that can be found before anything is changed.
#[must_use]
pub fn check(observed: &Observed, policy: &Policy) -> Vec<Finding> {
    let mut findings = selection_findings(observed, policy);
    for (name, service) in selected_services(observed, policy) {
        findings.extend(image_finding(&name, service));
        findings.extend(way_back_finding(&name, service, policy));
        findings.extend(overlap_finding(&name, service, policy));
        findings.extend(trial_finding(&name, service, policy));
        findings.extend(sharing_finding(&name, service));
        findings.extend(naming_finding(&name, service, observed, policy));
        findings.extend(dependency_findings(&name, service, observed, policy));
        findings.extend(proxy_findings(&name, service));
        findings.extend(backup_finding(&name, service, policy));
        findings.extend(variables_finding(&name, service, observed, policy));
        let is_checked = policy.checked.as_ref().is_none_or(|checked| checked.contains(&name));
        if let (true, Some(problem)) = (is_checked, observed.request_problem.clone()) {
            findings.push(Finding::NoRequests { service: name.clone(), problem });
        }
        if !service.has_health_check && !is_checked {
            findings.push(Finding::NoHealthCheck { service: name });
        }
    }
    findings.extend(observed.disk.as_ref().and_then(disk_finding));
    findings.extend(stopped_sharing_findings(observed, policy));
    if policy.migration.is_some() && !policy.has_data_gate {
        findings.push(Finding::NoDataGate);
        findings.extend(policy.restores_on_failure.then(nothing_to_restore));
    }
    let unreadable = observed.unreadable_records.iter().cloned();
    findings.extend(unreadable.map(|record| Finding::UnreadableRecord {
        problem: record.problem,
        may_be_unfinished: record.may_be_unfinished,
    }));
    findings
}

fn nothing_to_restore() -> Finding {
    let problem = "`deploy.database.on-failure` is `restore`, and nothing secures the data: declare \
                   `[database.NAME]`, or set `deploy.data`";
    Finding::Data { problem: problem.to_owned() }
}

fn selection_findings(observed: &Observed, policy: &Policy) -> Vec<Finding> {
    let mut names = selected_names(observed, policy);
    if names.is_empty() {
        return vec![Finding::NoApplicationService];
    }
    // A mistyped table would be without effect.
    let is_declared = |name: &&String| {
        observed.services.contains_key(*name) || observed.inactive.contains_key(*name)
    };
    names.extend(policy.with_settings.iter().filter(|name| !is_declared(name)).cloned());
    let findings = names.into_iter().filter_map(|service| match observed.services.get(&service) {
        None if observed.inactive.contains_key(&service) => {
            let reason = observed.inactive[&service].clone();
            Some(Finding::InactiveService { service, reason })
        }
        None => {
            let existing = observed.services.keys().cloned().collect();
            Some(Finding::UnknownService { service, existing })
        }
        Some(ObservedService { role: Role::Infrastructure(reason), .. }) => {
            let is_named = policy.infrastructure.as_ref() == Some(&service);
            let reason = reason.clone();
            (!is_named).then_some(Finding::Infrastructure { service, reason })
        }
        Some(ObservedService { role: Role::Application, .. }) => {
            let is_named = policy.infrastructure.as_ref() == Some(&service);
            is_named.then_some(Finding::NotInfrastructure { service })
        }
    });
    findings.collect()
}

fn image_finding(name: &str, service: &ObservedService) -> Option<Finding> {
    let unavailable = match &service.desired {
        Some(Ok(_)) => return None,
        Some(Err(unavailable)) => unavailable.clone(),
        None => return None,
    };
    let service = name.to_owned();
    let (problem, advice) = (unavailable.problem, unavailable.advice);
    Some(Finding::ImageUnavailable { service, problem, advice })
}

/// A service without any instance is deployed for the first time: its way back is
/// that there is none of it.
fn way_back_finding(name: &str, service: &ObservedService, policy: &Policy) -> Option<Finding> {
    if service.instances.is_empty() || service.instances.iter().any(|seen| seen.image.is_some()) {
        return None;
    }
    let (service, reason) = (name.to_owned(), "the image that it runs cannot be read".to_owned());
    Some(Finding::NoWayBack { service, reason, accepted: policy.without_way_back })
}

/// Data of infrastructure is secured before its container is replaced, unless the user decides
/// otherwise.
fn backup_finding(name: &str, service: &ObservedService, policy: &Policy) -> Option<Finding> {
    let reason = service.keeps_data.clone()?;
    let is_needed = policy.infrastructure.is_some() && is_open(service, policy);
    let (service, accepted) = (name.to_owned(), policy.without_backup);
    is_needed.then_some(Finding::NoBackup { service, reason, accepted })
}

fn is_open(service: &ObservedService, policy: &Policy) -> bool {
    !service.instances.is_empty() && !policy.secures_infrastructure()
}

fn overlap_finding(name: &str, service: &ObservedService, policy: &Policy) -> Option<Finding> {
    let reason = impossible_overlap(name, service, policy)?.to_owned();
    Some(Finding::OverlapImpossible { service: name.to_owned(), reason })
}

fn trial_finding(name: &str, service: &ObservedService, policy: &Policy) -> Option<Finding> {
    match (policy.trials.get(name)?, &service.trial) {
        (PlannedTrial::Start, Overlap::Impossible(reason)) => {
            Some(Finding::TrialImpossible { service: name.to_owned(), reason: reason.clone() })
        }
        _ => None,
    }
}

/// What shares the network of an instance loses it with that instance.
fn sharing_finding(name: &str, service: &ObservedService) -> Option<Finding> {
    let others = service.shared_by.clone();
    (!others.is_empty()).then(|| Finding::Shared { service: name.to_owned(), others })
}

/// So does what shares the network of a service that is only stopped for a migration.
fn stopped_sharing_findings(observed: &Observed, policy: &Policy) -> Vec<Finding> {
    if policy.migration.is_none() || !policy.restores_data() || policy.infrastructure.is_some() {
        return Vec::new();
    }
    let selected = selected_names(observed, policy);
    let others = observed
        .services
        .iter()
        .filter(|(name, service)| service.role == Role::Application && !selected.contains(name));
    others.filter_map(|(name, service)| sharing_finding(name, service)).collect()
}

/// A service that runs the right image already changes no name.
fn naming_finding(
    name: &str,
    service: &ObservedService,
    observed: &Observed,
    policy: &Policy,
) -> Option<Finding> {
    let selected = selected_names(observed, policy);
    let others = service.named_with.iter().filter(|other| !selected.contains(other)).cloned();
    let others: Vec<String> = others.collect();
    let is_asked_alone = !others.is_empty() && is_changed(name, observed, policy);
    is_asked_alone.then(|| Finding::NamedTogether { service: name.to_owned(), others })
}

fn is_changed(name: &str, observed: &Observed, policy: &Policy) -> bool {
    service_changes(observed, policy).0.iter().any(|change| change.service == name)
}

/// What cannot be known yet is found once the new instances are created.
fn variables_finding(
    name: &str,
    service: &ObservedService,
    observed: &Observed,
    policy: &Policy,
) -> Option<Finding> {
    let missing = missing_variables(&policy.required_variables, service.variables.as_ref()?);
    let is_found = !missing.is_empty() && is_changed(name, observed, policy);
    is_found.then(|| Finding::MissingVariables { service: name.to_owned(), missing })
}

fn disk_finding(disk: &ObservedDisk) -> Option<Finding> {
    match *disk {
        ObservedDisk::Measured { least, free, .. } if least > free => {
            Some(Finding::DiskTooSmall { least, free })
        }
        ObservedDisk::Measured { usual, free, .. } if usual > free => {
            Some(Finding::DiskMayBeTooSmall { usual, free })
        }
        ObservedDisk::Measured { .. } => None,
        ObservedDisk::Unknown(ref reason) => Some(Finding::DiskUnknown { reason: reason.clone() }),
    }
}

fn proxy_findings(name: &str, service: &ObservedService) -> Vec<Finding> {
    let findings = service.proxy_problems.iter().cloned().map(|found| Finding::Proxy {
        service: name.to_owned(),
        proxy: found.proxy,
        problem: found.problem,
        advice: found.advice,
        prevents_switch: found.prevents_switch,
    });
    findings.collect()
}

/// Dependencies that are deployed themselves are looked after by the deployment.
fn dependency_findings(
    name: &str,
    service: &ObservedService,
    observed: &Observed,
    policy: &Policy,
) -> Vec<Finding> {
    let selected = selected_names(observed, policy);
    let dependencies = service.dependencies.iter().filter(|other| !selected.contains(other));
    let findings = dependencies.filter_map(|dependency| {
        let state = problem_of(observed.services.get(dependency)?)?;
        let (service, dependency) = (name.to_owned(), dependency.clone());
        Some(Finding::DependencyDown { service, dependency, state: state.to_owned() })
    });
    findings.collect()
}

fn problem_of(service: &ObservedService) -> Option<&'static str> {
    if service.running().next().is_none() {
        return Some("not running");
    }
    let unhealthy = service.running().all(|seen| seen.health == InstanceHealth::Unhealthy);
    unhealthy.then_some("unhealthy")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use image_ref::{Digest, ImageId};
    use jiff::Timestamp;

    use super::*;
    use crate::plan::{DesiredImage, Instance, InstanceState};

    fn instance(health: InstanceHealth) -> Instance {
        Instance {
            id: "1".to_owned(),
            name: "shop-1".to_owned(),
            image: Some(ImageId::new(Digest::of(b"1"))),
            state: InstanceState::Running,
            health,
            configuration: None,
            restarts: 0,
            started: None,
        }
    }

    fn service(dependencies: &[&str]) -> ObservedService {
        let desired = DesiredImage {
            reference: "demo/api:2".to_owned(),
            digest: None,
            id: Some(ImageId::new(Digest::of(b"2"))),
            offline: false,
            side_effects: Vec::new(),
            data: serde_json::Value::Null,
        };
        ObservedService {
            role: Role::Application,
            instances: vec![instance(InstanceHealth::Healthy)],
            reference: "demo/api:1".to_owned(),
            configuration: None,
            settings: None,
            replicas: 1,
            declared_order: None,
            overlap: Overlap::Possible,
            trial: Overlap::Possible,
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
            shared_by: Vec::new(),
            named_with: Vec::new(),
            proxy_problems: Vec::new(),
            keeps_data: None,
            variables: None,
            has_health_check: true,
            restored: None,
            desired: Some(Ok(desired)),
        }
    }

    fn database(instances: Vec<Instance>) -> ObservedService {
        let role = Role::Infrastructure("it runs postgres".to_owned());
        ObservedService { role, instances, desired: None, ..service(&[]) }
    }

    fn observed(services: Vec<(&str, ObservedService)>) -> Observed {
        let services = services.into_iter().map(|(name, service)| (name.to_owned(), service));
        Observed {
            at: Timestamp::UNIX_EPOCH,
            services: services.collect::<BTreeMap<_, _>>(),
            inactive: BTreeMap::new(),
            request_problem: None,
            history: Vec::new(),
            unreadable_records: Vec::new(),
            disk: None,
        }
    }

    fn texts(observed: &Observed, policy: &Policy) -> Vec<(String, bool)> {
        let findings = check(observed, policy);
        findings.iter().map(|finding| (finding.to_string(), finding.blocks())).collect()
    }

    #[test]
    fn a_dependency_that_is_down_or_unhealthy_blocks() {
        for (instances, state) in
            [(Vec::new(), "not running"), (vec![instance(InstanceHealth::Unhealthy)], "unhealthy")]
        {
            let services = vec![("api", service(&["db"])), ("db", database(instances))];
            let text = format!("api needs db, which is {state}; start it first");
            assert_eq!(texts(&observed(services), &Policy::default()), [(text, true)]);
        }
        let healthy = database(vec![instance(InstanceHealth::Healthy)]);
        let services = vec![("api", service(&["db"])), ("db", healthy)];
        assert_eq!(texts(&observed(services), &Policy::default()), []);
    }

    #[test]
    fn a_service_that_users_would_reach_is_not_started_for_a_trial() {
        let trial = Overlap::Impossible("it uses the network of the host".to_owned());
        let api = ObservedService { trial, ..service(&[]) };
        let observed = observed(vec![("api", api)]);
        for (trial, blocks) in
            [(PlannedTrial::Start, true), (PlannedTrial::Command("check".to_owned()), false)]
        {
            let trials = BTreeMap::from([("api".to_owned(), trial)]);
            let policy = Policy { trials, ..Policy::default() };
            assert_eq!(check(&observed, &policy).iter().any(Finding::blocks), blocks);
        }
    }

    #[test]
    fn a_required_variable_is_missed_where_the_variables_are_known() {
        let policy = Policy { required_variables: vec!["S3_*".to_owned()], ..Policy::default() };
        for (variables, is_found) in [
            (None, false),
            (Some(BTreeSet::from(["S3_BUCKET".to_owned()])), false),
            (Some(BTreeSet::from(["PATH".to_owned()])), true),
        ] {
            let api = ObservedService { variables, ..service(&[]) };
            let found = check(&observed(vec![("api", api)]), &policy);
            assert_eq!(!found.is_empty(), is_found, "{found:?}");
            assert!(found.iter().all(Finding::blocks));
        }
    }

    #[test]
    fn images_that_do_not_fit_block_and_those_that_may_not_are_a_warning() {
        let measured = |free| ObservedDisk::Measured { least: 100, usual: 400, free };
        for (disk, blocks) in [
            (measured(400), None),
            (measured(399), Some(false)),
            (measured(100), Some(false)),
            (measured(99), Some(true)),
            (ObservedDisk::Unknown("the engine is elsewhere".to_owned()), Some(false)),
        ] {
            let mut observed = observed(vec![("api", service(&[]))]);
            observed.disk = Some(disk);
            let found = texts(&observed, &Policy::default());
            assert_eq!(found.first().map(|(_, blocks)| *blocks), blocks, "{found:?}");
        }
    }
}
