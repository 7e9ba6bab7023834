//! PostgreSQL, through `psql`, `pg_dump` and `pg_restore` in the server's container.

mod copying;
mod counting;
mod dumping;
mod failure;
mod header;
mod identity;
mod login;
mod names;
mod observing;
mod properties;
mod restoring;
mod server;
mod sql;
mod state;
mod swapping;

use std::sync::{Arc, OnceLock};

use local_docker::{ContainerId, Engine};

pub use identity::{DatabaseSummary, ServerIdentity};
pub use login::PostgreSqlLogin;
pub use state::{ExistingDatabase, Observation, RestoreAction, RestoreState};

use crate::{
    archive::{ArchiveSource, DigestHandle, Dump, DumpStream, Manifest},
    container::Container,
    error::DatabaseError,
    facts::Facts,
    restore_id::RestoreId,
};
use names::Names;
use server::Server;

/// A PostgreSQL server (13 or newer) in a container that runs.
#[derive(Debug, Clone)]
pub struct PostgreSql {
    server: Server,
    /// Set once the server and its tools were found to suit each other.
    is_identified: Arc<OnceLock<()>>,
}

impl PostgreSql {
    /// Looks for the container; nothing is run in it yet.
    ///
    /// # Errors
    /// `ContainerMissing`, `ContainerStopped`, or when the engine does not answer.
    pub async fn in_container(
        engine: &Engine,
        container: &ContainerId,
        login: PostgreSqlLogin,
    ) -> Result<Self, DatabaseError> {
        let container = Container::find(engine, container, login.secrets()).await?;
        Ok(Self { server: Server { container, login }, is_identified: Arc::default() })
    }

    /// Versions and databases of the server.
    ///
    /// # Errors
    /// `ClientOlder` when its tools cannot dump it; those of a login.
    pub async fn identify(&self) -> Result<ServerIdentity, DatabaseError> {
        let identity = identity::identify(&self.server).await?;
        let _ = self.is_identified.set(());
        Ok(identity)
    }

    /// Counts what a database contains now.
    ///
    /// # Errors
    /// `DatabaseMissing`, `PermissionDenied` when the user may not read every row, and those
    /// of a login.
    pub async fn facts(&self, database: &str) -> Result<Facts, DatabaseError> {
        let doing = format!("count the rows of database {database}");
        counting::facts(&self.server, &doing, database).await
    }

    /// Begins the dump of one snapshot, whose rows are counted. The archive is in `pg_dump`'s
    /// custom format, not compressed.
    ///
    /// # Errors
    /// `ClientOlder`, and those of [`PostgreSql::facts`]. The stream has further ones:
    /// `PermissionDenied`, `Locked`, `ServerGone`, `Incomplete`, `Engine`.
    pub async fn dump(&self, database: &str) -> Result<Dump, DatabaseError> {
        if self.is_identified.get().is_none() {
            self.identify().await?;
        }
        dumping::dump(&self.server, database).await
    }

    /// Begins the dump of what all databases share: roles, with the hashes of their passwords,
    /// and tablespaces, as SQL. Store it encrypted.
    ///
    /// # Errors
    /// When the engine does not answer. The stream has further ones: `PermissionDenied` for
    /// users other than a superuser.
    pub async fn dump_globals(&self) -> Result<(DumpStream, DigestHandle), DatabaseError> {
        dumping::dump_globals(&self.server).await
    }

    /// Reads the whole archive with the server's `pg_restore` and compares its hash. Nothing is
    /// written.
    ///
    /// # Errors
    /// `ArchiveEmpty`, `NotAnArchive`, `OtherDatabase`, `ArchiveTruncated`, `ArchiveDamaged`,
    /// `ArchiveTooNew`, `Source`.
    pub async fn verify_by_reading(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<(), DatabaseError> {
        restoring::verify_by_reading(&self.server, archive, manifest).await
    }

    /// Restores the archive into a database of its own, compares it with the manifest, and
    /// removes it, also after a failure. Returns what was restored.
    ///
    /// # Errors
    /// Those of [`PostgreSql::verify_by_reading`]; `FactsDiffer`, `DiskFull`,
    /// `PermissionDenied`, `CleanupFailed`.
    pub async fn verify_by_restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        restoring::verify_by_restore(&self.server, archive, manifest).await
    }

