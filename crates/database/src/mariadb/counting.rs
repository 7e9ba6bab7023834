//! What a database contains.

use serde::{Deserialize, Serialize};

use super::{
    server::MariaDbServer,
    sql::{literal, qualified},
};
use crate::{error::DatabaseError, facts::Facts};

/// What a database has that is no row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Schema {
    pub(super) version: String,
    pub(super) character_set: String,
    pub(super) collation: String,
    bytes: u64,
}

/// A table or a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Table {
    name: String,
    /// As `information_schema` calls it.
    kind: String,
}

impl Table {
    /// Whether its earlier rows are kept (`WITH SYSTEM VERSIONING`).
    pub(super) fn is_versioned(&self) -> bool {
        self.kind == "SYSTEM VERSIONED"
    }
}

/// A table of `information_schema`, its column with names, and that with the database.
pub(super) type Place = (&'static str, &'static str, &'static str);

pub(super) const VIEWS: Place = ("VIEWS", "TABLE_NAME", "TABLE_SCHEMA");

/// Where functions and procedures are listed.
pub(super) const ROUTINES: Place = ("ROUTINES", "ROUTINE_NAME", "ROUTINE_SCHEMA");

/// What the manifest of a backup has besides counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Properties {
    pub(super) character_set: String,
    pub(super) collation: String,
    /// Bytes of the views, routines and triggers, which the archive has after its tables.
    pub(super) objects: u64,
    /// Bytes of the events, which it has last.
    pub(super) events: u64,
}

impl MariaDbServer {
    /// The database itself.
    pub(super) async fn schema(
        &self,
        doing: &str,
        database: &str,
    ) -> Result<Schema, DatabaseError> {
        let name = literal(database);
        let query = format!(
            "SELECT JSON_OBJECT('version', VERSION(), 'character_set', DEFAULT_CHARACTER_SET_NAME, \
             'collation', DEFAULT_COLLATION_NAME, 'bytes', (SELECT COALESCE(SUM(DATA_LENGTH + \
             INDEX_LENGTH), 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = {name})) \
             FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {name};\n"
        );
        let found = self.rows(doing, &query).await?.into_iter().next();
        found.ok_or_else(|| DatabaseError::DatabaseMissing {
            doing: doing.to_owned(),
            database: database.to_owned(),
        })
    }

    /// Its tables and sequences.
    pub(super) async fn tables(
        &self,
        doing: &str,
        database: &str,
    ) -> Result<Vec<Table>, DatabaseError> {
        let query = format!(
            "SELECT JSON_OBJECT('name', TABLE_NAME, 'kind', TABLE_TYPE) FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = {} AND TABLE_TYPE NOT IN ('VIEW', 'SYSTEM VIEW') \
             ORDER BY TABLE_NAME;\n",
            literal(database)
        );
        self.rows(doing, &query).await
    }

    /// The names of its tables and sequences.
    pub(super) async fn table_names(
        &self,
        doing: &str,
        database: &str,
    ) -> Result<Vec<String>, DatabaseError> {
        Ok(self.tables(doing, database).await?.into_iter().map(|table| table.name).collect())
    }

    /// The names that a table of `information_schema` has for a database.
    pub(super) async fn names(
        &self,
        doing: &str,
        (table, column, schema): Place,
        database: &str,
        condition: &str,
    ) -> Result<Vec<String>, DatabaseError> {
        let query = format!(
            "SELECT JSON_ARRAY({column}) FROM information_schema.{table} \
             WHERE {schema} = {} AND {condition} ORDER BY {column};\n",
            literal(database)
        );
        let rows: Vec<(String,)> = self.rows(doing, &query).await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// Counts every row of every table, in one snapshot.
    pub(super) async fn facts(&self, doing: &str, database: &str) -> Result<Facts, DatabaseError> {
        let schema = self.schema(doing, database).await?;
        let tables = self.tables(doing, database).await?;
        self.count(doing, database, &schema, &tables).await
    }

    /// The same for what was looked up already.
    pub(super) async fn count(
        &self,
        doing: &str,
        database: &str,
        schema: &Schema,
        tables: &[Table],
    ) -> Result<Facts, DatabaseError> {
        let mut queries = "START TRANSACTION WITH CONSISTENT SNAPSHOT;\n".to_owned();
        for table in tables {
            let (name, from) = (literal(&table.name), qualified(database, &table.name));
            let of_all_time = if table.is_versioned() { " FOR SYSTEM_TIME ALL" } else { "" };
            queries += &format!("SELECT JSON_ARRAY({name}, COUNT(*)) FROM {from}{of_all_time};\n");
        }
        let rows: Vec<(String, u64)> = self.rows(doing, &queries).await?;
        let objects: Vec<(String, u64)> = self.rows(doing, &objects_query(database)).await?;
        Ok(Facts {
            database: database.to_owned(),
            server_version: schema.version.clone(),
            bytes: schema.bytes,
            rows: rows.into_iter().collect(),
            objects: objects.into_iter().collect(),
            ..Facts::default()
        })
    }
}

/// Events come and go by themselves.
fn objects_query(database: &str) -> String {
    let name = literal(database);
    let kinds = [
        ("view", "COUNT(*)", "VIEWS WHERE TABLE_SCHEMA"),
        ("trigger", "COUNT(*)", "TRIGGERS WHERE TRIGGER_SCHEMA"),
        ("routine", "COUNT(*)", "ROUTINES WHERE ROUTINE_SCHEMA"),
        ("constraint", "COUNT(*)", "TABLE_CONSTRAINTS WHERE CONSTRAINT_SCHEMA"),
        ("index", "COUNT(DISTINCT TABLE_NAME, INDEX_NAME)", "STATISTICS WHERE TABLE_SCHEMA"),
    ];
    let query = kinds.map(|(kind, count, from)| {
        format!(
            "SELECT JSON_ARRAY('{kind}', {count}) FROM information_schema.{from} = {name} \
             HAVING {count} > 0;\n"
        )
    });
    query.concat()
}
