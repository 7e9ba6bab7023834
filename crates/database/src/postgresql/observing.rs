//! Which databases of a restore exist.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{
    names::Names,
    server::Server,
    sql::literal,
    state::{ExistingDatabase, Observation, RestoreAction},
};
use crate::{container::parse, error::DatabaseError, restore_id::RestoreId};

#[derive(Deserialize)]
struct Row {
    name: String,
    is_open: bool,
    comment: Option<String>,
    bytes: u64,
}

pub(super) async fn observe(server: &Server, names: &Names) -> Result<Observation, DatabaseError> {
    let doing = format!("observe the restore of database {}", names.current);
    let list: Vec<String> =
        [&names.current, &names.beside, &names.before].map(|name| literal(name)).into();
    let query = format!(
        "SELECT coalesce(json_agg(json_build_object('name', datname, 'is_open', datallowconn,
            'comment', shobj_description(oid, 'pg_database'), 'bytes', pg_database_size(oid))), '[]')
        FROM pg_database WHERE datname IN ({});\n",
        list.join(", ")
    );
    let rows: Vec<Row> = parse(&doing, &server.administer(&doing, &names.current, &query).await?)?;
    let existing = |name: &str| {
        let row = rows.iter().find(|row| row.name == name)?;
        let is_compared = row.comment.as_ref() == Some(&names.mark);
        Some(ExistingDatabase { is_open: row.is_open, is_compared, bytes: row.bytes })
    };
    Ok(Observation {
        current: existing(&names.current),
        beside: existing(&names.beside),
        before: existing(&names.before),
    })
}

/// The restores of which a database is left, by their identifiers.
pub(super) async fn restores(
    server: &Server,
    database: &str,
) -> Result<Vec<RestoreId>, DatabaseError> {
    let doing = format!("look for restores of database {database}");
    let query = "SELECT coalesce(json_agg(datname), '[]') FROM pg_database;\n";
    let existing: Vec<String> = parse(&doing, &server.administer(&doing, database, query).await?)?;
    let ids: BTreeSet<RestoreId> =
        existing.iter().filter_map(|name| Names::restore_of(database, name)).collect();
    Ok(ids.into_iter().collect())
}

/// # Errors
/// `WrongState` when the databases do not allow it.
pub(super) async fn require(
    server: &Server,
    doing: &str,
    names: &Names,
    action: RestoreAction,
) -> Result<Observation, DatabaseError> {
    let observed = observe(server, names).await?;
    if observed.allowed().contains(&action) {
        return Ok(observed);
    }
    let state = observed.state().to_string();
    Err(DatabaseError::WrongState { doing: doing.to_owned(), state })
}
