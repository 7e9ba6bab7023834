use std::collections::BTreeSet;

use step_plan::{order_violations, prerequisites};

use super::{Action, DeploymentPlan, Observed, Policy, Role, StepId, SwitchOrder};

/// What is wrong with a plan, by rules that every plan must keep; empty for a good
/// plan. Written independently of the planner.
#[must_use]
pub fn violations(plan: &DeploymentPlan, observed: &Observed, policy: &Policy) -> Vec<String> {
    let mut violations = order_violations(&plan.steps);
    let changed = plan.steps.iter().filter_map(|step| change_of(&step.action));
    for change in changed.collect::<BTreeSet<_>>() {
        violations.extend(unwanted_change(change, observed, policy));
        violations.extend(missing_way_back(change, plan, observed));
        violations.extend(early_switch(change, plan, policy));
        violations.extend(crowded_restoration(change, plan));
        violations.extend(unsecured_infrastructure(change, plan, observed, policy));
    }
    violations.extend(lost_ways_back(plan, observed));
    violations.extend(writers_at_migration(plan, observed, policy));
    violations
}

/// Data that a failure brings back must not be written to between its backup and the end of its
/// migration; and what was stopped must run again before the first switch.
fn writers_at_migration(
    plan: &DeploymentPlan,
    observed: &Observed,
    policy: &Policy,
) -> Vec<String> {
    let is_needed = [StepId::Migrate, StepId::SecureData].iter().all(|id| has_step(plan, id));
    if !policy.restores_on_failure || !is_needed {
        return Vec::new();
    }
    let secure = prerequisites(&plan.steps, &StepId::SecureData);
    let start = prerequisites(&plan.steps, &StepId::StartServices);
    let mut violations = Vec::new();
    for service in running_application(observed) {
        if !secure.contains(&StepId::StopServices)
            || !names_service(plan, &StepId::StopServices, service)
        {
            violations.push(format!("{service} may write while the data is migrated"));
        }
        if !start.contains(&StepId::Migrate)
            || !names_service(plan, &StepId::StartServices, service)
        {
            violations.push(format!("{service} does not run after the migration"));
        }
    }
    for change in &plan.changes {
        let switch = prerequisites(&plan.steps, &StepId::Switch(change.service.clone()));
        if !switch.contains(&StepId::StartServices) {
            violations.push(format!("{} switches while others are stopped", change.service));
        }
    }
    violations
}

fn has_step(plan: &DeploymentPlan, id: &StepId) -> bool {
    plan.steps.get(id).is_some()
}

fn running_application(observed: &Observed) -> impl Iterator<Item = &String> {
    let services = observed.services.iter();
    let services = services.filter(|(_, service)| {
        service.role == Role::Application && service.running().next().is_some()
    });
    services.map(|(name, _)| name)
}

/// Whether the step that stops services, or the one that starts them, names this one.
fn names_service(plan: &DeploymentPlan, id: &StepId, service: &str) -> bool {
    match plan.steps.get(id).map(|step| &step.action) {
        Some(Action::StopServices { services } | Action::StartServices { services }) => {
            services.iter().any(|running| running.service == service)
        }
        _ => false,
    }
}

/// The service whose instances an action touches.
fn change_of(action: &Action) -> Option<&str> {
    match action {
        Action::Prepare(change) | Action::Switch(change) | Action::Retire(change) => {
            Some(&change.service)
        }
        _ => None,
    }
}

fn unwanted_change(service: &str, observed: &Observed, policy: &Policy) -> Option<String> {
    let role = observed.services.get(service).map(|service| &service.role);
    let is_application = role == Some(&Role::Application);
    if let Some(named) = &policy.infrastructure {
        let is_wanted = named == service && !is_application;
        return (!is_wanted).then(|| format!("{service} is not the infrastructure {named}"));
    }
    let is_named = |list: &[String]| list.iter().any(|name| name == service);
    let is_wanted = match (policy.requested.is_empty(), policy.configured.is_empty()) {
        (false, _) => is_named(&policy.requested),
        (true, false) => is_named(&policy.configured),
        (true, true) => true,
    };
    (!is_wanted || !is_application).then(|| format!("{service} was not asked for"))
}

