use clap::{ArgGroup, Parser, ValueEnum};
use cli::{ChangeArgs, CommonArgs, DestinationArgs};
use database_backup::{BackUpRequest, BackupId, BackupKind, VerifyBackup};

/// Back up the project's databases
///
/// Dumps each database in its container, verifies the backup, copies it to S3-compatible storage if
/// the S3_… variables name some, and removes older backups that `[backups] keep` does not keep, and data
/// that a restore has replaced once it is older than `keep-replaced`. Prints
/// the identifier of each backup on standard output, and everything else on standard error.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    group(ArgGroup::new("act").args(["list", "prune", "pin", "unpin"])),
    after_help = "Exit codes: 0 done, every backup is verified, 1 failed, 2 usage, 3 some databases were \
    backed up and others not, 4 refused, 5 a backup is not what was dumped, 130 interrupted"
)]
pub(crate) struct Args {
    /// Database, by its name in `[database.NAME]`; without such tables, its service; repeatable [default: all]
    #[arg(long = "database", value_name = "NAME")]
    pub(crate) databases: Vec<String>,
    /// Why the backups are made, which decides how long they stay: 12h, hourly, daily, weekly,
    /// pre-deployment or success
    #[arg(long = "type", value_name = "TYPE", default_value = "daily", conflicts_with = "act")]
    pub(crate) kind: BackupKind,
    /// How the backups are verified [default: `verify` of the database, else read]
    #[arg(long, value_name = "HOW", value_enum, conflicts_with = "act")]
    pub(crate) verify: Option<Verify>,
    /// List the backups
    #[arg(long)]
    pub(crate) list: bool,
    /// Remove the backups that are not kept; with --dry-run, show which
    #[arg(long)]
    pub(crate) prune: bool,
    /// Keep this backup until it is unpinned
    #[arg(long, value_name = "BACKUP", conflicts_with = "dry_run")]
    pub(crate) pin: Option<BackupId>,
    /// Why it is pinned
    #[arg(long, value_name = "TEXT", requires = "pin", default_value = "pinned by hand")]
    pub(crate) reason: String,
    /// Keep this backup no longer than others
    #[arg(long, value_name = "BACKUP", conflicts_with = "dry_run")]
    pub(crate) unpin: Option<BackupId>,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
    #[command(flatten)]
    pub(crate) destination: DestinationArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verify {
    /// Read to the end and compared
    Read,
    /// Restored into a database of its own, and compared
    Restore,
}

impl Args {
    pub(crate) fn request(&self) -> BackUpRequest {
        let verify = self.verify.map(|verify| match verify {
            Verify::Read => VerifyBackup::Read,
            Verify::Restore => VerifyBackup::Restore,
        });
        BackUpRequest { databases: self.databases.clone(), kind: self.kind, verify }
    }
}
