//! What every kind of database does in its own way.

use backup_store::VerificationMethod;
use configuration::{DatabaseKind, VerifyBackup};
use database::{
    ArchiveSource, DatabaseError, Dump, Manifest, PostgreSql, PostgreSqlLogin, Redis, RedisLogin,
};
use local_docker::{ContainerId, Engine};

/// A database in its server.
#[derive(Debug, Clone)]
pub(crate) enum Adapter {
    PostgreSql { server: PostgreSql, database: String },
    Redis(Redis),
}

impl Adapter {
    /// Finds the server in its container and logs in.
    pub(crate) async fn connect(
        engine: &Engine,
        container: &ContainerId,
        kind: DatabaseKind,
        database: Option<&str>,
    ) -> Result<Self, DatabaseError> {
        match kind {
            DatabaseKind::Postgresql => {
                let login = PostgreSqlLogin::default();
                let server = PostgreSql::in_container(engine, container, login).await?;
                let default = match server.identify().await {
                    Ok(identity) => identity.default_database,
                    // Lost: the error has the name that the container's variables have.
                    Err(DatabaseError::DatabaseMissing { database, .. }) => database,
                    Err(error) => return Err(error),
                };
                let database = database.map_or(default, str::to_owned);
                Ok(Self::PostgreSql { server, database })
            }
            DatabaseKind::Redis => {
                let login = RedisLogin::default();
                let server = Redis::in_container(engine, container, login).await?;
                server.identify().await?;
                Ok(Self::Redis(server))
            }
        }
    }

    /// The name of the engine in records.
    pub(crate) fn engine_name(&self) -> &'static str {
        match self {
            Self::PostgreSql { .. } => "postgresql",
            Self::Redis(_) => "redis",
        }
    }

    pub(crate) async fn dump(&self) -> Result<Dump, DatabaseError> {
        match self {
            Self::PostgreSql { server, database } => server.dump(database).await,
            Self::Redis(server) => server.dump().await,
        }
    }

    /// How a verification that was asked for is done.
    pub(crate) fn method(&self, verify: VerifyBackup) -> VerificationMethod {
        match (self, verify) {
            // Only a server reads the file of another one to its end.
            (Self::Redis(_), _) | (_, VerifyBackup::Restore) => VerificationMethod::Restore,
            (Self::PostgreSql { .. }, VerifyBackup::Read) => VerificationMethod::Read,
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
            (Self::Redis(server), _) => server.verify_by_restore(archive, manifest).await.map(drop),
        }
    }
}
