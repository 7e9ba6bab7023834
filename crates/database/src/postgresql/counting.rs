//! The facts of a database, in one snapshot.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    properties::{Properties, question},
    server::{MARK, Server},
    sql::literal,
};
use crate::{
    container::{Session, parse},
    error::DatabaseError,
    facts::Facts,
};

/// A transaction that sees one state of the database, as long as it is open.
pub(super) struct Snapshot {
    session: Session,
    doing: String,
    database: String,
    server_version: String,
    bytes: u64,
    /// What `pg_dump --snapshot` takes.
    pub(super) id: String,
}

#[derive(Deserialize)]
struct Opened {
    id: String,
    database: String,
    version: String,
    bytes: u64,
}

/// Rows that the user may not see are an error, not fewer rows.
const OPEN: &str = "SET row_security = off;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = 0;
SELECT json_build_object('id', pg_export_snapshot(), 'database', current_database(),
    'version', split_part(current_setting('server_version'), ' ', 1),
    'bytes', pg_database_size(current_database()));\n";

/// Members of extensions are created by their extension, not by the archive.
const OWN_TABLES: &str = "SELECT c.oid, c.relkind, n.nspname, c.relname FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
        AND d.objid = c.oid AND d.deptype = 'e')";

const OBJECTS: &str = "
own_schemas AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_'
    AND nspname <> 'information_schema'),
members AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
counts (kind, number) AS (
    SELECT CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
        WHEN 'S' THEN 'sequence' WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table' END,
        count(*) FROM own WHERE relkind IN ('v', 'm', 'S', 'p', 'f') GROUP BY 1
    UNION ALL SELECT 'index', count(*) FROM pg_index WHERE indisvalid
        AND indrelid IN (SELECT oid FROM own)
    UNION ALL SELECT 'trigger', count(*) FROM pg_trigger WHERE NOT tgisinternal
        AND tgrelid IN (SELECT oid FROM own)
    UNION ALL SELECT 'constraint', count(*) FROM pg_constraint WHERE contype <> 'n'
        AND conrelid IN (SELECT oid FROM own)
    UNION ALL SELECT 'policy', count(*) FROM pg_policy WHERE polrelid IN (SELECT oid FROM own)
    UNION ALL SELECT 'function', count(*) FROM pg_proc WHERE pronamespace IN (SELECT oid FROM own_schemas)
        AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid)
    UNION ALL SELECT 'type', count(*) FROM pg_type WHERE typtype IN ('e', 'd', 'r')
        AND typnamespace IN (SELECT oid FROM own_schemas)
        AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_type'::regclass AND objid = pg_type.oid)
    UNION ALL SELECT 'large object', count(*) FROM pg_largeobject_metadata
    UNION ALL SELECT 'extension ' || extname, 1 FROM pg_extension)
SELECT json_build_array(kind, number) FROM counts WHERE number > 0;\n";

impl Snapshot {
    pub(super) async fn open(
        server: &Server,
        doing: &str,
        database: &str,
    ) -> Result<Self, DatabaseError> {
        let mut session = Session::start(&server.container, server.psql(doing, database)).await?;
        let answer = session.ask(&format!("{OPEN}\\echo {MARK}\n"), MARK).await?;
        let opened: Opened = parse(doing, &answer.concat())?;
        Ok(Self {
            session,
            doing: doing.to_owned(),
            database: opened.database,
            server_version: opened.version,
            bytes: opened.bytes,
            id: opened.id,
        })
    }

    /// Counts every row of every table.
    pub(super) async fn facts(&mut self) -> Result<Facts, DatabaseError> {
        let tables = format!(
            "SELECT json_build_array(format('%I.%I', nspname, relname)) FROM ({OWN_TABLES}) AS own \
             WHERE relkind = 'r' ORDER BY 1::text;\n"
        );
        let tables: Vec<(String,)> = self.rows(&tables).await?;
        let counts: String = tables.iter().map(|(table,)| count_of(table)).collect();
        let rows: BTreeMap<String, u64> = self.rows(&counts).await?.into_iter().collect();
        let objects = format!("WITH own AS ({OWN_TABLES}),{OBJECTS}");
        let objects = self.rows(&objects).await?.into_iter().collect();
        let own = self.properties().await?;
        Ok(Facts {
            database: self.database.clone(),
            server_version: self.server_version.clone(),
            bytes: self.bytes,
            rows,
            objects,
            properties: own.to_json(),
        })
    }

    /// Lists in JSON have lines of their own.
    async fn properties(&mut self) -> Result<Properties, DatabaseError> {
        let question = question(&self.database);
        let question = format!(
            "SELECT coalesce(json_agg(row), '[]') FROM ({question}) AS row;\n\\echo {MARK}\n"
        );
        let answer = self.session.ask(&question, MARK).await?.join("\n");
        let rows: Vec<Properties> = parse(&self.doing, &answer)?;
        rows.into_iter().next().ok_or_else(|| self.missing())
    }

    /// One JSON value on each line of the answer.
    async fn rows<T: DeserializeOwned>(&mut self, question: &str) -> Result<Vec<T>, DatabaseError> {
        let lines = self.session.ask(&format!("{question}\\echo {MARK}\n"), MARK).await?;
        lines.iter().map(|line| parse(&self.doing, line)).collect()
    }

    fn missing(&self) -> DatabaseError {
        let (doing, database) = (self.doing.clone(), self.database.clone());
        DatabaseError::DatabaseMissing { doing, database }
    }

    /// Keeps the transaction open.
    pub(super) fn into_session(self) -> Session {
        self.session
    }
}

/// Without the rows of tables that inherit from it, which are counted by themselves.
fn count_of(table: &str) -> String {
    format!("SELECT json_build_array({}, count(*)) FROM ONLY {table};\n", literal(table))
}

/// The facts of a database as it is now.
pub(super) async fn facts(
    server: &Server,
    doing: &str,
    database: &str,
) -> Result<Facts, DatabaseError> {
    Snapshot::open(server, doing, database).await?.facts().await
}
