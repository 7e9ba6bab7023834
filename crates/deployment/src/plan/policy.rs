use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use super::{HookPoint, SwitchOrder};

/// What the configuration and the command line ask of a deployment.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Services named on the command line; empty for the configured ones.
    pub requested: Vec<String>,
    /// `deploy.services`; empty for every application service.
    pub configured: Vec<String>,
    /// The infrastructure service that is asked for by its name; then no other service is.
    pub infrastructure: Option<String>,
    /// Whether infrastructure may be replaced although its data is not secured.
    pub without_backup: bool,
    /// Orders that the configuration sets, by service.
    pub orders: BTreeMap<String, SwitchOrder>,
    /// Whether a deployment may go on without a way back.
    pub without_way_back: bool,
    /// Environment variables, with `*`, that new instances must have.
    pub required_variables: Vec<String>,
    /// Services that have settings of their own, and that of the proxy.
    pub with_settings: Vec<String>,
    /// Services that the configuration checks by a request; `None` for all.
    pub checked: Option<Vec<String>>,
    /// Services whose new version is tried out before anything is switched.
    pub trials: BTreeMap<String, PlannedTrial>,
    /// The commands that run, by the point at which they run.
    pub hooks: Vec<PlannedHook>,
    /// The migration, if there is one.
    pub migration: Option<Migration>,
    /// Whether data is secured before it is migrated.
    pub has_data_gate: bool,
    /// Whether a failed migration has its data brought back, for which nothing may write meanwhile.
    pub restores_on_failure: bool,
    /// Whether the databases are backed up once the deployment is good.
    pub secures_success: bool,
    /// The backup that is brought back, if one is.
    pub restore: Option<PlannedRestore>,
    /// How many deployments stay available for a rollback.
    pub keep: usize,
    /// How long the services are watched before the deployment counts as good.
    pub soak: Duration,
}

impl Policy {
    /// Whether a failed migration has its data brought back.
    #[must_use]
    pub fn restores_data(&self) -> bool {
        self.restores_on_failure && self.has_data_gate
    }

    /// Whether the data of infrastructure is secured before that is replaced.
    #[must_use]
    pub fn secures_infrastructure(&self) -> bool {
        self.has_data_gate && !self.without_backup
    }
}

/// How the new version of a service is tried out before anything is switched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedTrial {
    /// One more instance of it is started, which nobody reaches.
    Start,
    /// This command runs in its place, as a person would type it.
    Command(String),
}

/// A command of the project at a point of the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedHook {
    /// When it runs.
    pub point: HookPoint,
    /// Its number at that point, from 1.
    pub number: usize,
    /// The command as a person would type it.
    pub command: String,
}

/// A backup that is brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRestore {
    /// Its name.
    pub backup: String,
    /// When it was made, as far as that is recorded.
    pub made: Option<Timestamp>,
}

/// A command that brings the data to the new version, in a container of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The service whose image and environment it uses; `None` for the first one that
    /// changes.
    pub service: Option<String>,
    /// The command as a person would type it.
    pub command: String,
}
