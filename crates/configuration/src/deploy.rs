use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Argv, Period};

/// How the application's services are deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Deploy {
    /// Services of the application. Default: every service of the Compose project, unless
    /// it runs a database, a cache, a message broker or a proxy.
    pub services: Vec<String>,
    /// Services that are deployed on their own request only (`deploy --infrastructure NAME`),
    /// besides those that are recognised.
    pub infrastructure: Vec<String>,
    /// How many deployments stay available for a rollback.
    pub keep: NonZeroUsize,
    /// How long the new version is watched before the deployment counts as good. A
    /// restart, an exit or a failed health check within this time undoes it.
    pub soak: Period,
    /// File with an age identity that opens and makes the snapshots of configurations, relative
    /// to the project, for operators to share; `age-keygen` makes one. The variable
    /// TIDEGATE_SNAPSHOT_KEY names another file. Default: a key of this machine's own.
    pub snapshot_key_file: Option<PathBuf>,
    /// Environment variables, with `*`, that the new containers must have.
    pub require_env: Vec<String>,
    /// How every service is checked, unless `deploy.service.NAME.health` says otherwise.
    pub health: Option<HealthCheck>,
    /// The proxy before the application. Default: recognised by what runs.
    pub proxy: Option<DeployProxy>,
    /// Settings of single services.
    #[serde(rename = "service")]
    pub service_settings: BTreeMap<String, DeployService>,
    /// A command that brings the data to the new version, before the services switch.
    pub migration: Option<Migration>,
    /// Commands that secure the data before a migration, and before infrastructure is replaced.
    pub data: Option<DataCommands>,
    /// What becomes of the data.
    pub database: DeployDatabase,
    /// Commands that run at points of a deployment.
    pub hooks: DeployHooks,
    /// Places to deploy to (`-d NAME`), each with its own engine, files and history.
    pub destinations: BTreeMap<String, Destination>,
}

/// A place to deploy to. What it leaves out is as without a destination.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Destination {
    /// Docker context of its engine.
    pub context: Option<String>,
    /// Address of its engine, as in `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// Compose files, relative to the project.
    pub files: Vec<PathBuf>,
    /// Name of the Compose project: destinations on one engine need different ones.
    pub project_name: Option<String>,
    /// Active profiles.
    pub profiles: Vec<String>,
    /// Env files.
    pub env_files: Vec<PathBuf>,
}

impl Default for Deploy {
    fn default() -> Self {
        Self {
            services: Vec::new(),
            infrastructure: Vec::new(),
            keep: NonZeroUsize::MIN.saturating_add(4),
            soak: Period::seconds(10),
            snapshot_key_file: None,
            require_env: Vec::new(),
            health: None,
            proxy: None,
            service_settings: BTreeMap::new(),
            migration: None,
            data: None,
            database: DeployDatabase::default(),
            hooks: DeployHooks::default(),
            destinations: BTreeMap::new(),
        }
    }
}

/// Settings of one service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DeployService {
    /// Which version runs first. Default: `deploy.update_config.order` of the Compose
    /// file, else `stop-first`.
    pub order: Option<DeployOrder>,
    /// How this service is checked, instead of `deploy.health`.
    pub health: Option<HealthCheck>,
    /// Command to run in the old container, once no proxy sends requests to it and before
    /// it is stopped.
    pub before_stop: Option<Argv>,
    /// For how long the old container may finish requests, once no proxy sends new ones to
    /// it. It ends earlier when the proxy shows that none is left. Default: `10s`.
    pub drain: Option<Period>,
    /// A trial of the new version before anything is switched, in a container that nobody
    /// reaches: `true` starts the service as it is, a command runs in its place. Default:
    /// none, because not every service bears another instance beside it.
    pub trial: Option<Trial>,
    /// How long the command of `trial` may take. Default: `60s`.
    pub trial_timeout: Option<Period>,
}

