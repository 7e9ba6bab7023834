//! Which databases of a restore exist.

use serde::Deserialize;

use super::{
    names::Names,
    server::{Server, parse},
    sql::literal,
    state::{ExistingDatabase, Observation, RestoreAction},
};
use crate::error::DatabaseError;

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
