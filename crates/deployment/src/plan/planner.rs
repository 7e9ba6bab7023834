use image_ref::ROLLBACK_BACKUP;
use step_plan::{PlannedStep, Requirement, StepPlan};

use super::{
    Action, DeploymentPlan, HookPoint, Observed, PlannedTrial, Policy, Purpose, Role,
    RunningService, ServiceChange, StepId, changes::service_changes,
    retention::outdated_deployments, starting_order::starting_order,
};

/// Lays out the steps of a deployment. A plan whose preflight has blocking findings
/// must not be carried out.
///
/// The old version is secured and everything is prepared while it serves; data is
/// secured before it is migrated, and migrated before the first service switches;
/// services switch one after the other; what the old version needs is removed only
/// after the new one is confirmed.
#[must_use]
pub fn plan(observed: &Observed, policy: &Policy, purpose: Purpose) -> DeploymentPlan {
    let id = new_id(observed);
    let (changes, unchanged) = service_changes(observed, policy);
    let actions = if changes.is_empty() {
        Vec::new()
    } else {
        required_actions(&id, &changes, observed, policy)
    };
    let mut steps = in_sequence(actions);
    if !steps.is_empty() {
        steps.extend(optional_steps(&changes, observed, policy));
    }
    DeploymentPlan { id, purpose, changes, unchanged, steps: StepPlan::new(steps) }
}

/// The time, and a number when another deployment started in the same second.
fn new_id(observed: &Observed) -> String {
    let time = observed.at.strftime("%Y%m%d-%H%M%S").to_string();
    let numbered = (2..).map(|number| format!("{time}-{number}"));
    let is_taken = |id: &String| observed.history.iter().any(|record| record.plan.id == *id);
    let mut ids = std::iter::once(time.clone()).chain(numbered);
    ids.find(|id| !is_taken(id)).unwrap_or(time)
}

fn required_actions(
    id: &str,
    changes: &[ServiceChange],
    observed: &Observed,
    policy: &Policy,
) -> Vec<Action> {
    let mut actions = hooks(policy, HookPoint::Before);
    actions.push(Action::Record);
    let is_only = changes.len() == 1;
    actions.extend(changes.iter().filter_map(|change| secure_way_back(id, change, is_only)));
    actions.extend(changes.iter().cloned().map(Action::Fetch));
    let (commands, starts) = trials(changes, policy);
    actions.extend(commands);
    actions.extend(data_actions(changes, observed, policy));
    actions.extend(secure_infrastructure(changes, observed, policy));
    actions.extend(starts);
    actions.extend(changes.iter().cloned().map(Action::Prepare));
    actions.extend(restore_data(policy));
    actions.extend(hooks(policy, HookPoint::BeforeSwitch));
    actions.extend(changes.iter().cloned().map(Action::Switch));
    actions.push(Action::Verify { changes: changes.to_vec(), soak: policy.soak });
    actions.push(Action::Confirm);
    actions
}

fn hooks(policy: &Policy, point: HookPoint) -> Vec<Action> {
    let hooks = policy.hooks.iter().filter(|hook| hook.point == point);
    let actions = hooks.map(|hook| Action::RunHook {
        point,
        number: hook.number,
        command: hook.command.clone(),
    });
    actions.collect()
}

/// Services may have one repository and different images: each has a name of its own.
fn secure_way_back(id: &str, change: &ServiceChange, is_only: bool) -> Option<Action> {
    let instance = change.serving().filter(|instance| instance.image.is_some())?.clone();
    let service = change.service.clone();
    let tag = match is_only {
        true => format!("{ROLLBACK_BACKUP}{id}"),
        false => format!("{ROLLBACK_BACKUP}{id}-{service}"),
    };
    Some(Action::SecureWayBack { service, instance, tag })
}

/// Trials by a command, which need not have the migrated data and so stop a deployment
/// before it is touched; and those by a start, which may need it.
fn trials(changes: &[ServiceChange], policy: &Policy) -> (Vec<Action>, Vec<Action>) {
    let trial = |change: &ServiceChange| {
        let command = match policy.trials.get(&change.service)? {
            PlannedTrial::Start => None,
            PlannedTrial::Command(command) => Some(command.clone()),
        };
        Some(Action::Try { change: change.clone(), command })
    };
    let is_command = |action: &Action| matches!(action, Action::Try { command: Some(_), .. });
    changes.iter().filter_map(trial).partition(is_command)
}

