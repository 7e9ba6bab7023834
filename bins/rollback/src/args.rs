use clap::Parser;
use cli::{ChangeArgs, CommonArgs, DestinationArgs};
use deployment::{RestoreRequest, RollbackRequest};

/// Bring an earlier deployment back
///
/// Works offline, from the images and the configuration that deployments keep: a service that was
/// configured differently then gets its environment, command, mounts, networks and ports of then
/// back, too. Compose files and env files are not changed: bring them back yourself. Databases are left as they are, unless
/// --restore-database is given. A rollback is a deployment in the history, and can be rolled back as well.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed (what ran before serves), 2 usage, 3 stopped half-way \
    (`deploy --abort` brings back what ran before), 4 refused, 130 interrupted (what ran before serves)"
)]
pub(crate) struct Args {
    /// Deployment or version to bring back [default: the last one that ran something else]
    #[arg(value_name = "DEPLOYMENT|VERSION", conflicts_with = "list")]
    pub(crate) to: Option<String>,
    /// Service to roll back; repeatable [default: every one that the deployment changed]
    #[arg(long = "service", value_name = "NAME")]
    pub(crate) services: Vec<String>,
    /// Bring the data back, too, from the backup that was made after the deployment, or from the
    /// one that is named; what was written since is lost
    #[arg(long, value_name = "BACKUP", num_args = 0..=1, require_equals = true, conflicts_with = "list")]
    pub(crate) restore_database: Option<Option<String>>,
    /// Bring infrastructure back even if its data is not secured before
    #[arg(long, conflicts_with = "list")]
    pub(crate) without_backup: bool,
    /// Bring images back only: services keep the configuration that the Compose files and
    /// variables have now
    #[arg(long, conflicts_with = "list")]
    pub(crate) keep_configuration: bool,
    /// List what can be brought back
    #[arg(long)]
    pub(crate) list: bool,
    /// How long to wait while somebody else holds the lock, such as 10m
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(crate) wait_for_lock: configuration::Period,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
    #[command(flatten)]
    pub(crate) destination: DestinationArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl Args {
    pub(crate) fn request(&self) -> RollbackRequest {
        RollbackRequest {
            to: self.to.clone(),
            services: self.services.clone(),
            restore: match self.restore_database.clone() {
                None => RestoreRequest::Keep,
                Some(None) => RestoreRequest::LastBackup,
                Some(Some(backup)) => RestoreRequest::Backup(backup),
            },
            without_backup: self.without_backup,
            keep_configuration: self.keep_configuration,
            destination: self.destination.name.clone(),
            lock_timeout: self.wait_for_lock.duration(),
        }
    }
}
