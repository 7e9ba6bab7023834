//! An archive becomes a database that stays beside the current one.

use super::{
    names::{LONGEST, Names},
    properties::properties,
    restoring::{cleaned, expected_properties, restore_into},
    server::Server,
    sql::rename,
};
use crate::{
    archive::{ArchiveSource, Manifest},
    error::DatabaseError,
    facts::Facts,
    restore_id::RestoreId,
};

/// Restores under a name that nobody else can have, which the copy changes last: another
/// database is never removed in its place.
pub(super) async fn restore_copy(
    server: &Server,
    copy: &str,
    archive: ArchiveSource,
    manifest: &Manifest,
) -> Result<Facts, DatabaseError> {
    let doing = format!("restore a copy of database {}", manifest.facts.database);
    require_free(server, &doing, copy).await?;
    let name = Names::new(&manifest.facts.database, &RestoreId::random())?.verify;
    let expected = expected_properties(server, &doing, manifest).await?;
    let restoring = async {
        let facts = restore_into(server, &doing, archive, manifest, &expected, &name).await?;
        server.execute(&doing, &name, "ANALYZE;\n").await?;
        server.administer(&doing, &name, &expected.finishing_statements(&name)).await?;
        server.administer(&doing, &name, &rename(&name, copy)).await?;
        Ok(facts)
    };
    let restored = restoring.await;
    cleaned(server, &doing, &name, restored, false).await
}

async fn require_free(server: &Server, doing: &str, name: &str) -> Result<(), DatabaseError> {
    if name.len() > LONGEST {
        return Err(DatabaseError::NameTooLong { name: name.to_owned(), limit: LONGEST });
    }
    if properties(server, name).await?.is_none() {
        return Ok(());
    }
    let state = format!("there is a database {name} already");
    Err(DatabaseError::WrongState { doing: doing.to_owned(), state })
}
