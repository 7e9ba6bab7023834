use backup_retention::BackupId;
use backup_store::{DatabaseName, KeyError, RemoteError, SettingsError, StoreError};
use compose_runtime::{ComposeRuntimeError, ProjectLockError};
use database::DatabaseError;
use operation::{Failure, FailureKind, OperationError, error_chain};

/// Why something could not be done with a project's databases or their backups.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectDatabaseError {
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The Compose project cannot be found or read.
    #[error(transparent)]
    Compose(#[from] ComposeRuntimeError),
    /// The database or one of its tools failed.
    #[error("database {name}: {source}")]
    Database {
        /// The database.
        name: DatabaseName,
        /// The reason.
        source: Box<DatabaseError>,
    },
    /// A restore was interrupted where the server does not say whether it was made.
    #[error("database {name}: the restore did not end, and what serves may be the old data, that of the backup, or neither{}: {source}", kept(*.before))]
    UnknownOutcome {
        /// The database.
        name: DatabaseName,
        /// The backup of the old data, where there is one.
        before: Option<BackupId>,
        /// What interrupted it.
        source: Box<DatabaseError>,
    },
    /// The folder of backups.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key with which backups are encrypted or read.
    #[error("{}", error_chain(.0))]
    Key(#[from] KeyError),
    /// The variables that describe the storage of copies.
    #[error("{}", error_chain(.0))]
    RemoteSettings(#[from] SettingsError),
    /// What was read of a backup's manifest, or compared with it, is not what was dumped.
    #[error("backup {id} of {name} is not what was dumped: {reason}")]
    BackupDiffers {
        /// The database.
        name: DatabaseName,
        /// The backup.
        id: String,
        /// What differs.
        reason: String,
    },
}

/// Whether an error says that an archive is not good.
pub(crate) fn condemns_archive(error: &DatabaseError) -> bool {
    matches!(
        error,
        DatabaseError::ArchiveEmpty { .. }
            | DatabaseError::NotAnArchive { .. }
            | DatabaseError::ArchiveTruncated { .. }
            | DatabaseError::ArchiveDamaged { .. }
            | DatabaseError::OtherDatabase { .. }
            | DatabaseError::FactsDiffer { .. }
    )
}

/// Whether the same command would fail again, because the server cannot do it, or must not now.
fn is_refusal(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::Unsupported { .. } | DatabaseError::WrongState { .. })
}

fn kept(before: Option<BackupId>) -> String {
    before.map_or_else(String::new, |id| format!(" (the old data is in backup {id})"))
}

impl ProjectDatabaseError {
    pub(crate) fn of_database(name: &DatabaseName) -> impl Fn(DatabaseError) -> Self {
        let name = name.clone();
        move |source| Self::Database { name: name.clone(), source: Box::new(source) }
    }

    /// A backup is of a database that the project does not declare.
    #[must_use]
    pub fn undeclared(name: &DatabaseName) -> Self {
        let problem = format!("the project declares no database {name}");
        let advice = format!("add `[database.{name}]` to tidegate.toml");
        OperationError::usage(problem, &advice).into()
    }

    /// Whether it says that a backup is not good, and not only that nothing could be found out
    /// about it.
    #[must_use]
    pub fn condemns_backup(&self) -> bool {
        match self {
            Self::BackupDiffers { .. } => true,
            Self::Store(error) => matches!(error, StoreError::Damaged { .. }),
            Self::Database { source, .. } => condemns_archive(source),
            _ => false,
        }
    }
}

impl From<ProjectLockError> for ProjectDatabaseError {
    fn from(error: ProjectLockError) -> Self {
        Self::Operation(error.into())
    }
}

impl From<RemoteError> for ProjectDatabaseError {
    fn from(error: RemoteError) -> Self {
        Self::Store(error.into())
    }
}

impl Failure for ProjectDatabaseError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Operation(error) => error.kind(),
            Self::Compose(error) => error.kind(),
            Self::Key(_) | Self::RemoteSettings(_) => FailureKind::Usage,
            Self::Store(StoreError::Pinned { .. } | StoreError::InUse { .. }) => {
                FailureKind::Refused
            }
            Self::UnknownOutcome { .. } => FailureKind::HalfWay,
            _ if self.condemns_backup() => FailureKind::Difference,
            Self::Database { source, .. } if is_refusal(source) => FailureKind::Refused,
            Self::Database { .. } | Self::Store(_) | Self::BackupDiffers { .. } => {
                FailureKind::Failed
            }
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Operation(error) => error.advice(),
            Self::Compose(error) => error.advice(),
            Self::Database { source, .. } => source.advice(),
            Self::UnknownOutcome { .. } => {
                Some("`restore-database --dry-run` shows what is in the database, once it answers")
            }
            _ => None,
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Operation(error) => error.items(),
            Self::Compose(error) => error.items(),
            _ => Vec::new(),
        }
    }
}
