use backup_store::{Backup, Origin};
use compose_runtime::{
    LockHolder, LockPlace as _, ProjectLock, ProjectObserver, ServiceContainer, only_project,
};
use local_docker::Engine;
use operation::{DestinationChoice, Environment, LocalProject, OperationError};
use project_databases::{
    BackupSettings, DatabaseRestore, DeclaredDatabase, ProjectDatabase, ProjectDatabaseError,
    connect_database, declared_databases, origin_of,
};

use crate::BackupChoice;

/// What the lock is held for.
const RESTORE: &str = "restore-database";

/// The databases of a Compose project in an engine, and where their backups are.
#[derive(Debug, Clone)]
pub struct Databases {
    pub(crate) settings: BackupSettings,
    engine: Engine,
    origin: Origin,
    containers: Vec<ServiceContainer>,
    declared: Vec<DeclaredDatabase>,
    accepts_foreign: bool,
}

impl Databases {
    /// Finds the project's databases. Nothing is run in their containers yet.
    ///
    /// # Errors
    /// [`ProjectDatabaseError`] when the configuration, the Compose project or the engine
    /// cannot be used, and when there is no database.
    pub async fn open(
        choice: DestinationChoice,
        project: &LocalProject,
        environment: &mut Environment,
    ) -> Result<Self, ProjectDatabaseError> {
        let settings = BackupSettings::new(project, environment, choice.name.as_deref())?;
        let choice = choice.complete(project)?;
        environment.engine = choice.engine;
        let compose_project = only_project(&choice.selection, project, environment)?.name;
        let engine = Engine::connect(&environment.engine).await;
        let engine = engine.map_err(OperationError::engine("connect to the Docker Engine"))?;
        let observer = ProjectObserver::new(&engine, &compose_project);
        let containers = observer.service_containers().await;
        let containers = containers.map_err(OperationError::engine("list the containers"))?;
        let declared = declared_databases(&project.configuration.databases, &containers)?;
        if declared.is_empty() {
            return Err(no_database(&compose_project).into());
        }
        let origin = origin_of(&engine, &compose_project).await?;
        Ok(Self { settings, engine, origin, containers, declared, accepts_foreign: false })
    }

    /// Does something while nobody else deploys to the project or restores one of its databases,
    /// also from another machine.
    pub(crate) async fn locked<T>(
        &self,
        environment: &Environment,
        work: impl Future<Output = Result<T, ProjectDatabaseError>>,
    ) -> Result<T, ProjectDatabaseError> {
        let lock = ProjectLock { engine: &self.engine, project: &self.origin.project };
        let holder: LockHolder = environment.lock_holder(RESTORE).into();
        lock.take_over(&holder).await?;
        let outcome = work.await;
        let released = lock.release_of(&holder).await;
        // What failed before matters more.
        outcome.and_then(|value| released.map(|()| value).map_err(Into::into))
    }

    /// Refuses while a restore replaces data: a backup would have parts of both.
    pub(crate) async fn require_no_restore(&self) -> Result<(), ProjectDatabaseError> {
        let lock = ProjectLock { engine: &self.engine, project: &self.origin.project };
        match lock.holder().await? {
            Some(holder) if holder.reason == RESTORE && !holder.is_stale() => {
                Err(OperationError::precondition(
                    format!("a restore of Compose project {} runs: {holder}", self.origin.project),
                    "wait until it has ended, then run the same command again",
                )
                .into())
            }
            _ => Ok(()),
        }
    }

    /// The databases of these names, else all.
    pub(crate) fn selected(
        &self,
        names: &[String],
    ) -> Result<Vec<DeclaredDatabase>, ProjectDatabaseError> {
        if names.is_empty() {
            return Ok(self.declared.clone());
        }
        names.iter().map(|name| self.declared(name)).collect()
    }

    fn declared(&self, name: &str) -> Result<DeclaredDatabase, ProjectDatabaseError> {
        let found = self.declared.iter().find(|database| database.name.as_str() == name);
        found.cloned().ok_or_else(|| self.unknown(name).into())
    }

    /// The database of this name; without a name, the only one.
    pub(crate) fn only(
        &self,
        name: Option<&str>,
    ) -> Result<DeclaredDatabase, ProjectDatabaseError> {
        let names: Vec<String> = name.map(str::to_owned).into_iter().collect();
        let mut selected = self.selected(&names)?;
        match (selected.pop(), selected.is_empty()) {
            (Some(database), true) => Ok(database),
            _ => Err(OperationError::usage(
                "the project has several databases",
                &format!("name one with --database: {}", self.names()),
            )
            .into()),
        }
    }

    /// Logs in to the server of a database.
    pub(crate) async fn connect(
        &self,
        declared: &DeclaredDatabase,
    ) -> Result<ProjectDatabase, ProjectDatabaseError> {
        connect_database(&self.engine, &self.origin, declared, &self.containers).await
    }

    /// Finds a backup of a database, its own unless others are accepted.
    pub(crate) async fn find(
        &self,
        choice: BackupChoice,
        database: &ProjectDatabase,
    ) -> Result<Backup, ProjectDatabaseError> {
        let origin = Some(&database.origin).filter(|_| !self.accepts_foreign);
        choice.find(&self.settings, &database.name, origin).await
    }

    /// Restores of one of these databases.
    pub(crate) fn restore_of<'a>(&'a self, database: &'a ProjectDatabase) -> DatabaseRestore<'a> {
        let accepts_foreign = self.accepts_foreign;
        DatabaseRestore { database, settings: &self.settings, accepts_foreign }
    }

    /// Also accepts backups of other engines and Compose projects.
    #[must_use]
    pub fn accepting_foreign(self, accepts_foreign: bool) -> Self {
        Self { accepts_foreign, ..self }
    }

    fn unknown(&self, name: &str) -> OperationError {
        let advice = format!("the databases are {}", self.names());
        OperationError::usage(format!("there is no database {name}"), &advice)
    }

    fn names(&self) -> String {
        let names = self.declared.iter().map(|database| database.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }
}

fn no_database(project: &str) -> OperationError {
    OperationError::precondition(
        format!(
            "Compose project {project} has no service whose image is one of PostgreSQL, MariaDB, MySQL or Redis"
        ),
        "name the service of the database in tidegate.toml: `[database.NAME]` with `service` and \
         `kind`, `file` or `commands`; if it does not run, start it",
    )
}
