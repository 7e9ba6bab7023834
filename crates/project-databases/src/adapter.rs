//! What every kind of database does in its own way.

use std::rc::Rc;

use backup_store::VerificationMethod;
use configuration::{DatabaseKind, VerifyBackup};
use database::{
    ArchiveSource, CommandDatabase, DatabaseError, Dump, Facts, InPlaceDatabase, Manifest, MariaDb,
    PostgreSql, PostgreSqlLogin, Redis, RedisLogin, RestoreId, Sqlite,
};
use local_docker::{ContainerId, Engine};

use crate::DatabaseServer;

/// A database in its server.
#[derive(Debug, Clone)]
pub(crate) enum Adapter {
    /// A restored one takes its name in a transaction.
    PostgreSql { server: Box<PostgreSql>, database: String },
    /// Its data is replaced where it is.
    InPlace(Rc<dyn InPlaceDatabase>),
}

impl Adapter {
    /// Finds the server in its container and logs in.
    pub(crate) async fn connect(
        engine: &Engine,
        container: &ContainerId,
        server: &DatabaseServer,
    ) -> Result<Self, DatabaseError> {
        let in_place: Rc<dyn InPlaceDatabase> = match server {
            DatabaseServer::Kind(DatabaseKind::Postgresql, database) => {
                return Self::connect_postgresql(engine, container, database.as_deref()).await;
            }
            DatabaseServer::Kind(DatabaseKind::Mariadb, database) => {
                Rc::new(MariaDb::in_container(engine, container, database.as_deref()).await?)
            }
            DatabaseServer::Kind(DatabaseKind::Redis, _) => {
                let login = RedisLogin::default();
                Rc::new(Redis::in_container(engine, container, login).await?)
            }
            DatabaseServer::SqliteFile(file) => {
                Rc::new(Sqlite::in_container(engine, container, file).await?)
            }
            DatabaseServer::Commands(commands) => {
                Rc::new(CommandDatabase::in_container(engine, container, commands.clone()).await?)
            }
        };
        match in_place.identify().await {
            // Lost: a restore makes it again.
            Ok(_) | Err(DatabaseError::DatabaseMissing { .. }) => Ok(Self::InPlace(in_place)),
            Err(error) => Err(error),
        }
    }

    async fn connect_postgresql(
        engine: &Engine,
        container: &ContainerId,
        database: Option<&str>,
    ) -> Result<Self, DatabaseError> {
        let server =
            PostgreSql::in_container(engine, container, PostgreSqlLogin::default()).await?;
        let default = match server.identify().await {
            Ok(identity) => identity.default_database,
            // Lost: the error has the name that the container's variables have.
            Err(DatabaseError::DatabaseMissing { database, .. }) => database,
            Err(error) => return Err(error),
        };
        let database = database.map_or(default, str::to_owned);
        Ok(Self::PostgreSql { server: Box::new(server), database })
    }

    /// The name of the server in records.
    pub(crate) fn engine_name(&self) -> &'static str {
        match self {
            Self::PostgreSql { .. } => "postgresql",
            Self::InPlace(database) => database.engine_name(),
        }
    }

    /// What the database contains now; `None` when it does not exist.
    pub(crate) async fn facts(&self) -> Result<Option<Facts>, DatabaseError> {
        let facts = match self {
            Self::PostgreSql { server, database } => server.facts(database).await,
            Self::InPlace(database) => database.facts().await,
        };
        match facts {
            Ok(facts) => Ok(Some(facts)),
            Err(DatabaseError::DatabaseMissing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Bytes of the database on its server's disk; `None` where that is not known without
    /// counting, or it does not exist.
    pub(crate) async fn bytes(&self) -> Result<Option<u64>, DatabaseError> {
        let Self::PostgreSql { server, database } = self else { return Ok(None) };
        // The identifier does not matter for the one that serves.
        let observed = server.observe(database, &RestoreId::random()).await?;
        Ok(observed.current.map(|current| current.bytes))
    }

    pub(crate) async fn dump(&self) -> Result<Dump, DatabaseError> {
        match self {
            Self::PostgreSql { server, database } => server.dump(database).await,
            Self::InPlace(database) => database.dump().await,
        }
    }

    /// How a verification that was asked for is done.
    pub(crate) fn method(&self, verify: VerifyBackup) -> VerificationMethod {
        match (self, verify) {
            (Self::PostgreSql { .. }, VerifyBackup::Read) => VerificationMethod::Read,
            // Only a server reads the archive of another one to its end.
            (Self::InPlace(_), _) | (_, VerifyBackup::Restore) => VerificationMethod::Restore,
        }
    }

    pub(crate) async fn verify(
        &self,
        method: VerificationMethod,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<(), DatabaseError> {
        match (self, method) {
            (Self::PostgreSql { server, .. }, VerificationMethod::Read) => {
                server.verify_by_reading(archive, manifest).await
            }
            (Self::PostgreSql { server, .. }, VerificationMethod::Restore) => {
                server.verify_by_restore(archive, manifest).await.map(drop)
            }
            (Self::InPlace(database), _) => {
                database.verify_by_restore(archive, manifest).await.map(drop)
            }
        }
    }

    /// Loads an archive under another name, and leaves it there.
    pub(crate) async fn restore_into(
        &self,
        name: &str,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        match self {
            Self::PostgreSql { server, .. } => server.restore_into(name, archive, manifest).await,
            Self::InPlace(database) => database.restore_into(name, archive, manifest).await,
        }
    }
}
