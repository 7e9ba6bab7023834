//! An archive becomes a new database, which is compared with the manifest.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    counting::facts,
    header,
    names::Names,
    observing::require,
    properties::{Properties, properties},
    server::Server,
    sql::{connection_string, identifier, literal},
    state::RestoreAction,
};
use crate::{
    archive::{ArchiveSource, Manifest},
    error::DatabaseError,
    facts::Facts,
    restore_id::RestoreId,
};

/// How long a server may take to recover, for example after its disk was full, before what was
/// restored incompletely is given up.
const RECOVERY: Duration = Duration::from_secs(60);

/// Reads the whole archive with the tool that would restore it. Unlike `--list`, this finds
/// out that the end is missing.
pub(super) async fn verify_by_reading(
    server: &Server,
    archive: ArchiveSource,
    manifest: &Manifest,
) -> Result<(), DatabaseError> {
    let doing = format!("read the archive of database {}", manifest.facts.database);
    let archive = header::checked(&doing, archive, &manifest.facts.database).await?;
    let tool = server.tool(&doing, "", &["pg_restore", "--file=/dev/null"]);
    server.container.feed(&tool, archive).await?.check(&doing, manifest)
}

/// Restores into a database that is removed again; what it contained.
pub(super) async fn verify_by_restore(
    server: &Server,
    archive: ArchiveSource,
    manifest: &Manifest,
) -> Result<Facts, DatabaseError> {
    let database = &manifest.facts.database;
    let doing = format!("verify the backup of database {database}");
    remove_abandoned(server, &doing, database).await?;
    let name = Names::new(database, &RestoreId::random())?.verify;
    let expected = expected_properties(server, &doing, manifest).await?;
    let restored = restore_into(server, &doing, archive, manifest, &expected, &name).await;
    cleaned(server, &doing, &name, restored, true).await
}

/// Removes what verifications have left that were killed. One that goes on has sessions, and is
/// not as old.
async fn remove_abandoned(
    server: &Server,
    doing: &str,
    database: &str,
) -> Result<(), DatabaseError> {
    let query = "SELECT coalesce(json_agg(datname), '[]') FROM pg_database d WHERE datname LIKE '%\\_verify\\_%' \
        AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname) \
        AND (pg_stat_file('base/' || d.oid || '/PG_VERSION', true)).modification \
            < now() - interval '6 hours';\n";
    let answer = server.administer(doing, "", query).await?;
    let names: Vec<String> = crate::container::parse(doing, &answer)?;
    for name in names.iter().filter(|name| Names::is_of_verification(database, name)) {
        remove(server, doing, name).await?;
    }
    Ok(())
}

/// Restores beside the current database, which serves; what was restored.
pub(super) async fn restore_beside(
    server: &Server,
    archive: ArchiveSource,
    manifest: &Manifest,
    id: &RestoreId,
) -> Result<Facts, DatabaseError> {
    let database = &manifest.facts.database;
    let doing = format!("restore database {database} beside the current one");
    let names = Names::new(database, id)?;
    require(server, &doing, &names, RestoreAction::Restore).await?;
    let expected = expected_properties(server, &doing, manifest).await?;
    let restoring = async {
        let facts =
            restore_into(server, &doing, archive, manifest, &expected, &names.beside).await?;
        finish(server, &doing, &names, &expected).await?;
        Ok(facts)
    };
    let restored = restoring.await;
    cleaned(server, &doing, &names.beside, restored, false).await
}

/// Those of the current database; when it does not exist, those of the manifest.
pub(super) async fn expected_properties(
    server: &Server,
    doing: &str,
    manifest: &Manifest,
) -> Result<Properties, DatabaseError> {
    let current = properties(server, &manifest.facts.database).await?;
    let recorded = || Properties::from_json(&manifest.facts.properties);
    current.or_else(recorded).ok_or_else(|| DatabaseError::InvalidAnswer {
        doing: doing.to_owned(),
        reason: "the manifest has no readable properties of the database".to_owned(),
    })
}

pub(super) async fn restore_into(
    server: &Server,
    doing: &str,
    archive: ArchiveSource,
    manifest: &Manifest,
    expected: &Properties,
    name: &str,
) -> Result<Facts, DatabaseError> {
    let archive = header::checked(doing, archive, &manifest.facts.database).await?;
    server.administer(doing, name, &expected.creating_statement(name)).await?;
    let into = format!("--dbname={}", connection_string(name));
    let arguments =
        ["pg_restore", "--exit-on-error", "--single-transaction", "--no-password", &into];
    let tool = server.tool(doing, name, &arguments);
    server.container.feed(&tool, archive).await?.check(doing, manifest)?;
    let found = facts(server, doing, name).await?;
    let differences = manifest.facts.differences(&found);
    if differences.is_empty() {
        return Ok(found);
    }
    Err(DatabaseError::FactsDiffer { doing: doing.to_owned(), differences })
}

/// Statistics for the planner of queries, which no archive contains; then what belongs to the
/// database itself, and last the mark of a complete restore.
async fn finish(
    server: &Server,
    doing: &str,
    names: &Names,
    expected: &Properties,
) -> Result<(), DatabaseError> {
    let name = &names.beside;
    server.execute(doing, name, "ANALYZE;\n").await?;
    server.administer(doing, name, &expected.finishing_statements(name)).await?;
    let found = properties(server, name).await?;
    if !found.is_some_and(|found| found.is_like(expected)) {
        let reason =
            "the restored database does not get the settings and privileges of the current one";
        return Err(DatabaseError::Unsupported {
            doing: doing.to_owned(),
            reason: reason.to_owned(),
        });
    }
    let mark = mark_statement(name, Some(&names.mark));
    server.administer(doing, name, &mark).await.map(drop)
}

pub(super) fn mark_statement(name: &str, comment: Option<&str>) -> String {
    let comment = comment.map_or("NULL".to_owned(), literal);
    format!("COMMENT ON DATABASE {} IS {comment};\n", identifier(name))
}

/// Removes the database after a failure, or in any case.
pub(super) async fn cleaned(
    server: &Server,
    doing: &str,
    name: &str,
    outcome: Result<Facts, DatabaseError>,
    always: bool,
) -> Result<Facts, DatabaseError> {
    if outcome.is_ok() && !always {
        return outcome;
    }
    match (outcome, remove(server, doing, name).await) {
        (outcome, Ok(())) => outcome,
        (Ok(_), Err(cleanup)) => Err(cleanup),
        (Err(first), Err(cleanup)) => {
            Err(DatabaseError::CleanupFailed { first: first.into(), cleanup: cleanup.into() })
        }
    }
}

/// Waits for a server that recovers. `FORCE`: the tool may still be connected.
pub(super) async fn remove(server: &Server, doing: &str, name: &str) -> Result<(), DatabaseError> {
    let deadline = Instant::now() + RECOVERY;
    let doing = format!("{doing}: remove database {name}");
    let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE);\n", identifier(name));
    loop {
        match server.administer(&doing, name, &statement).await {
            Err(DatabaseError::ServerGone { .. }) if Instant::now() < deadline => {
                sleep(Duration::from_millis(500)).await;
            }
            removed => return removed.map(drop),
        }
    }
}
