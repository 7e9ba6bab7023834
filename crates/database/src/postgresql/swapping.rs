//! Databases change their names in one transaction.

use super::{
    names::Names,
    observing::require,
    properties::properties,
    restoring::{mark_statement, remove},
    server::Server,
    sql::{identifier, literal, rename},
    state::RestoreAction,
};
use crate::error::DatabaseError;

/// Gives the restored database the name; the old one keeps its data under another.
pub(super) async fn swap(server: &Server, names: &Names) -> Result<(), DatabaseError> {
    let doing = format!("swap database {}", names.current);
    let observed = require(server, &doing, names, RestoreAction::Swap).await?;
    refuse_what_a_rename_breaks(server, &doing, names).await?;
    let comment = properties(server, &names.current).await?.and_then(|current| current.comment);
    let mut exchange = Exchange::new([&names.current, &names.beside]);
    if observed.current.is_some() {
        exchange.first += &connections(&names.current, false);
        exchange.renames += &rename(&names.current, &names.before);
    }
    exchange.first += &connections(&names.beside, true);
    exchange.first += &mark_statement(&names.beside, comment.as_deref());
    exchange.renames += &rename(&names.beside, &names.current);
    server.administer(&doing, &names.current, &exchange.statements()).await.map(drop)
}

/// Gives the old database its name back; the restored one keeps its data, and can be swapped
/// again.
pub(super) async fn undo(server: &Server, names: &Names) -> Result<(), DatabaseError> {
    let doing = format!("undo the swap of database {}", names.current);
    let observed = require(server, &doing, names, RestoreAction::Undo).await?;
    refuse_what_a_rename_breaks(server, &doing, names).await?;
    let mut exchange = Exchange::new([&names.current, &names.before]);
    if observed.current.is_some() {
        exchange.first += &mark_statement(&names.current, Some(&names.mark));
        exchange.renames += &rename(&names.current, &names.beside);
    }
    exchange.first += &connections(&names.before, true);
    exchange.renames += &rename(&names.before, &names.current);
    server.administer(&doing, &names.current, &exchange.statements()).await.map(drop)
}

/// Lets the current database accept connections again.
pub(super) async fn reopen(server: &Server, names: &Names) -> Result<(), DatabaseError> {
    let doing = format!("reopen database {}", names.current);
    require(server, &doing, names, RestoreAction::Reopen).await?;
    server.administer(&doing, &names.current, &connections(&names.current, true)).await.map(drop)
}

/// Removes the old database, once the restored one serves.
pub(super) async fn drop_kept(server: &Server, names: &Names) -> Result<(), DatabaseError> {
    let doing = format!("remove the old database of {}", names.current);
    require(server, &doing, names, RestoreAction::DropKept).await?;
    remove(server, &doing, &names.before).await
}

/// Removes the restored database, while the current one serves.
pub(super) async fn discard(server: &Server, names: &Names) -> Result<(), DatabaseError> {
    let doing = format!("discard the restored database of {}", names.current);
    require(server, &doing, names, RestoreAction::Discard).await?;
    remove(server, &doing, &names.beside).await
}

/// Everything is one transaction: whatever interrupts it, the names are the old or the new ones.
/// While it lasts, connections to any database wait, because each looks for its database in
/// `pg_database`; then they find the new one. So clients wait instead of failing, and no new
/// session prevents the rename, which would look for the last one only every 100 ms (PostgreSQL
/// `CountOtherDBBackends`).
struct Exchange {
    /// What does not concern sessions, and takes its time before they end.
    first: String,
    /// The databases whose sessions end, as a list of SQL.
    ended: String,
    renames: String,
}

impl Exchange {
    fn new(ended: [&String; 2]) -> Self {
        let ended = ended.map(|name| literal(name)).join(", ");
        Self { first: String::new(), ended, renames: String::new() }
    }

    /// The query of sessions is run once before the lock, so that everything is loaded.
    fn statements(&self) -> String {
        let Self { first, ended, renames } = self;
        let ends = end_sessions(ended);
        format!(
            "BEGIN;\nSET LOCAL lock_timeout = '5s';\nSET LOCAL client_min_messages = error;\n{first}\
             DO $tidegate$ BEGIN PERFORM pid FROM pg_stat_activity; END $tidegate$;\n\
             LOCK TABLE pg_database IN ACCESS EXCLUSIVE MODE;\n{ends}{renames}COMMIT;\n"
        )
    }
}

fn connections(name: &str, allowed: bool) -> String {
    format!("ALTER DATABASE {} ALLOW_CONNECTIONS {allowed};\n", identifier(name))
}

/// A session that ends is no longer listed before it has ended; only then is there nothing to
/// terminate.
fn end_sessions(list: &str) -> String {
    format!(
        "DO $tidegate$
DECLARE
    deadline timestamptz := clock_timestamp() + interval '5 seconds';
    pids int[] := '{{}}';
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        pids := ARRAY(SELECT unnest(pids) UNION SELECT pid FROM pg_stat_activity
            WHERE datname IN ({list}) AND pid <> pg_backend_pid());
        pids := ARRAY(SELECT pid FROM unnest(pids) AS pid WHERE pg_terminate_backend(pid));
        EXIT WHEN cardinality(pids) = 0;
        IF clock_timestamp() > deadline THEN
            RAISE EXCEPTION 'sessions of the database do not end';
        END IF;
        PERFORM pg_sleep(0.001);
    END LOOP;
END $tidegate$;\n"
    )
}

/// Prepared transactions prevent a rename; replication slots would stay with the old data.
async fn refuse_what_a_rename_breaks(
    server: &Server,
    doing: &str,
    names: &Names,
) -> Result<(), DatabaseError> {
    let name = literal(&names.current);
    let query = format!(
        "SELECT count(*) || ' prepared transactions' FROM pg_prepared_xacts WHERE database = {name}
            HAVING count(*) > 0;
        SELECT count(*) || ' replication slots' FROM pg_replication_slots WHERE database = {name}
            HAVING count(*) > 0;\n"
    );
    let found = server.administer(doing, &names.current, &query).await?;
    if found.trim().is_empty() {
        return Ok(());
    }
    let reason = format!("the database has {}", found.trim().replace('\n', " and "));
    Err(DatabaseError::Unsupported { doing: doing.to_owned(), reason })
}
