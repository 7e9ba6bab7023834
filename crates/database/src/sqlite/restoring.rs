//! A file of SQLite takes over the content of an archive.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    counting::{facts, rows},
    scratch_file::ScratchFile,
    shell::Shell,
};
use crate::{
    archive::Manifest, container::Container, error::DatabaseError, facts::Facts,
    in_place::half_replaced,
};

/// How long the locks of others are waited for.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// How pages are kept: `(page size, "wal")`.
const PAGES: &str =
    "SELECT json_array(page_size, journal_mode) FROM pragma_page_size, pragma_journal_mode;";

/// Compares what an archive contains with the manifest.
pub(super) async fn checked(
    container: &Container,
    doing: &str,
    file: &str,
    manifest: &Manifest,
) -> Result<Facts, DatabaseError> {
    let mut shell = Shell::open(container, doing, file).await?;
    let found = shell.ask("PRAGMA integrity_check;").await?;
    if found != ["ok"] {
        let reason = format!("SQLite finds in it: {}", found.join("; "));
        return Err(DatabaseError::NotAnArchive { doing: doing.to_owned(), reason });
    }
    let found = facts(&mut shell, doing, &manifest.facts.database).await?;
    let differences = manifest.facts.differences(&found);
    if differences.is_empty() {
        return Ok(found);
    }
    Err(DatabaseError::FactsDiffer { doing: doing.to_owned(), differences })
}

/// Copies every page of the restored database over those of the one that serves, in one
/// transaction of SQLite: other processes see the old content or the new, and a process that
/// ends in the middle leaves the old (<https://www.sqlite.org/backup.html>).
pub(super) async fn replace(
    container: &Container,
    doing: &str,
    file: &str,
    restored: &ScratchFile<'_>,
) -> Result<(), DatabaseError> {
    refuse_other_pages(container, doing, file, restored).await?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match copy(container, doing, file, restored).await {
            Err(DatabaseError::Locked { .. }) if Instant::now() < deadline => {
                sleep(Duration::from_millis(100)).await;
            }
            Err(
                error @ (DatabaseError::Locked { .. }
                | DatabaseError::DiskFull { .. }
                | DatabaseError::PermissionDenied { .. }),
            ) => return Err(error),
            // Whether it was committed is not known.
            copied => return half_replaced(copied),
        }
    }
}

async fn copy(
    container: &Container,
    doing: &str,
    file: &str,
    restored: &ScratchFile<'_>,
) -> Result<(), DatabaseError> {
    let mut shell = Shell::open(container, doing, file).await?;
    shell.ask(&format!(".restore '{}'", restored.path)).await.map(drop)
}

/// SQLite cannot change the size of pages in write-ahead-log mode.
async fn refuse_other_pages(
    container: &Container,
    doing: &str,
    file: &str,
    restored: &ScratchFile<'_>,
) -> Result<(), DatabaseError> {
    let current = pages(container, doing, file).await?;
    let new = pages(container, doing, &restored.path).await?;
    if current.1 != "wal" || current.0 == new.0 {
        return Ok(());
    }
    let reason = format!(
        "its pages have {} bytes, those of the backup {}: run `PRAGMA journal_mode = DELETE` first",
        current.0, new.0
    );
    Err(DatabaseError::Unsupported { doing: doing.to_owned(), reason })
}

async fn pages(
    container: &Container,
    doing: &str,
    file: &str,
) -> Result<(u64, String), DatabaseError> {
    let mut shell = Shell::open(container, doing, file).await?;
    let found = rows(&mut shell, doing, PAGES).await?.into_iter().next();
    found.ok_or_else(|| DatabaseError::InvalidAnswer {
        doing: doing.to_owned(),
        reason: "it has no page size".to_owned(),
    })
}
