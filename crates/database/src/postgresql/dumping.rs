//! Backups: the archive of a database, and what all databases of a server share.

use bytes::Bytes;

use super::{counting::Snapshot, server::Server};
use crate::{
    archive::{DigestHandle, Dump, DumpStream},
    container,
    error::DatabaseError,
};

/// How long a table may be locked by others, such as a migration.
const LOCK_TIMEOUT: &str = "--lock-wait-timeout=60s";

pub(super) async fn dump(server: &Server, database: &str) -> Result<Dump, DatabaseError> {
    let doing = format!("dump database {database}");
    let mut snapshot = Snapshot::open(server, &doing, database).await?;
    let facts = snapshot.facts().await?;
    let of_snapshot = format!("--snapshot={}", snapshot.id);
    let arguments =
        ["pg_dump", "--format=custom", "--compress=0", "--no-password", LOCK_TIMEOUT, &of_snapshot];
    let tool = server.tool(&doing, database, &arguments);
    let (stream, digest) =
        container::dump(&server.container, tool, Some(snapshot.into_session()), Bytes::new())
            .await?;
    Ok(Dump { facts, stream, digest })
}

/// Roles with the hashes of their passwords, and tablespaces, as SQL.
pub(super) async fn dump_globals(
    server: &Server,
) -> Result<(DumpStream, DigestHandle), DatabaseError> {
    let doing = format!("dump the roles of the server in {}", server.container.name());
    let arguments = ["pg_dumpall", "--globals-only", "--no-password"];
    let tool = server.tool(&doing, "", &arguments);
    container::dump(&server.container, tool, None, Bytes::new()).await
}