/// How the new version of a service is tried out before anything is switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`trial` must be true, false, or a command that is not empty")]
pub enum Trial {
    /// Whether the service is started, with its own command, until its checks pass.
    Start(bool),
    /// Command that runs instead, and must succeed.
    Command(Argv),
}

/// The proxy before the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DeployProxy {
    /// Its service in the Compose project.
    pub service: String,
    /// What it runs. Default: recognised by its processes.
    #[serde(default)]
    pub kind: Option<ProxyKind>,
}

/// A program that forwards requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyKind {
    /// nginx.
    Nginx,
    /// `HAProxy`.
    Haproxy,
    /// Caddy.
    Caddy,
    /// Traefik.
    Traefik,
}

/// In which order the old and the new version of a service change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeployOrder {
    /// The new version is ready before the old one stops: for services behind a proxy,
    /// and for workers that bear a second version beside them.
    StartFirst,
    /// The old version stops before the new one starts.
    StopFirst,
}

/// A request that a new container must answer before users reach it, besides the
/// `healthcheck` of the Compose file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HealthCheck {
    /// Path to request, such as `/health`.
    pub http: String,
    /// Port in the container. Default: the only one that the service exposes.
    #[serde(default)]
    pub port: Option<u16>,
    /// Expected status.
    #[serde(default = "ok_status")]
    pub status: u16,
    /// Text that the body must contain.
    #[serde(default)]
    pub body: Option<String>,
    /// How long a new container may take until it is ready.
    #[serde(default = "ready_timeout")]
    pub timeout: Period,
}

fn ok_status() -> u16 {
    200
}

fn ready_timeout() -> Period {
    Period::seconds(60)
}

/// A command that brings the data to the new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Migration {
    /// Command to run in a container of the new image.
    pub command: Argv,
    /// Service whose image and environment it uses. Default: the first one that is
    /// deployed.
    #[serde(default)]
    pub service: Option<String>,
    /// How long it may take.
    #[serde(default = "migration_timeout")]
    pub timeout: Period,
}

fn migration_timeout() -> Period {
    Period::seconds(600)
}

/// Commands that secure the data before a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DataCommands {
    /// Command that makes a backup and prints its name on the last line.
    pub secure: Argv,
    /// Command that fails if that backup, named in `TIDEGATE_BACKUP`, cannot be restored.
    #[serde(default)]
    pub verify: Option<Argv>,
    /// Command that brings that backup back.
    #[serde(default)]
    pub restore: Option<Argv>,
    /// How long each of them may take.
    #[serde(default = "data_timeout")]
    pub timeout: Period,
}

fn data_timeout() -> Period {
    Period::seconds(1800)
}

/// What becomes of the data in a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DeployDatabase {
    /// What becomes of it when the migration fails.
    pub on_failure: DataOnFailure,
}

/// What becomes of the data when a migration fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataOnFailure {
    /// It stays as it is; the report names the backup.
    #[default]
    Keep,
    /// The backup is brought back, unless something may have written since: every service of the
    /// application is stopped before the backup is made, until the migration has ended.
    Restore,
}

/// Commands that run at points of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DeployHooks {
    /// Before anything is changed.
    pub before: Vec<DeployHook>,
    /// When everything is prepared and the old version still serves.
    pub before_switch: Vec<DeployHook>,
    /// After success. A failure undoes nothing.
    pub after: Vec<DeployHook>,
    /// After a failure, once the old version serves again.
    pub on_failure: Vec<DeployHook>,
}

/// A command of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DeployHook {
    /// Command to run on this machine.
    pub command: Argv,
    /// How long it may take.
    #[serde(default = "hook_timeout")]
    pub timeout: Period,
    /// Whether its failure stops the deployment.
    #[serde(default = "always")]
    pub required: bool,
}

fn hook_timeout() -> Period {
    Period::seconds(300)
}

fn always() -> bool {
    true
}
