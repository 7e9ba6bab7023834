//! An archive becomes a database beside the one that serves.

use bytes::Bytes;

use super::{
    counting::Properties,
    parts::first_bytes,
    server::MariaDbServer,
    sql::{self, identifier},
};
use crate::{
    archive::{ArchiveSource, Manifest},
    error::DatabaseError,
    facts::Facts,
};

/// A database that an archive was loaded into.
pub(super) struct Loaded {
    /// What it contains.
    pub(super) facts: Facts,
    /// Views, routines and triggers, as SQL.
    pub(super) objects: Bytes,
    /// Events, as SQL.
    pub(super) events: Bytes,
}

/// Loads the tables of an archive into a new database `name`, which stays only when it is complete.
/// What belongs to the database by its name (triggers, views, routines, events) is made where the
/// archive comes from only: elsewhere it could change that, and events would run.
pub(super) async fn load(
    server: &MariaDbServer,
    doing: &str,
    name: &str,
    (archive, manifest): (ArchiveSource, &Manifest),
) -> Result<Loaded, DatabaseError> {
    manifest.require_content(doing)?;
    let properties = properties(doing, manifest)?;
    server.execute(doing, "", &creating("DATABASE", name, &properties)).await?;
    match fill(server, doing, name, (archive, manifest), &properties).await {
        Ok(loaded) => Ok(loaded),
        Err(first) => match remove(server, doing, name).await {
            Ok(()) => Err(first),
            Err(cleanup) => {
                Err(DatabaseError::CleanupFailed { first: first.into(), cleanup: cleanup.into() })
            }
        },
    }
}

/// Makes the database that a backup is of, if it was lost.
pub(super) async fn create_missing(
    server: &MariaDbServer,
    doing: &str,
    name: &str,
    manifest: &Manifest,
) -> Result<(), DatabaseError> {
    let properties = properties(doing, manifest)?;
    let statement = creating("DATABASE IF NOT EXISTS", name, &properties);
    server.execute(doing, "", &statement).await.map(drop)
}

fn creating(what: &str, name: &str, properties: &Properties) -> String {
    sql::creating(what, name, &properties.character_set, &properties.collation)
}

async fn fill(
    server: &MariaDbServer,
    doing: &str,
    name: &str,
    (archive, manifest): (ArchiveSource, &Manifest),
    properties: &Properties,
) -> Result<Loaded, DatabaseError> {
    let following = properties.objects.saturating_add(properties.events);
    let (tables, rest) = first_bytes(archive, manifest.archive.bytes.saturating_sub(following));
    let fed = server.container.feed(&server.client(doing, name), tables).await?;
    let (digest, mut events) = rest.read();
    fed.of_archive(digest).check(doing, manifest)?;
    let objects = events.split_to(usize::try_from(properties.objects).unwrap_or(usize::MAX));
    let facts = server.facts(doing, name).await?;
    require_all(doing, manifest, &facts)?;
    Ok(Loaded { facts, objects, events })
}

/// Rows may have come and gone while the backup was made.
fn require_all(doing: &str, manifest: &Manifest, found: &Facts) -> Result<(), DatabaseError> {
    let mut expected = manifest.facts.clone();
    for kind in ["view", "trigger", "routine"] {
        expected.objects.remove(kind);
    }
    let differences = expected.missing_in(found);
    if differences.is_empty() {
        return Ok(());
    }
    Err(DatabaseError::FactsDiffer { doing: doing.to_owned(), differences })
}

/// Removes a database that a restore has made.
pub(super) async fn remove(
    server: &MariaDbServer,
    doing: &str,
    name: &str,
) -> Result<(), DatabaseError> {
    let removing = format!("DROP DATABASE IF EXISTS {};\n", identifier(name));
    server.execute(&format!("{doing}: remove database {name}"), "", &removing).await.map(drop)
}

fn properties(doing: &str, manifest: &Manifest) -> Result<Properties, DatabaseError> {
    let properties: Properties = serde_json::from_value(manifest.facts.properties.clone())
        .map_err(|error| unreadable(doing, &error.to_string()))?;
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if is_name(&properties.character_set) && is_name(&properties.collation) {
        return Ok(properties);
    }
    Err(unreadable(doing, "the names of its character set and collation are none"))
}

fn unreadable(doing: &str, reason: &str) -> DatabaseError {
    let reason = format!("its manifest has no readable properties of the database: {reason}");
    DatabaseError::NotAnArchive { doing: doing.to_owned(), reason }
}
