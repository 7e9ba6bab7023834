use std::collections::BTreeMap;

use backup_store::DatabaseName;
use compose_runtime::ServiceContainer;
use configuration::{Database, DatabaseKind, VerifyBackup};
use database::DatabaseCommands;
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
    pub server: Option<DatabaseServer>,
    /// Its name in the server; `None` for the one that the container's variables name.
    pub database: Option<String>,
    /// How its backups are verified.
    pub verify: VerifyBackup,
}

/// What keeps a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseServer {
    /// A server, and the name of the database in it.
    Kind(DatabaseKind, Option<String>),
    /// A file in the container of an application.
    SqliteFile(String),
    /// Something for which the project has commands.
    Commands(DatabaseCommands),
}

impl DeclaredDatabase {
    /// What keeps it when its container runs this image.
    pub(crate) fn server_in(&self, image: &str) -> Option<DatabaseServer> {
        let recognised =
            || Some(DatabaseServer::Kind(kind_of_image(image)?, self.database.clone()));
        self.server.clone().or_else(recognised)
    }
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
        server: server(name, database)?,
        database: database.database.clone(),
        verify: database.verify,
    })
}

fn server(name: &str, database: &Database) -> Result<Option<DatabaseServer>, OperationError> {
    let Database { kind, database: in_server, file, commands, .. } = database;
    match (kind, in_server, file, commands) {
        (kind, _, None, None) => Ok(kind.map(|kind| DatabaseServer::Kind(kind, in_server.clone()))),
        (None, None, Some(file), None) if file.starts_with('/') => {
            Ok(Some(DatabaseServer::SqliteFile(file.clone())))
        }
        (None, None, Some(file), None) => Err(OperationError::usage(
            format!("`database.{name}.file` is `{file}`, which is no absolute path"),
            "write the path that the file has in the container, such as `/data/app.db`",
        )),
        (None, None, None, Some(commands)) => Ok(Some(DatabaseServer::Commands(argv(commands)))),
        _ => Err(OperationError::usage(
            format!("`database.{name}` describes more than one kind of database"),
            "set `kind` and `database` for a server, or `file` for SQLite, or `commands`",
        )),
    }
}

fn argv(commands: &configuration::DatabaseCommands) -> DatabaseCommands {
    DatabaseCommands {
        back_up: commands.back_up.argv().to_vec(),
        verify: commands.verify.argv().to_vec(),
        restore: commands.restore.argv().to_vec(),
    }
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
        server: Some(DatabaseServer::Kind(kind, None)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn server_of(table: &str) -> Result<Option<DatabaseServer>, String> {
        let text = format!("[database.shop]\nservice = \"db\"\n{table}");
        let configured = configuration::parse(&text).map_err(|error| error.to_string())?;
        server("shop", &configured.databases["shop"]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_database_is_of_a_kind_or_a_file_or_has_commands() {
        assert_eq!(server_of(""), Ok(None));
        let kind = DatabaseServer::Kind(DatabaseKind::Mariadb, Some("app".to_owned()));
        assert_eq!(server_of("kind = \"mariadb\"\ndatabase = \"app\""), Ok(Some(kind)));
        let file = DatabaseServer::SqliteFile("/data/app.db".to_owned());
        assert_eq!(server_of("file = \"/data/app.db\""), Ok(Some(file)));
        let relative = server_of("file = \"app.db\"").unwrap_err();
        assert!(relative.contains("no absolute path"), "{relative}");
        let both = server_of("file = \"/a\"\nkind = \"redis\"").unwrap_err();
        assert!(both.contains("more than one kind"), "{both}");
    }

    /// What is not said cannot be guessed: a backup that is never verified is none.
    #[test]
    fn commands_are_refused_unless_all_three_are_given() {
        let two = "[database.shop.commands]\nback-up = \"dump\"\nrestore = \"load\"";
        let error = server_of(two).unwrap_err();
        assert!(error.contains("`database.shop.commands.verify` is missing"), "{error}");
        assert!(error.starts_with("line 3"), "{error}");
        let all = format!("{two}\nverify = [\"check\", \"-\"]");
        let Ok(Some(DatabaseServer::Commands(commands))) = server_of(&all) else { panic!() };
        assert_eq!(commands.verify, ["check", "-"]);
    }
}
