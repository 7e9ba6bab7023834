use backup_store::DatabaseName;
use operation::{Environment, LocalProject, OperationError};
use project_databases::{BackupSettings, ProjectDatabaseError, database_name};

/// The backups of a project, without its databases: no engine is needed.
#[derive(Debug, Clone)]
pub struct StoredBackups {
    pub(crate) settings: BackupSettings,
    pub(crate) databases: Vec<DatabaseName>,
}

impl StoredBackups {
    /// Looks for the folder of backups; `names` are databases, empty for all that have one. Without
    /// a folder, copies off site may be left of the databases that are configured.
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
        let existing = match (settings.folder.exists(), &settings.remote) {
            (true, _) => settings.store.databases()?,
            (false, Some(_)) => configured(project, names)?,
            (false, None) => return Err(no_folder(&settings).into()),
        };
        let databases = match names {
            [] => existing,
            names => names.iter().map(|name| find(&existing, name)).collect::<Result<_, _>>()?,
        };
        Ok(Self { settings, databases })
    }
}

/// The names that are requested, else those of the configuration.
fn configured(
    project: &LocalProject,
    names: &[String],
) -> Result<Vec<DatabaseName>, ProjectDatabaseError> {
    match names {
        [] => project.configuration.databases.keys().map(|name| database_name(name)).collect(),
        names => names.iter().map(|name| database_name(name)).collect(),
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
