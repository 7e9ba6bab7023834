use backup_store::DatabaseName;
use operation::{Environment, LocalProject, OperationError};
use project_databases::{BackupSettings, ProjectDatabaseError};

/// The backups of a project, without its databases: no engine is needed.
#[derive(Debug, Clone)]
pub struct StoredBackups {
    pub(crate) settings: BackupSettings,
    pub(crate) databases: Vec<DatabaseName>,
}

impl StoredBackups {
    /// Looks for the folder of backups; `names` are databases, empty for all that have one.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`] when there is no folder, or no backup of one of the
    /// databases.
    pub fn open(
        project: &LocalProject,
        environment: &Environment,
        destination: Option<&str>,
        names: &[String],
    ) -> Result<Self, ProjectDatabaseError> {
        let settings = BackupSettings::new(project, environment, destination)?;
        if !settings.folder.exists() {
            return Err(no_folder(&settings).into());
        }
        let existing = settings.store.databases()?;
        let databases = match names {
            [] => existing,
            names => names.iter().map(|name| find(&existing, name)).collect::<Result<_, _>>()?,
        };
        Ok(Self { settings, databases })
    }
}

fn find(existing: &[DatabaseName], name: &str) -> Result<DatabaseName, OperationError> {
    let found = existing.iter().find(|database| database.as_str() == name);
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> = existing.iter().map(DatabaseName::as_str).collect();
        let advice = match names.is_empty() {
            true => "no database has one".to_owned(),
            false => format!("databases with backups are {}", names.join(", ")),
        };
        OperationError::usage(format!("database {name} has no backups"), &advice)
    })
}

fn no_folder(settings: &BackupSettings) -> OperationError {
    OperationError::precondition(
        format!("the folder of backups, {}, does not exist", settings.folder.display()),
        "mount its disk, or make the first backup with `backup-databases`",
    )
}
