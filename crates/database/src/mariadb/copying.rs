//! A copy gets its name when it is complete.

use super::{replacing::SESSION, server::MariaDbServer, sql::moving};
use crate::error::DatabaseError;

/// Another database is never written to in the place of a copy.
pub(super) async fn require_free(
    server: &MariaDbServer,
    doing: &str,
    name: &str,
) -> Result<(), DatabaseError> {
    match server.schema(doing, name).await {
        Ok(_) => {
            let state = format!("there is a database {name} already");
            Err(DatabaseError::WrongState { doing: doing.to_owned(), state })
        }
        Err(DatabaseError::DatabaseMissing { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Moves every table of one database into another one, all or none
/// (<https://mariadb.com/kb/en/rename-table/>).
pub(super) async fn take_tables(
    server: &MariaDbServer,
    doing: &str,
    from: &str,
    to: &str,
) -> Result<(), DatabaseError> {
    let tables = server.table_names(doing, from).await?;
    let renames = tables.iter().map(|table| moving(from, to, table));
    let renames = renames.collect::<Vec<_>>().join(", ");
    if renames.is_empty() {
        return Ok(());
    }
    let statements = format!("{SESSION}RENAME TABLE {renames};\n");
    server.execute(doing, "", &statements).await.map(drop)
}
