use std::{collections::BTreeMap, time::Duration};

use configuration::{Configuration, DataOnFailure, Deploy, DeployHook, DeployOrder, Trial};

use crate::{
    plan::{HookPoint, Migration, PlannedHook, PlannedTrial, Policy, SwitchOrder},
    target::ImageSource,
};

/// What to deploy and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeployRequest {
    /// A version, tag or digest; `None` for what each service declares.
    pub version: Option<String>,
    /// Services to deploy; empty for the configured ones.
    pub services: Vec<String>,
    /// Where images are looked for.
    pub source: ImageSource,
    /// The infrastructure service whose container is replaced; then no other service changes.
    pub infrastructure: Option<String>,
    /// Whether to go on if what runs cannot be kept.
    pub without_way_back: bool,
    /// Whether to replace infrastructure without securing its data.
    pub without_backup: bool,
    /// The configured place that it goes to, for commands of the project.
    pub destination: Option<String>,
    /// How long to wait while somebody else holds the target's lock.
    pub lock_timeout: Duration,
}

/// What to go back to and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RollbackRequest {
    /// A deployment or a version; `None` for the last good one.
    pub to: Option<String>,
    /// Services to roll back; empty for all that the deployment changed.
    pub services: Vec<String>,
    /// Whether data is brought back, too.
    pub restore: RestoreRequest,
    /// Whether to replace infrastructure without securing its data.
    pub without_backup: bool,
    /// Whether services keep the configuration that is declared now, and only their images
    /// come back.
    pub keep_configuration: bool,
    /// The configured place that it goes to, for commands of the project.
    pub destination: Option<String>,
    /// How long to wait while somebody else holds the target's lock.
    pub lock_timeout: Duration,
}

/// Whether a rollback brings data back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RestoreRequest {
    /// It does not: what users have written since would be lost.
    #[default]
    Keep,
    /// From the backup that was made right after the state that is brought back.
    LastBackup,
    /// From this backup.
    Backup(String),
}

/// The policy of a configuration and a request.
pub(crate) fn deploy_policy(
    configuration: &Configuration,
    services: &[String],
    without_way_back: bool,
) -> Policy {
    let settings = &configuration.deploy;
    let has_databases = !configuration.databases.is_empty();
    let migration = settings.migration.as_ref().map(|migration| Migration {
        service: migration.service.clone(),
        command: migration.command.line(),
    });
    Policy {
        requested: services.to_vec(),
        configured: settings.services.clone(),
        infrastructure: None,
        without_backup: false,
        orders: orders(settings),
        without_way_back,
        required_variables: settings.require_env.clone(),
        with_settings: services_with_settings(settings),
        checked: checked_services(settings),
        trials: planned_trials(settings),
        hooks: planned_hooks(settings),
        migration,
        has_data_gate: settings.data.is_some() || has_databases,
        restores_on_failure: settings.database.on_failure == DataOnFailure::Restore,
        secures_success: settings.data.is_none() && has_databases,
        restore: None,
        keep: settings.keep.get(),
        soak: settings.soak.duration(),
    }
}

/// The same for one infrastructure service, which the common health check is not for.
pub(crate) fn infrastructure_policy(
    configuration: &Configuration,
    service: &str,
    without_way_back: bool,
    without_backup: bool,
) -> Policy {
    let settings = &configuration.deploy;
    let has_database = configuration.databases.values().any(|database| database.service == service);
    Policy {
        infrastructure: Some(service.to_owned()),
        without_backup,
        checked: Some(services_with_own_check(settings)),
        required_variables: Vec::new(),
        trials: BTreeMap::new(),
        has_data_gate: settings.data.is_some() || has_database,
        secures_success: false,
        ..deploy_policy(configuration, &[], without_way_back)
    }
}

/// Every service that the configuration names besides those to deploy.
fn services_with_settings(settings: &Deploy) -> Vec<String> {
    let proxy = settings.proxy.iter().map(|proxy| &proxy.service);
    settings.service_settings.keys().chain(proxy).cloned().collect()
}

fn orders(settings: &Deploy) -> BTreeMap<String, SwitchOrder> {
    let services = settings.service_settings.iter();
    let orders = services.filter_map(|(name, service)| {
        let order = match service.order? {
            DeployOrder::StartFirst => SwitchOrder::StartFirst,
            DeployOrder::StopFirst => SwitchOrder::StopFirst,
        };
        Some((name.clone(), order))
    });
    orders.collect()
}

fn checked_services(settings: &Deploy) -> Option<Vec<String>> {
    settings.health.is_none().then(|| services_with_own_check(settings))
}

fn services_with_own_check(settings: &Deploy) -> Vec<String> {
    let services = settings.service_settings.iter();
    services.filter(|(_, own)| own.health.is_some()).map(|(name, _)| name.clone()).collect()
}

fn planned_trials(settings: &Deploy) -> BTreeMap<String, PlannedTrial> {
    let services = settings.service_settings.iter();
    let trials = services.filter_map(|(name, service)| {
        let trial = match service.trial.as_ref()? {
            Trial::Start(false) => return None,
            Trial::Start(true) => PlannedTrial::Start,
            Trial::Command(command) => PlannedTrial::Command(command.line()),
        };
        Some((name.clone(), trial))
    });
    trials.collect()
}

fn planned_hooks(settings: &Deploy) -> Vec<PlannedHook> {
    let hooks = &settings.hooks;
    let points = [
        (HookPoint::Before, &hooks.before),
        (HookPoint::BeforeSwitch, &hooks.before_switch),
        (HookPoint::After, &hooks.after),
    ];
    points.into_iter().flat_map(|(point, hooks)| hooks_at(point, hooks)).collect()
}

fn hooks_at(point: HookPoint, hooks: &[DeployHook]) -> Vec<PlannedHook> {
    let numbered = hooks.iter().enumerate().map(|(index, hook)| PlannedHook {
        point,
        number: index + 1,
        command: hook.command.line(),
    });
    numbered.collect()
}
