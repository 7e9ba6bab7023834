//! Redis and servers that speak its protocol and its RDB format, through `redis-cli` and
//! `redis-server` in the server's container.

mod client;
mod in_place;
mod persistence;
mod restoring;
mod scratch;

use local_docker::{ContainerId, Engine};

pub use client::RedisLogin;
pub use persistence::RedisIdentity;

use crate::{
    archive::{ArchiveSource, Dump, Manifest},
    container::Container,
    error::DatabaseError,
    facts::Facts,
};
use client::Server;

/// A Redis server (6.2 or newer) in a container that runs.
#[derive(Debug, Clone)]
pub struct Redis {
    server: Server,
}

impl Redis {
    /// Looks for the container; nothing is run in it yet.
    ///
    /// # Errors
    /// `ContainerMissing`, `ContainerStopped`, or when the engine does not answer.
    pub async fn in_container(
        engine: &Engine,
        container: &ContainerId,
        login: RedisLogin,
    ) -> Result<Self, DatabaseError> {
        let container = Container::find(engine, container, login.secrets()).await?;
        Ok(Self { server: Server { container, login } })
    }

    /// Version, persistence and number of keys.
    ///
    /// # Errors
    /// `LoginRefused`, `PermissionDenied`, `InvalidAnswer`, or when the engine does not answer.
    pub async fn identify(&self) -> Result<RedisIdentity, DatabaseError> {
        persistence::identify(&self.server).await
    }

    /// Begins the dump of one snapshot as an RDB file. Its facts are counted before, so that
    /// under load the snapshot has other numbers: [`Redis::verify_by_restore`] counts exactly.
    ///
    /// # Errors
    /// Those of [`Redis::identify`]; the stream has further ones.
    pub async fn dump(&self) -> Result<Dump, DatabaseError> {
        persistence::dump(&self.server).await
    }

    /// Loads the archive into a server of its own in the same container, on a socket that only
    /// the container has, and removes it. Returns what it contains; keys that have expired
    /// since the dump are not loaded.
    ///
    /// # Errors
    /// `ArchiveEmpty`, `NotAnArchive`, `ArchiveDamaged`, `Source`, `ToolMissing`.
    pub async fn verify_by_restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        restoring::verify(&self.server, archive, manifest).await
    }

    /// Replaces the content by that of the archive, with append-only files or without: the
    /// archive is loaded by a server of its own in the same container, from which this server
    /// copies everything as a replica. It answers with the old content while the copy is
    /// transferred, refuses writes from then on, and answers nothing while it loads the copy.
    /// The old content is lost: dump it first. Returns what was restored.
    ///
    /// When this is interrupted, the server stays a replica of a server that is gone, with the
    /// old content or the new: [`RedisIdentity::is_replica`], and [`Redis::leave_restore`].
    ///
    /// # Errors
    /// Those of [`Redis::verify_by_restore`], before anything is changed; `Unsupported` for a
    /// replica, a cluster, and a server with a password for its own primary.
    pub async fn restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        restoring::restore(&self.server, archive, manifest).await
    }

    /// Ends an interrupted restore: the server keeps what it has, and accepts writes again.
    ///
    /// # Errors
    /// `WrongState` when it is no replica of a server in its own container.
    pub async fn leave_restore(&self) -> Result<(), DatabaseError> {
        restoring::leave(&self.server).await
    }

    /// Removes all keys, which is the way back for a cache.
    ///
    /// # Errors
    /// `LoginRefused`, `PermissionDenied`, or when the engine does not answer.
    pub async fn flush(&self) -> Result<(), DatabaseError> {
        self.server.command("remove all keys", &["FLUSHALL"]).await.map(drop)
    }
}
