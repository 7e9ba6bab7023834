//! What a file of SQLite contains.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::shell::Shell;
use crate::{container::parse, error::DatabaseError, facts::Facts};

/// A virtual table is kept in tables of its own, which are counted; counting it would need its
/// module.
const TABLES: &str = "SELECT json_array(name) FROM sqlite_master WHERE type = 'table' \
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY name;";

const OBJECTS: &str = "SELECT json_array(type, count(*)) FROM sqlite_master \
    WHERE type <> 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' GROUP BY type;";

const FILE: &str = "SELECT json_array(sqlite_version(), page_count * page_size) \
    FROM pragma_page_count, pragma_page_size;";

/// Counts every row of every table of the database that `shell` has opened.
pub(super) async fn facts(
    shell: &mut Shell,
    doing: &str,
    database: &str,
) -> Result<Facts, DatabaseError> {
    let file: Vec<(String, u64)> = rows(shell, doing, FILE).await?;
    let (server_version, bytes) = file.into_iter().next().unwrap_or_default();
    let tables: Vec<(String,)> = rows(shell, doing, TABLES).await?;
    let mut counts = BTreeMap::new();
    for (table,) in tables {
        let count: Vec<(u64,)> = rows(shell, doing, &count_of(&table)).await?;
        counts.extend(count.into_iter().map(|(count,)| (table.clone(), count)));
    }
    let objects = rows(shell, doing, OBJECTS).await?.into_iter().collect();
    let (database, properties) = (database.to_owned(), serde_json::Value::Null);
    Ok(Facts { database, server_version, bytes, rows: counts, objects, properties })
}

fn count_of(table: &str) -> String {
    format!("SELECT json_array(count(*)) FROM \"{}\";", table.replace('"', "\"\""))
}

/// One JSON value on each line of the answer.
pub(super) async fn rows<T: DeserializeOwned>(
    shell: &mut Shell,
    doing: &str,
    question: &str,
) -> Result<Vec<T>, DatabaseError> {
    let lines = shell.ask(question).await?;
    lines.iter().map(|line| parse(doing, line)).collect()
}
