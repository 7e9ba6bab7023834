use clap::{Parser, ValueEnum};
use cli::{ChangeArgs, CommonArgs, DestinationArgs};
use deployment::{CommandRequest, DeployRequest, target::ImageSource};
use operation::OperationError;

/// Deploy the application's services
///
/// Keeps the image that runs, fetches the new one while the old version serves, switches each
/// service, watches the new version, and brings the old one back when it is not good. Databases
/// and other infrastructure are touched with --infrastructure only.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed (the old version serves), 2 usage, 3 stopped half-way \
    (`deploy --abort` brings the old version back), 4 refused, 130 interrupted (the old version serves)"
)]
pub(crate) struct Args {
    /// Version, tag or digest to deploy [default: what the Compose files name]
    #[arg(value_name = "VERSION|TAG|DIGEST", conflicts_with_all = ["abort", "lock", "unlock", "lock_status", "run"])]
    pub(crate) image: Option<String>,
    /// Service to deploy, repeatable, or whose image `--run` uses [default: `deploy.services`, else every service of the application]
    #[arg(long = "service", value_name = "NAME")]
    pub(crate) services: Vec<String>,
    /// Ask no registry, and deploy the images that the engine has by exactly these names
    #[arg(long, conflicts_with_all = ["abort", "lock", "unlock", "lock_status", "run", "maintenance"])]
    pub(crate) offline: bool,
    /// Replace the container of this infrastructure service, such as a database, by one of the image
    /// that the Compose files name, and change nothing else
    #[arg(long, value_name = "NAME", conflicts_with_all = ["image", "services", "abort", "lock", "unlock", "lock_status", "run", "maintenance"])]
    pub(crate) infrastructure: Option<String>,
    /// Replace it even if its data is not secured before
    #[arg(long, requires = "infrastructure")]
    pub(crate) without_backup: bool,
    /// Deploy even if the image that runs cannot be kept for a rollback
    #[arg(long)]
    pub(crate) without_way_back: bool,
    /// Bring the old version back after a deployment that was not finished
    #[arg(long, conflicts_with_all = ["lock", "unlock", "lock_status", "dry_run"])]
    pub(crate) abort: bool,
    /// Run everything that follows as a command in a new container of the image that the service
    /// runs, as `docker compose run --rm --no-deps` does, and record it in the history
    #[arg(
        long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true,
        conflicts_with_all = ["abort", "lock", "unlock", "lock_status", "without_way_back"],
    )]
    pub(crate) run: Vec<String>,
    /// Let the proxy answer users with 503 and `Retry-After`, or let them reach the application again
    #[arg(
        long, value_name = "on|off", value_enum, hide_possible_values = true,
        conflicts_with_all = ["image", "services", "run", "abort", "lock", "unlock", "lock_status", "without_way_back", "dry_run"],
    )]
    pub(crate) maintenance: Option<Switch>,
    /// Keep everybody from deploying, with this reason
    #[arg(long, value_name = "MESSAGE", conflicts_with_all = ["unlock", "lock_status", "dry_run"])]
    pub(crate) lock: Option<String>,
    /// End a lock, whoever holds it
    #[arg(long, conflicts_with_all = ["lock_status", "dry_run"])]
    pub(crate) unlock: bool,
    /// How long to wait while somebody else holds the lock, such as 10m
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(crate) wait_for_lock: configuration::Period,
    /// Show who holds the lock
    #[arg(long)]
    pub(crate) lock_status: bool,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
    #[command(flatten)]
    pub(crate) destination: DestinationArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// The state of something that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

impl Args {
    pub(crate) fn deploy_request(&self) -> DeployRequest {
        DeployRequest {
            version: self.image.clone(),
            services: self.services.clone(),
            source: ImageSource::unless(self.offline),
            infrastructure: self.infrastructure.clone(),
            without_way_back: self.without_way_back,
            without_backup: self.without_backup,
            destination: self.destination.name.clone(),
            lock_timeout: self.wait_for_lock.duration(),
        }
    }

    /// The command to run, if there is one.
    pub(crate) fn command_request(&self) -> Result<Option<CommandRequest>, OperationError> {
        let is_separator = |word: &&String| word.as_str() == "--";
        let skipped = self.run.iter().take(1).filter(is_separator).count();
        let command = self.run[skipped..].to_vec();
        match (self.run.is_empty(), command.is_empty(), self.services.as_slice()) {
            (true, ..) => Ok(None),
            (_, true, _) => Err(OperationError::usage(
                "`--run` has no command",
                "write the command after it: `deploy --run COMMAND ARGUMENT…`",
            )),
            (_, _, services @ ([] | [_])) => {
                let (service, lock_timeout) =
                    (services.first().cloned(), self.wait_for_lock.duration());
                Ok(Some(CommandRequest { service, command, lock_timeout }))
            }
            _ => Err(OperationError::usage(
                "a command runs for one service",
                "name it once with `--service NAME`",
            )),
        }
    }
}