fn migration_actions(changes: &[ServiceChange], policy: &Policy) -> Vec<Action> {
    let migration = policy.migration.as_ref().filter(|_| policy.infrastructure.is_none());
    let Some(migration) = migration else { return Vec::new() };
    let is_its_service = |change: &&ServiceChange| {
        migration.service.as_ref().is_none_or(|service| change.service == *service)
    };
    let Some(change) = changes.iter().find(is_its_service).cloned() else { return Vec::new() };
    let migrate = Action::Migrate { command: migration.command.clone(), change };
    let secure = policy.has_data_gate.then_some(Action::SecureData);
    secure.into_iter().chain([migrate]).collect()
}

/// The backup and the migration, while nothing of the application runs where a failure is to bring
/// the data back. Not only the services that change may write.
fn data_actions(changes: &[ServiceChange], observed: &Observed, policy: &Policy) -> Vec<Action> {
    let actions = migration_actions(changes, policy);
    if actions.is_empty() || !policy.restores_data() {
        return actions;
    }
    let services = running_services(observed);
    let start = Action::StartServices { services: services.clone() };
    let stop = Action::StopServices { services };
    std::iter::once(stop).chain(actions).chain([start]).collect()
}

/// What runs of the application, each service after those that it depends on.
fn running_services(observed: &Observed) -> Vec<RunningService> {
    let is_application = |name: &String| observed.services[name].role == Role::Application;
    let names = starting_order(observed).into_iter().filter(is_application);
    let services = names.map(|service| {
        let instances = observed.services[&service].running().cloned().collect();
        RunningService { service, instances }
    });
    services.filter(|running| !running.instances.is_empty()).collect()
}

/// Before the container of infrastructure with data is replaced.
fn secure_infrastructure(
    changes: &[ServiceChange],
    observed: &Observed,
    policy: &Policy,
) -> Option<Action> {
    let keeps_data = |change: &ServiceChange| {
        let service = observed.services.get(&change.service);
        !change.before.is_empty() && service.is_some_and(|service| service.keeps_data.is_some())
    };
    let is_needed = policy.infrastructure.is_some() && changes.iter().any(keeps_data);
    (is_needed && policy.secures_infrastructure()).then_some(Action::SecureData)
}

fn restore_data(policy: &Policy) -> Option<Action> {
    let restore = policy.restore.clone()?;
    Some(Action::RestoreData { backup: restore.backup, made: restore.made })
}

/// Each step needs the one before it. Code is brought back even if data is not: what
/// follows a restore waits only for its end.
fn in_sequence(actions: Vec<Action>) -> Vec<PlannedStep<Action>> {
    let mut steps: Vec<PlannedStep<Action>> = Vec::new();
    for action in actions {
        let last_required = steps.iter().rev().find(|step| step.is_required());
        let needs = last_required.map(PlannedStep::id).into_iter().collect();
        let after = steps.last().filter(|last| !last.is_required()).map(PlannedStep::id);
        let requirement = match action {
            Action::RestoreData { .. } => Requirement::Optional,
            _ => Requirement::Required,
        };
        steps.push(PlannedStep { action, needs, after: after.into_iter().collect(), requirement });
    }
    steps
}

/// What follows the confirmation: its failure undoes nothing.
fn optional_steps(
    changes: &[ServiceChange],
    observed: &Observed,
    policy: &Policy,
) -> Vec<PlannedStep<Action>> {
    let infrastructure = policy.infrastructure.as_deref();
    let outdated = outdated_deployments(&observed.history, infrastructure, policy.keep);
    let clean_up = (!outdated.is_empty()).then_some(Action::CleanUp { deployments: outdated });
    let replacing = changes.iter().filter(|change| !change.before.is_empty());
    let retire = replacing.cloned().map(Action::Retire);
    let secure_success = policy.secures_success.then_some(Action::SecureSuccess);
    let actions = retire.chain(clean_up).chain(secure_success);
    let actions = actions.chain(hooks(policy, HookPoint::After));
    let steps = actions.map(|action| PlannedStep {
        action,
        needs: vec![StepId::Confirm],
        after: Vec::new(),
        requirement: Requirement::Optional,
    });
    steps.collect()
}
