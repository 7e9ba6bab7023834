use backup_store::{DatabaseName, Origin};
use compose_runtime::ServiceContainer;
use configuration::VerifyBackup;
use futures_util::future::try_join_all;
use local_docker::{ContainerState, Engine};
use operation::OperationError;

use crate::{DatabaseServer, DeclaredDatabase, ProjectDatabaseError, adapter::Adapter};

/// A database of the project, in the container that runs its server.
#[derive(Debug, Clone)]
pub struct ProjectDatabase {
    /// Its name in commands and in the folder of backups.
    pub name: DatabaseName,
    /// The service that runs its server.
    pub service: String,
    /// How its backups are verified unless somebody asks for more.
    pub verify: VerifyBackup,
    /// Where it is.
    pub origin: Origin,
    pub(crate) adapter: Adapter,
}

/// Where the databases of a Compose project are.
///
/// # Errors
/// [`ProjectDatabaseError::Operation`] when the engine does not answer.
pub async fn origin_of(engine: &Engine, project: &str) -> Result<Origin, ProjectDatabaseError> {
    let info = engine.info().await.map_err(OperationError::engine("identify the engine"))?;
    Ok(Origin { docker_engine: info.id, project: project.to_owned() })
}

/// Finds each database in its container and logs in.
///
/// # Errors
/// [`ProjectDatabaseError::Operation`] when a service does not run once, or its kind of
/// database is neither configured nor recognised; [`ProjectDatabaseError::Database`].
pub async fn connect_databases(
    engine: &Engine,
    origin: &Origin,
    declared: &[DeclaredDatabase],
    containers: &[ServiceContainer],
) -> Result<Vec<ProjectDatabase>, ProjectDatabaseError> {
    let connecting =
        declared.iter().map(|database| connect_database(engine, origin, database, containers));
    try_join_all(connecting).await
}

/// Finds one database in its container and logs in.
///
/// # Errors
/// As [`connect_databases`].
pub async fn connect_database(
    engine: &Engine,
    origin: &Origin,
    declared: &DeclaredDatabase,
    containers: &[ServiceContainer],
) -> Result<ProjectDatabase, ProjectDatabaseError> {
    let container = serving_container(&origin.project, declared, containers)?;
    let image = &container.details.image;
    let server = declared.server_in(image).ok_or_else(|| unrecognised(declared, image))?;
    let adapter = Adapter::connect(engine, &container.details.id, &server).await;
    Ok(ProjectDatabase {
        name: declared.name.clone(),
        service: declared.service.clone(),
        verify: declared.verify,
        origin: origin.clone(),
        adapter: adapter.map_err(ProjectDatabaseError::of_database(&declared.name))?,
    })
}

fn serving_container<'a>(
    project: &str,
    declared: &DeclaredDatabase,
    containers: &'a [ServiceContainer],
) -> Result<&'a ServiceContainer, ProjectDatabaseError> {
    let service = declared.service.as_str();
    // Every container of the service has the same file.
    let is_shared = matches!(declared.server, Some(DatabaseServer::SqliteFile(_)));
    let of_service = containers.iter().filter(|container| container.service == service);
    let mut running =
        of_service.filter(|container| container.details.state == ContainerState::Running);
    match (running.next(), running.next()) {
        (Some(container), None) => Ok(container),
        (Some(container), Some(_)) if is_shared => Ok(container),
        (None, _) => Err(OperationError::precondition(
            format!("service `{service}` of Compose project {project} does not run"),
            "start it with `docker compose up`, then run the same command again",
        )
        .into()),
        (Some(_), Some(_)) => Err(OperationError::precondition(
            format!("service `{service}` of Compose project {project} runs several containers"),
            "scale it to 1: which of them has the data cannot be known",
        )
        .into()),
    }
}

fn unrecognised(declared: &DeclaredDatabase, image: &str) -> OperationError {
    let name = &declared.name;
    OperationError::usage(
        format!(
            "cannot recognise the database server of service `{}`, which runs {image}",
            declared.service
        ),
        &format!(
            "add `kind` (postgresql, mariadb, redis) or `[database.{name}.commands]` to \
             `[database.{name}]` in tidegate.toml"
        ),
    )
}
