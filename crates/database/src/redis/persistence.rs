//! What a server is, how it keeps its data, and its dump.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use super::client::Server;
use crate::{archive::Dump, container, error::DatabaseError, facts::Facts};

/// A Redis server and what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedisIdentity {
    /// The server's version, such as `7.0.15`.
    pub server_version: String,
    /// Whether it keeps append-only files, which it loads instead of an RDB file.
    pub append_only: bool,
    /// Whether its last own snapshot succeeded.
    pub last_save_succeeded: bool,
    /// Changes since its last own snapshot.
    pub unsaved_changes: u64,
    /// Whether it copies from another server.
    pub is_replica: bool,
    /// Bytes of memory that its data takes.
    pub bytes: u64,
    /// Keys of each database that has some.
    pub keys: BTreeMap<String, u64>,
}

pub(super) async fn identify(server: &Server) -> Result<RedisIdentity, DatabaseError> {
    let doing = format!("identify the server in container {}", server.container.name());
    let info = server.info(&doing, "everything").await?;
    Ok(RedisIdentity {
        server_version: info.get("redis_version")?.to_owned(),
        append_only: info.number("aof_enabled")? == 1,
        last_save_succeeded: info.get("rdb_last_bgsave_status")? == "ok",
        unsaved_changes: info.number("rdb_changes_since_last_save")?,
        is_replica: info.get("role")? != "master",
        bytes: info.number("used_memory")?,
        keys: info.keys()?,
    })
}

pub(super) async fn facts(server: &Server) -> Result<Facts, DatabaseError> {
    let identity = identify(server).await?;
    Ok(Facts {
        database: server.container.name().to_owned(),
        server_version: identity.server_version,
        bytes: identity.bytes,
        rows: identity.keys,
        ..Facts::default()
    })
}

pub(super) async fn dump(server: &Server) -> Result<Dump, DatabaseError> {
    let facts = facts(server).await?;
    let doing = format!("dump the server in container {}", server.container.name());
    let tool = server.tool(&doing, &["redis-cli", "--rdb", "-"]);
    let (stream, digest) = container::dump(&server.container, tool, None, Bytes::new()).await?;
    Ok(Dump { facts, stream, digest })
}
