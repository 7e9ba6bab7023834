//! The tables of a restored database take the place of those that serve.

use bytes::Bytes;

use super::{
    loading::{Loaded, remove, run},
    names::Beside,
    server::MariaDbServer,
    sql::{identifier, qualified},
};
use crate::{error::DatabaseError, in_place::half_replaced, restore_id::RestoreId};

/// How long transactions of the application are waited for, in seconds.
const LOCK_TIMEOUT: u32 = 10;

/// Databases that change their content.
pub(super) struct Replacement<'a> {
    pub(super) server: &'a MariaDbServer,
    pub(super) doing: &'a str,
    /// The one that serves.
    pub(super) current: &'a str,
    /// The one with the restored tables.
    pub(super) restored: &'a str,
    pub(super) id: &'a RestoreId,
}

impl Replacement<'_> {
    /// Replaces everything; the old tables stay in a database of their own, whose name is
    /// returned if there were any. Views, routines and events cannot change their database, so
    /// they are made again; triggers are removed before, because a table that has one cannot be
    /// renamed.
    pub(super) async fn run(&self, loaded: &Loaded) -> Result<Option<String>, DatabaseError> {
        let Self { server, doing, current, restored, id } = self;
        let before = Beside::Before.name(current, id)?;
        let old = server.tables(doing, current).await?;
        let triggers = server.dumped(doing, &[&TRIGGERS[..], &[current]].concat()).await?;
        let renaming = self.removing(&TRIGGER).await? + &self.renaming(&old, &before).await?;
        let objects = self.removing(&OBJECTS).await?;
        server.execute(doing, "", &self.creating(&before).await?).await?;
        if let Err(error) = server.execute(doing, "", &renaming).await {
            return Err(self.put_back(error, &before, triggers).await);
        }
        half_replaced(self.replace_objects(&objects, loaded).await)?;
        // What stays is removed by the next restore.
        let _ = remove(server, doing, restored).await;
        if old.is_empty() {
            let _ = remove(server, doing, &before).await;
        }
        Ok((!old.is_empty()).then_some(before))
    }

    /// Makes the triggers again when no table was renamed.
    async fn put_back(
        &self,
        error: DatabaseError,
        before: &str,
        triggers: String,
    ) -> DatabaseError {
        let Self { server, doing, current, .. } = self;
        let putting_back = async {
            if !server.tables(doing, before).await?.is_empty() {
                return Ok(false);
            }
            run(server, doing, current, &Bytes::from(triggers)).await?;
            remove(server, doing, before).await?;
            Ok::<bool, DatabaseError>(true)
        };
        match putting_back.await {
            Ok(true) => error,
            Ok(false) | Err(_) => DatabaseError::HalfReplaced { source: error.into() },
        }
    }

    /// A database like the one that serves.
    async fn creating(&self, name: &str) -> Result<String, DatabaseError> {
        let schema = self.server.schema(self.doing, self.current).await?;
        let (name, set) = (identifier(name), schema.character_set);
        Ok(format!("CREATE DATABASE {name} CHARACTER SET {set} COLLATE {};\n", schema.collation))
    }

    async fn replace_objects(&self, removing: &str, loaded: &Loaded) -> Result<(), DatabaseError> {
        let Self { server, doing, current, .. } = self;
        server.execute(doing, "", removing).await?;
        run(server, doing, current, &loaded.objects).await?;
        run(server, doing, current, &loaded.events).await
    }

    /// One statement, which other sessions see as a whole
    /// (<https://mariadb.com/kb/en/rename-table/>).
    async fn renaming(&self, old: &[String], before: &str) -> Result<String, DatabaseError> {
        let Self { server, doing, current, restored, .. } = self;
        let rename = |from: &str, to: &str, table: &String| {
            format!("{} TO {}", qualified(from, table), qualified(to, table))
        };
        let new = server.tables(doing, restored).await?;
        let mut renames: Vec<String> =
            old.iter().map(|table| rename(current, before, table)).collect();
        renames.extend(new.iter().map(|table| rename(restored, current, table)));
        Ok(match renames.is_empty() {
            true => String::new(),
            false => format!("RENAME TABLE {};\n", renames.join(", ")),
        })
    }

    /// Statements that remove everything of these kinds.
    async fn removing(&self, kinds: &[Kind]) -> Result<String, DatabaseError> {
        let Self { server, doing, current, .. } = self;
        let mut statements = format!(
            "SET SESSION foreign_key_checks = 0;\nSET SESSION lock_wait_timeout = {LOCK_TIMEOUT};\n"
        );
        for (kind, place, condition) in kinds {
            for name in server.names(doing, *place, current, condition).await? {
                statements += &format!("DROP {kind} {};\n", qualified(current, &name));
            }
        }
        Ok(statements)
    }
}

/// What `DROP` takes, where the names are, and which of those.
type Kind = (&'static str, (&'static str, &'static str, &'static str), &'static str);

const TRIGGER: [Kind; 1] = [("TRIGGER", ("TRIGGERS", "TRIGGER_NAME", "TRIGGER_SCHEMA"), "TRUE")];

const ROUTINES: (&str, &str, &str) = ("ROUTINES", "ROUTINE_NAME", "ROUTINE_SCHEMA");

const OBJECTS: [Kind; 4] = [
    ("EVENT", ("EVENTS", "EVENT_NAME", "EVENT_SCHEMA"), "TRUE"),
    ("VIEW", ("VIEWS", "TABLE_NAME", "TABLE_SCHEMA"), "TRUE"),
    ("PROCEDURE", ROUTINES, "ROUTINE_TYPE = 'PROCEDURE'"),
    ("FUNCTION", ROUTINES, "ROUTINE_TYPE = 'FUNCTION'"),
];

/// Options with which `mariadb-dump` writes triggers only.
const TRIGGERS: [&str; 4] = ["--no-data", "--no-create-info", "--triggers", "--add-drop-trigger"];
