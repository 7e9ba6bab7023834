//! The archive of a database: SQL that makes its tables, then its views, routines and triggers,
//! then its events. It is loaded by hand as a whole.

use bytes::Bytes;

use super::{
    counting::{Properties, Table, VIEWS},
    server::MariaDbServer,
};
use crate::{archive::Dump, container, error::DatabaseError, facts::Facts};

/// What a database has besides tables, as SQL.
struct Definitions {
    objects: Vec<u8>,
    events: Vec<u8>,
}

pub(super) async fn dump(server: &MariaDbServer, database: &str) -> Result<Dump, DatabaseError> {
    let doing = format!("dump database {database}");
    let schema = server.schema(&doing, database).await?;
    let views = server.names(&doing, VIEWS, database, "TRUE").await?;
    let Definitions { objects, events } = definitions(server, &doing, database, &views).await?;
    let tables = server.tables(&doing, database).await?;
    let facts = server.count(&doing, database, &schema, &tables).await?;
    let properties = Properties {
        character_set: schema.character_set,
        collation: schema.collation,
        objects: objects.len() as u64,
        events: events.len() as u64,
    };
    let properties = serde_json::to_value(properties).unwrap_or_default();
    let is_versioned = tables.iter().any(Table::is_versioned);
    let tool = server.tool(&doing, &tables_dump(database, &views, is_versioned));
    let trailer = Bytes::from([objects, events].concat());
    let (stream, digest) = container::dump(&server.container, tool, None, trailer).await?;
    Ok(Dump { facts: Facts { properties, ..facts }, stream, digest })
}

/// Routines come first, because views use them.
async fn definitions(
    server: &MariaDbServer,
    doing: &str,
    database: &str,
    views: &[String],
) -> Result<Definitions, DatabaseError> {
    let routines = ["--no-create-info", "--routines", "--triggers", database];
    let mut objects = server.definitions(doing, &routines).await?;
    if !views.is_empty() {
        let views = views.iter().map(String::as_str);
        let arguments = ["--skip-triggers", database].into_iter().chain(views);
        objects.extend(server.definitions(doing, &arguments.collect::<Vec<_>>()).await?);
    }
    let events = ["--no-create-info", "--skip-triggers", "--events", database];
    let events = server.definitions(doing, &events).await?;
    Ok(Definitions { objects, events })
}

/// One transaction reads all tables, row by row; of versioned ones also what rows were.
fn tables_dump(database: &str, views: &[String], is_versioned: bool) -> Vec<String> {
    let options = [
        "mariadb-dump",
        "--default-character-set=utf8mb4",
        "--single-transaction",
        "--quick",
        "--hex-blob",
        "--no-tablespaces",
        "--skip-triggers",
    ];
    let ignored = views.iter().map(|view| format!("--ignore-table={database}.{view}"));
    let mut arguments: Vec<String> = options.into_iter().map(str::to_owned).collect();
    arguments.extend(ignored);
    arguments.extend(is_versioned.then(|| "--dump-history".to_owned()));
    arguments.push(database.to_owned());
    arguments
}