/// What runs must be kept before the service switches.
fn missing_way_back(service: &str, plan: &DeploymentPlan, observed: &Observed) -> Option<String> {
    let mut instances = observed.services[service].instances.iter();
    let can_be_kept = instances.any(|instance| instance.is_running() && instance.image.is_some());
    let before = prerequisites(&plan.steps, &StepId::Switch(service.to_owned()));
    let is_kept = before.contains(&StepId::SecureWayBack(service.to_owned()));
    (can_be_kept && !is_kept).then(|| format!("{service} switches without a way back"))
}

/// A configuration that allows for one instance only comes back after the old one stops.
fn crowded_restoration(service: &str, plan: &DeploymentPlan) -> Option<String> {
    let change = plan.changes.iter().find(|change| change.service == service)?;
    let is_exclusive = change.restored.as_ref()?.exclusive.is_some();
    (is_exclusive && change.order != SwitchOrder::StopFirst)
        .then(|| format!("{service} starts beside an instance that it excludes"))
}

/// Everything that can fail while the old version serves comes before the switch, and
/// nothing is removed before the confirmation.
fn early_switch(service: &str, plan: &DeploymentPlan, policy: &Policy) -> Vec<String> {
    let of_service = |id: fn(String) -> StepId| id(service.to_owned());
    let switch = prerequisites(&plan.steps, &of_service(StepId::Switch));
    let retire = prerequisites(&plan.steps, &of_service(StepId::Retire));
    let mut violations = Vec::new();
    for id in [of_service(StepId::Fetch), of_service(StepId::Prepare), StepId::Record] {
        if !switch.contains(&id) {
            violations.push(format!("{service} switches without {id}"));
        }
    }
    let is_retired = plan.steps.get(&of_service(StepId::Retire)).is_some();
    let is_confirmed = retire.contains(&StepId::Confirm) && retire.contains(&StepId::Verify);
    if is_retired && !is_confirmed {
        violations.push(format!("{service} is retired without confirmation"));
    }
    for tried in policy.trials.keys().filter(|tried| is_changed(tried, plan)) {
        if !switch.contains(&StepId::Trial(tried.clone())) {
            violations.push(format!("{service} switches before the trial of {tried}"));
        }
    }
    if plan.steps.get(&StepId::Migrate).is_some() {
        let migrate = prerequisites(&plan.steps, &StepId::Migrate);
        if !switch.contains(&StepId::Migrate) {
            violations.push(format!("{service} switches before the migration"));
        }
        if policy.has_data_gate && !migrate.contains(&StepId::SecureData) {
            violations.push("the data is migrated before it is secured".to_owned());
        }
    }
    violations
}

/// The data of infrastructure is secured before its container is touched, where that can be done,
/// and two containers never have one volume.
fn unsecured_infrastructure(
    service: &str,
    plan: &DeploymentPlan,
    observed: &Observed,
    policy: &Policy,
) -> Vec<String> {
    let mut violations = Vec::new();
    if policy.infrastructure.is_none() {
        return violations;
    }
    let seen = &observed.services[service];
    let before = prerequisites(&plan.steps, &StepId::Prepare(service.to_owned()));
    let can_be_secured = policy.has_data_gate && !policy.without_backup;
    let has_data = seen.keeps_data.is_some() && !seen.instances.is_empty();
    if has_data && can_be_secured && !before.contains(&StepId::SecureData) {
        violations.push(format!("the data of {service} is not secured"));
    }
    if plan.changes.iter().any(|change| change.order != SwitchOrder::StopFirst) {
        violations.push(format!("{service} runs twice"));
    }
    violations
}

fn is_changed(service: &str, plan: &DeploymentPlan) -> bool {
    plan.changes.iter().any(|change| change.service == service)
}

/// The last successful deployments stay available for a rollback.
fn lost_ways_back(plan: &DeploymentPlan, observed: &Observed) -> Vec<String> {
    let removed = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CleanUp { deployments } => Some(deployments),
        _ => None,
    });
    let removed: BTreeSet<&String> = removed.flatten().collect();
    let unended = observed.history.iter().filter(|record| !record.is_ended());
    let lost = unended.filter(|record| removed.contains(&record.plan.id));
    let mut violations: Vec<String> =
        lost.map(|record| format!("{} has not ended", record.plan.id)).collect();
    if removed.contains(&plan.id) {
        violations.push("the deployment removes its own way back".to_owned());
    }
    violations
}
