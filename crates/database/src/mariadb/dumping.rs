//! The archive of a database: SQL that makes its tables, then its views, routines and triggers,
//! then its events. It is loaded by hand as a whole.

use bytes::Bytes;

use super::{counting::Properties, server::MariaDbServer};
use crate::{archive::Dump, container, error::DatabaseError, facts::Facts};

/// What a database has besides tables, as SQL.
struct Definitions {
    objects: Vec<u8>,
    events: Vec<u8>,
}

pub(super) async fn dump(server: &MariaDbServer, database: &str) -> Result<Dump, DatabaseError> {
    let doing = format!("dump database {database}");
    let schema = server.schema(&doing, database).await?;
    let views = views(server, &doing, database).await?;
    let Definitions { objects, events } = definitions(server, &doing, database, &views).await?;
    let facts = server.facts(&doing, database).await?;
    let properties = Properties {
        character_set: schema.character_set,
        collation: schema.collation,
        objects: objects.len() as u64,
        events: events.len() as u64,
    };
    let properties = serde_json::to_value(properties).unwrap_or_default();
    let is_versioned = !server.versioned_tables(&doing, database).await?.is_empty();
    let tool = server.tool(&doing, &tables(database, &views, is_versioned));
    let trailer = Bytes::from([objects, events].concat());
    let (stream, digest) = container::dump(&server.container, tool, None, trailer).await?;
    Ok(Dump { facts: Facts { properties, ..facts }, stream, digest })
}

async fn views(
    server: &MariaDbServer,
    doing: &str,
    database: &str,
) -> Result<Vec<String>, DatabaseError> {
    let place = ("VIEWS", "TABLE_NAME", "TABLE_SCHEMA");
    server.names(doing, place, database, "TRUE").await
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
fn tables(database: &str, views: &[String], is_versioned: bool) -> Vec<String> {
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
