//! MariaDB and MySQL, through the client and `mariadb-dump` in the server's container.

mod copying;
mod counting;
mod dumping;
mod failure;
mod loading;
mod names;
mod parts;
mod replacing;
mod routine_grants;
mod server;
mod sql;

use async_trait::async_trait;
use local_docker::{ContainerId, Engine};

use crate::{
    archive::{ArchiveSource, Dump, Manifest},
    container::Container,
    error::DatabaseError,
    facts::Facts,
    in_place::InPlaceDatabase,
    restore_id::RestoreId,
};
use loading::{create_missing, load, remove};
use names::Beside;
use replacing::Replacement;
use server::MariaDbServer;

/// A database of a MariaDB server (10.5 or newer) or a MySQL server (8.0 or newer) in a
/// container that runs.
#[derive(Debug, Clone)]
pub struct MariaDb {
    server: MariaDbServer,
    database: String,
}

impl MariaDb {
    /// Looks for the container; `database` is the one that the container's variables name
    /// unless it is given. The tools log in as the variables of the official images say, with
    /// the password of `root` where there is one; it does not leave the container.
    ///
    /// # Errors
    /// `ContainerMissing`, `ContainerStopped`, `ToolMissing`, `Unsupported` when no variable
    /// names the database, or when the engine does not answer.
    pub async fn in_container(
        engine: &Engine,
        container: &ContainerId,
        database: Option<&str>,
    ) -> Result<Self, DatabaseError> {
        let server =
            MariaDbServer { container: Container::find(engine, container, Vec::new()).await? };
        let doing = format!("identify the server in container {}", server.container.name());
        let database = match database {
            Some(database) => database.to_owned(),
            None => server.default_database(&doing).await?,
        };
        Ok(Self { server, database })
    }

    fn doing(&self, act: &str) -> String {
        format!("{act} database {}", self.database)
    }

    /// Loads an archive into a database that nobody else has.
    async fn verified(
        &self,
        doing: &str,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        self.remove_abandoned(doing).await?;
        let name = Beside::Verified.name(&self.database, &RestoreId::random())?;
        let loaded = (archive, manifest);
        let loaded = load(&self.server, doing, &name, loaded).await?;
        remove(&self.server, doing, &name).await?;
        Ok(loaded.facts)
    }

    /// Removes what verifications have left that were killed, after hours: a younger one may go on.
    async fn remove_abandoned(&self, doing: &str) -> Result<(), DatabaseError> {
        let query = "SELECT JSON_ARRAY(TABLE_SCHEMA) FROM information_schema.TABLES \
            WHERE TABLE_SCHEMA LIKE '%\\_verify\\_%' GROUP BY TABLE_SCHEMA \
            HAVING MAX(CREATE_TIME) < NOW() - INTERVAL 6 HOUR;\n";
        let names: Vec<(String,)> = self.server.rows(doing, query).await?;
        let is_own = |name: &String| Beside::Verified.is_name(&self.database, name);
        for name in names.into_iter().map(|(name,)| name).filter(is_own) {
            remove(&self.server, doing, &name).await?;
        }
        Ok(())
    }

    /// Databases that restores or verifications have left.
    async fn databases(&self, doing: &str, beside: Beside) -> Result<Vec<String>, DatabaseError> {
        let place = ("SCHEMATA", "SCHEMA_NAME", "CATALOG_NAME");
        let names = self.server.names(doing, place, "def", "TRUE").await?;
        Ok(names.into_iter().filter(|name| beside.is_name(&self.database, name)).collect())
    }
}

#[async_trait(?Send)]
impl InPlaceDatabase for MariaDb {
    fn engine_name(&self) -> &'static str {
        "mariadb"
    }

    async fn identify(&self) -> Result<(), DatabaseError> {
        self.server.schema(&self.doing("look for"), &self.database).await.map(drop)
    }

    async fn facts(&self) -> Result<Facts, DatabaseError> {
        self.server.facts(&self.doing("count the rows of"), &self.database).await
    }

    async fn dump(&self) -> Result<Dump, DatabaseError> {
        dumping::dump(&self.server, &self.database).await
    }

    async fn verify_by_restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        self.verified(&self.doing("verify the backup of"), archive, manifest).await
    }

    async fn restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Option<String>, DatabaseError> {
        let (server, doing, id) = (&self.server, self.doing("restore"), RestoreId::now());
        let restored = Beside::Restored.name(&self.database, &id)?;
        let loaded = load(server, &doing, &restored, (archive, manifest)).await?;
        create_missing(server, &doing, &self.database, manifest).await?;
        let (doing, current, restored, id) = (&*doing, &*self.database, &*restored, &id);
        Replacement { server, doing, current, restored, id }.run(&loaded).await
    }

    async fn restore_into(
        &self,
        name: &str,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        let (server, doing) = (&self.server, self.doing("restore a copy of"));
        copying::require_free(server, &doing, name).await?;
        let loading = Beside::Verified.name(&self.database, &RestoreId::random())?;
        let loaded = load(server, &doing, &loading, (archive, manifest)).await?;
        create_missing(server, &doing, name, manifest).await?;
        let taken = copying::take_tables(server, &doing, &loading, name).await;
        if taken.is_err() {
            // What failed before matters more; it has no table.
            let _ = remove(server, &doing, name).await;
        }
        // What stays is removed by a later verification.
        let _ = remove(server, &doing, &loading).await;
        taken.map(|()| loaded.facts)
    }

    async fn leave_restore(&self) -> Result<(), DatabaseError> {
        let doing = self.doing("clean up after an interrupted restore of");
        for name in self.databases(&doing, Beside::Restored).await? {
            remove(&self.server, &doing, &name).await?;
        }
        Ok(())
    }

    async fn kept(&self) -> Result<Vec<String>, DatabaseError> {
        self.databases(&self.doing("look for copies of"), Beside::Before).await
    }

    async fn drop_kept(&self, name: &str) -> Result<(), DatabaseError> {
        let doing = self.doing("remove the old data of");
        if !Beside::Before.is_name(&self.database, name) {
            let state = format!("{name} is not a database of before a restore");
            return Err(DatabaseError::WrongState { doing, state });
        }
        remove(&self.server, &doing, name).await
    }
}
