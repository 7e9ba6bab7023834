use std::collections::BTreeMap;

use backup_store::DatabaseName;
use compose_runtime::ServiceContainer;
use configuration::{Database, DatabaseKind, VerifyBackup};
use operation::OperationError;

use crate::{ProjectDatabaseError, recognised::kind_of_image};

/// A database that the project has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredDatabase {
    /// Its name in commands and in the folder of backups.
    pub name: DatabaseName,
    /// The service that runs its server.
    pub service: String,
    /// What the server is; `None` where its image shows it.
    pub kind: Option<DatabaseKind>,
    /// Its name in the server; `None` for the one that the container's variables name.
    pub database: Option<String>,
    /// How its backups are verified.
    pub verify: VerifyBackup,
}

/// The databases that the configuration names; when it names none, those of the services whose
/// image is one of a database server, each by the name of its service.
///
/// # Errors
/// [`ProjectDatabaseError::Operation`] for a name that no folder can have.
pub fn declared_databases(
    configured: &BTreeMap<String, Database>,
    containers: &[ServiceContainer],
) -> Result<Vec<DeclaredDatabase>, ProjectDatabaseError> {
    if configured.is_empty() {
        return recognised_databases(containers);
    }
    configured.iter().map(|(name, database)| declared(name, database)).collect()
}

fn declared(name: &str, database: &Database) -> Result<DeclaredDatabase, ProjectDatabaseError> {
    Ok(DeclaredDatabase {
        name: database_name(name)?,
        service: database.service.clone(),
        kind: database.kind,
        database: database.database.clone(),
        verify: database.verify,
    })
}

fn recognised_databases(
    containers: &[ServiceContainer],
) -> Result<Vec<DeclaredDatabase>, ProjectDatabaseError> {
    let kinds = containers.iter().filter_map(|container| {
        Some((container.service.as_str(), kind_of_image(&container.details.image)?))
    });
    let by_service: BTreeMap<&str, DatabaseKind> = kinds.collect();
    by_service.into_iter().map(|(service, kind)| recognised(service, kind)).collect()
}

fn recognised(service: &str, kind: DatabaseKind) -> Result<DeclaredDatabase, ProjectDatabaseError> {
    Ok(DeclaredDatabase {
        name: database_name(service)?,
        service: service.to_owned(),
        kind: Some(kind),
        database: None,
        verify: VerifyBackup::default(),
    })
}

/// The name of a database in the configuration, as a name in the folder of backups.
///
/// # Errors
/// [`ProjectDatabaseError::Operation`] for a name that no folder can have.
pub fn database_name(text: &str) -> Result<DatabaseName, ProjectDatabaseError> {
    Ok(text.parse().map_err(|error| {
        let problem = format!("`database.{text}`: {error}");
        OperationError::usage(problem, "rename the table in tidegate.toml")
    })?)
}
