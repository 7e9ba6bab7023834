//! The project's databases and where their backups are kept.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Argv, Period};

/// A database of the project, which is backed up on request and before deployments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Database {
    /// Service of the Compose project that runs its server.
    pub service: String,
    /// What the server is. Default: recognised by the name of its image.
    #[serde(default)]
    pub kind: Option<DatabaseKind>,
    /// Name of the database in its server. Default: the one that the variables of the
    /// container name, such as `POSTGRES_DB`. A Redis server is backed up as a whole.
    #[serde(default)]
    pub database: Option<String>,
    /// File of a SQLite database, by its path in the containers of the service, which must have
    /// `sqlite3` or Python. Instead of `kind`.
    #[serde(default)]
    pub file: Option<String>,
    /// Commands for a server of another kind. Instead of `kind`.
    #[serde(default)]
    pub commands: Option<DatabaseCommands>,
    /// How its backups are verified.
    #[serde(default)]
    pub verify: VerifyBackup,
}

/// A database server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseKind {
    /// PostgreSQL 13 or newer.
    Postgresql,
    /// MariaDB 10.5 or newer, or MySQL 8.0 or newer.
    Mariadb,
    /// Redis 6.2 or newer, and servers that have its protocol and file format.
    Redis,
}

/// Commands that run in the container of the server, without a shell. All three are needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DatabaseCommands {
    /// Writes the backup to its output.
    pub back_up: Argv,
    /// Reads a backup from its input, and fails if that cannot be restored.
    pub verify: Argv,
    /// Replaces the data by that of a backup, which it reads from its input.
    pub restore: Argv,
}

/// How a backup is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyBackup {
    /// It is read to its end by the server's own program, and its hashes are compared.
    #[default]
    Read,
    /// It is restored into a database of its own beside the one that serves, and what that
    /// contains is compared.
    Restore,
}

/// Where backups are kept, for how long, and who can read them. Copies on S3-compatible
/// storage are configured by variables (`S3_BUCKET` and others).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Backups {
    /// Folder, relative to the project. Its parent must exist.
    pub directory: Option<PathBuf>,
    /// How many verified backups of each kind stay.
    pub keep: KeepBackups,
    /// How old the newest verified backup of a database may be; `deployment-status` reports
    /// an older one as a problem. Default: of any age.
    pub max_age: Option<Period>,
    /// How long data that a restore has replaced stays in its server, unless it is confirmed
    /// before; `backup-databases` removes it then. Default: until it is confirmed.
    pub keep_replaced: Option<Period>,
    /// Public keys of age (`age1…`) for which backups are encrypted. Default: they are not.
    pub recipients: Vec<String>,
    /// File with the secret keys that read encrypted backups, as `age-keygen` makes it,
    /// relative to the project. The variable `TIDEGATE_BACKUP_KEY` names another file.
    pub identity_file: Option<PathBuf>,
}

/// How many verified backups of each kind stay. The newest verified one and those that
/// somebody has pinned always stay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct KeepBackups {
    /// Of kind `12h`. Default: 28.
    #[serde(rename = "12h")]
    pub twelve_hours: Option<usize>,
    /// Of kind `hourly`. Default: 24.
    pub hourly: Option<usize>,
    /// Of kind `daily`. Default: 7.
    pub daily: Option<usize>,
    /// Of kind `weekly`. Default: 4.
    pub weekly: Option<usize>,
    /// Of kind `pre-deployment`. Default: 3.
    pub pre_deployment: Option<usize>,
    /// Of kind `success`. Default: 5.
    pub success: Option<usize>,
}
