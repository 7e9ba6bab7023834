//! The tables of a restored database take the place of those that serve.

use bytes::Bytes;

use super::{
    counting::{Place, ROUTINES, VIEWS},
    loading::{Loaded, remove},
    names::Beside,
    routine_grants::{self, RoutineGrant},
    server::MariaDbServer,
    sql::{creating, literal, moving, qualified},
};
use crate::{error::DatabaseError, in_place::half_replaced, restore_id::RestoreId};

/// How long transactions of the application are waited for.
pub(super) const SESSION: &str =
    "SET SESSION foreign_key_checks = 0;\nSET SESSION lock_wait_timeout = 10;\n";

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
        self.refuse_shared_keys().await?;
        let before = Beside::Before.name(current, id)?;
        let (old, new) =
            (server.table_names(doing, current).await?, server.table_names(doing, restored).await?);
        let triggers = server.definitions(doing, &[&TRIGGERS[..], &[current]].concat()).await?;
        let removing = self.removing(&TRIGGER).await?;
        let renaming = self.renaming(&old, &new, &before).await?;
        let grants = routine_grants::read(server, doing, current).await?;
        // Nothing is changed yet when a transaction goes on for too long.
        server.execute(doing, "", &(SESSION.to_owned() + &self.waiting(&old))).await?;
        server.execute(doing, "", &self.creating(&before).await?).await?;
        let removing = SESSION.to_owned() + &removing;
        if let Err(error) = server.execute(doing, "", &(removing.clone() + &renaming)).await {
            let triggers = [SESSION.as_bytes(), &triggers].concat();
            return Err(self.put_back(error, (&before, &new), (removing, triggers)).await);
        }
        half_replaced(self.replace_objects(loaded, &grants).await)?;
        // What stays is removed by the next restore.
        let _ = remove(server, doing, restored).await;
        if old.is_empty() {
            let _ = remove(server, doing, &before).await;
        }
        Ok((!old.is_empty()).then_some(before))
    }

    /// A reference from or to another database would follow the tables that are kept.
    async fn refuse_shared_keys(&self) -> Result<(), DatabaseError> {
        let Self { server, doing, current, .. } = self;
        let name = literal(current);
        let query = format!(
            "SELECT JSON_ARRAY(CONCAT(CONSTRAINT_SCHEMA, '.', TABLE_NAME)) FROM \
             information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA <> \
             UNIQUE_CONSTRAINT_SCHEMA AND (CONSTRAINT_SCHEMA = {name} OR \
             UNIQUE_CONSTRAINT_SCHEMA = {name}) LIMIT 1;\n"
        );
        let found: Vec<(String,)> = server.rows(doing, &query).await?;
        let Some((table,)) = found.into_iter().next() else { return Ok(()) };
        let reason = format!("a foreign key of {table} connects it with another database");
        Err(DatabaseError::Unsupported { doing: (*doing).to_owned(), reason })
    }

    /// Waits until no transaction uses the tables, before anything is changed.
    fn waiting(&self, tables: &[String]) -> String {
        let lock = |table: &String| format!("{} WRITE", qualified(self.current, table));
        match tables {
            [] => String::new(),
            tables => {
                let tables = tables.iter().map(lock).collect::<Vec<_>>().join(", ");
                format!("LOCK TABLES {tables};\nUNLOCK TABLES;\n")
            }
        }
    }

    /// Makes the triggers again when no table was renamed.
    async fn put_back(
        &self,
        error: DatabaseError,
        (before, new): (&str, &[String]),
        (removing, triggers): (String, Vec<u8>),
    ) -> DatabaseError {
        let Self { server, doing, current, restored, .. } = self;
        let putting_back = async {
            let was_renamed = !server.table_names(doing, before).await?.is_empty()
                || server.table_names(doing, restored).await? != new;
            if was_renamed {
                return Ok(false);
            }
            server.execute(doing, "", &removing).await?;
            server.run(doing, current, Bytes::from(triggers)).await?;
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
        Ok(creating("DATABASE", name, &schema.character_set, &schema.collation))
    }

    async fn replace_objects(
        &self,
        loaded: &Loaded,
        grants: &[RoutineGrant],
    ) -> Result<(), DatabaseError> {
        let Self { server, doing, current, .. } = self;
        let removing = self.removing(&OBJECTS).await?;
        server.execute(doing, "", &removing).await?;
        server.run(doing, current, loaded.objects.clone()).await?;
        server.run(doing, current, loaded.events.clone()).await?;
        routine_grants::give(server, doing, current, grants).await
    }

    /// One statement, which other sessions see as a whole
    /// (<https://mariadb.com/kb/en/rename-table/>).
    async fn renaming(
        &self,
        old: &[String],
        new: &[String],
        before: &str,
    ) -> Result<String, DatabaseError> {
        let Self { server, doing, current, restored, id } = self;
        let views = server.names(doing, VIEWS, current, "TRUE").await?;
        // A view where the backup has a table; it is removed with the others.
        let in_the_way = views.iter().filter(|view| new.contains(view)).map(|view| {
            let other = qualified(current, &format!("tidegate_{id}_{view}"));
            format!("{} TO {other}", qualified(current, view))
        });
        let mut renames: Vec<String> = in_the_way.collect();
        renames.extend(old.iter().map(|table| moving(current, before, table)));
        renames.extend(new.iter().map(|table| moving(restored, current, table)));
        Ok(match renames.is_empty() {
            true => String::new(),
            false => format!("RENAME TABLE {};\n", renames.join(", ")),
        })
    }

    /// Statements that remove everything of these kinds.
    async fn removing(&self, kinds: &[Kind]) -> Result<String, DatabaseError> {
        let Self { server, doing, current, .. } = self;
        let mut statements = String::new();
        for (kind, place, condition) in kinds {
            for name in server.names(doing, *place, current, condition).await? {
                statements += &format!("DROP {kind} IF EXISTS {};\n", qualified(current, &name));
            }
        }
        Ok(statements)
    }
}

/// What `DROP` takes, where the names are, and which of those.
type Kind = (&'static str, Place, &'static str);

const TRIGGER: [Kind; 1] = [("TRIGGER", ("TRIGGERS", "TRIGGER_NAME", "TRIGGER_SCHEMA"), "TRUE")];

const OBJECTS: [Kind; 4] = [
    ("EVENT", ("EVENTS", "EVENT_NAME", "EVENT_SCHEMA"), "TRUE"),
    ("VIEW", VIEWS, "TRUE"),
    ("PROCEDURE", ROUTINES, "ROUTINE_TYPE = 'PROCEDURE'"),
    ("FUNCTION", ROUTINES, "ROUTINE_TYPE = 'FUNCTION'"),
];

/// Options with which `mariadb-dump` writes triggers only.
const TRIGGERS: [&str; 2] = ["--no-create-info", "--triggers"];
