use clap::Parser;
use cli::{ChangeArgs, CommonArgs, DestinationArgs};
use database_backup::{BackupChoice, RestoreEnding, RestoreRequest};

/// Bring the data of a backup back
///
/// PostgreSQL: restores beside the database that serves, compares, shows what was written since and would
/// be lost, asks, and swaps both in one transaction. The old database stays until --confirm, and --undo
/// swaps back. Other databases: loads the backup as a test, asks, backs up what there is, and replaces it;
/// the tables that MariaDB and MySQL had stay in a database of their own until --confirm.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed (the old data serves), 2 usage, 3 the server was lost \
    while the data was replaced, 4 refused, 5 the backup is not \
    what was dumped (the old data serves), 130 interrupted (the old data serves)"
)]
pub(crate) struct Args {
    /// Identifier of a backup, `latest`, or a type such as `pre-deployment` for the newest verified one of
    /// it; one that is only off site is fetched
    #[arg(value_name = "BACKUP", default_value = "latest", conflicts_with_all = ["complete", "undo", "confirm", "discard"])]
    pub(crate) backup: BackupChoice,
    /// Database, by its name in `[database.NAME]`; without such tables, its service [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<String>,
    /// Restore the backup as a database of this name beside the data, which stays as it is; for SQLite, as
    /// a file of this path in the container; not for Redis and `commands`
    #[arg(long, value_name = "NAME", conflicts_with_all = ["complete", "undo", "confirm", "discard", "dry_run", "yes"])]
    pub(crate) into: Option<String>,
    /// Also accept a backup that was made of another Docker Engine or Compose project, for example
    /// of a machine that was lost
    #[arg(long, conflicts_with_all = ["complete", "undo", "confirm", "discard"])]
    pub(crate) from_elsewhere: bool,
    /// Let the complete database serve that an interrupted restore has left
    #[arg(long, conflicts_with_all = ["undo", "confirm", "discard", "dry_run"])]
    pub(crate) complete: bool,
    /// Give the database the data back that it had before the last restore (PostgreSQL; of others,
    /// restore the backup that was made then)
    #[arg(long, conflicts_with_all = ["confirm", "discard", "dry_run"])]
    pub(crate) undo: bool,
    /// Remove the data that the database had before the last restore
    #[arg(long, conflicts_with_all = ["discard", "dry_run"])]
    pub(crate) confirm: bool,
    /// Remove the database that an interrupted restore has left beside the one that serves, or that
    /// has what was written before a restore was undone
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) discard: bool,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
    #[command(flatten)]
    pub(crate) destination: DestinationArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl Args {
    /// How an earlier restore is to end, if one is.
    pub(crate) fn ending(&self) -> Option<RestoreEnding> {
        let flags = [
            (self.complete, RestoreEnding::Complete),
            (self.undo, RestoreEnding::Undo),
            (self.confirm, RestoreEnding::Confirm),
            (self.discard, RestoreEnding::Discard),
        ];
        flags.into_iter().find(|(is_set, _)| *is_set).map(|(_, ending)| ending)
    }

    pub(crate) fn request(&self) -> RestoreRequest {
        RestoreRequest {
            database: self.database.clone(),
            backup: self.backup,
            confirmed: self.change.yes,
        }
    }
}
