use std::path::PathBuf;

use compose_runtime::{ProjectObserver, ServiceContainer, only_project};
use journal::Lock;
use local_docker::Engine;
use operation::{DestinationChoice, Environment, LocalProject, OperationError};
use project_databases::{
    BackupSettings, DatabaseRestore, DeclaredDatabase, ProjectDatabase, ProjectDatabaseError,
    connect_database, declared_databases,
};

/// The databases of a Compose project in an engine, and where their backups are.
#[derive(Debug, Clone)]
pub struct Databases {
    pub(crate) settings: BackupSettings,
    engine: Engine,
    project: String,
    containers: Vec<ServiceContainer>,
    declared: Vec<DeclaredDatabase>,
    lock_file: PathBuf,
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
        let identity = format!("databases of {compose_project} on {}", engine.endpoint());
        let lock_file = environment.state()?.project(&compose_project, &identity).lock_file();
        Ok(Self { settings, engine, project: compose_project, containers, declared, lock_file })
    }

    /// Keeps others on this machine from restoring at the same time, as long as it lives.
    pub(crate) fn lock(&self, environment: &Environment) -> Result<Lock, ProjectDatabaseError> {
        let holder = environment.lock_holder("restore-database");
        Ok(Lock::acquire(&self.lock_file, &holder).map_err(OperationError::from)?)
    }

    /// The databases of these names, else all.
    pub(crate) fn selected(
        &self,
        names: &[String],
    ) -> Result<Vec<DeclaredDatabase>, ProjectDatabaseError> {
        if names.is_empty() {
            return Ok(self.declared.clone());
        }
        names.iter().map(|name| self.find(name)).collect()
    }

    fn find(&self, name: &str) -> Result<DeclaredDatabase, ProjectDatabaseError> {
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
        connect_database(&self.engine, &self.project, declared, &self.containers).await
    }

    /// Restores of one of these databases.
    pub(crate) fn restore_of<'a>(&'a self, database: &'a ProjectDatabase) -> DatabaseRestore<'a> {
        DatabaseRestore { database, settings: &self.settings }
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
            "Compose project {project} has no service whose image is one of PostgreSQL or Redis"
        ),
        "name the service of the database in tidegate.toml: `[database.NAME]` with `service` and \
         `kind`; if it does not run, start it",
    )
}