    /// Restores the archive as `NAME_tidegate_ID` while the current database serves, with the
    /// owner, encoding, settings and privileges of the current one, and compares it with the
    /// manifest. After a failure it is removed.
    ///
    /// # Errors
    /// `WrongState`, `NameTooLong`, and those of [`PostgreSql::verify_by_restore`].
    pub async fn restore_beside(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
        id: &RestoreId,
    ) -> Result<Facts, DatabaseError> {
        restoring::restore_beside(&self.server, archive, manifest, id).await
    }

    /// Restores the archive as a database of this name, which must not exist, and leaves it
    /// there. After a failure it is removed.
    ///
    /// # Errors
    /// `WrongState`, `NameTooLong`, and those of [`PostgreSql::verify_by_restore`].
    pub async fn restore_into(
        &self,
        name: &str,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        copying::restore_copy(&self.server, name, archive, manifest).await
    }

    /// The restores of a database that have left another one: those that were interrupted, and
    /// those whose old database is kept.
    ///
    /// # Errors
    /// Those of a login.
    pub async fn restores(&self, database: &str) -> Result<Vec<RestoreId>, DatabaseError> {
        observing::restores(&self.server, database).await
    }

    /// Which databases of a restore exist. What that means is [`Observation::state`].
    ///
    /// # Errors
    /// `NameTooLong`, and those of a login.
    pub async fn observe(
        &self,
        database: &str,
        id: &RestoreId,
    ) -> Result<Observation, DatabaseError> {
        observing::observe(&self.server, &Names::new(database, id)?).await
    }

    /// Ends all sessions and gives the restored database the name, in one transaction; the old
    /// one becomes `NAME_before_ID` and accepts no connections. New connections to the server
    /// wait meanwhile. Only a superuser may do this.
    ///
    /// # Errors
    /// `WrongState`, `Unsupported` for a database with prepared transactions or replication
    /// slots, `PermissionDenied`, `Locked`.
    pub async fn swap(&self, database: &str, id: &RestoreId) -> Result<(), DatabaseError> {
        swapping::swap(&self.server, &Names::new(database, id)?).await
    }

    /// Gives the old database its name back, in one transaction. What was written since the
    /// swap stays in `NAME_tidegate_ID`.
    ///
    /// # Errors
    /// Those of [`PostgreSql::swap`].
    pub async fn undo(&self, database: &str, id: &RestoreId) -> Result<(), DatabaseError> {
        swapping::undo(&self.server, &Names::new(database, id)?).await
    }

    /// Lets the current database accept connections again, after somebody closed it.
    ///
    /// # Errors
    /// `WrongState`, `PermissionDenied`.
    pub async fn reopen(&self, database: &str, id: &RestoreId) -> Result<(), DatabaseError> {
        swapping::reopen(&self.server, &Names::new(database, id)?).await
    }

    /// Removes the old database for good, once the restored one serves.
    ///
    /// # Errors
    /// `WrongState`, `PermissionDenied`.
    pub async fn drop_kept(&self, database: &str, id: &RestoreId) -> Result<(), DatabaseError> {
        swapping::drop_kept(&self.server, &Names::new(database, id)?).await
    }

    /// Removes the restored database, while the current one serves.
    ///
    /// # Errors
    /// `WrongState`, `PermissionDenied`.
    pub async fn discard(&self, database: &str, id: &RestoreId) -> Result<(), DatabaseError> {
        swapping::discard(&self.server, &Names::new(database, id)?).await
    }
}
