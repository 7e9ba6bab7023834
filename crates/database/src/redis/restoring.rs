//! A server takes over the content of an archive.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::{Instant, sleep};

use super::{client::Server, scratch::Scratch};
use crate::{
    archive::{ArchiveSource, Manifest},
    error::DatabaseError,
    facts::Facts,
    in_place::half_replaced,
};

/// How long a server may take to copy everything.
const COPY_TIMEOUT: Duration = Duration::from_secs(3600);
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn verify(
    server: &Server,
    archive: ArchiveSource,
    manifest: &Manifest,
) -> Result<Facts, DatabaseError> {
    let doing = format!("verify the backup of {}", manifest.facts.database);
    let scratch = Scratch::load(server, &doing, archive, manifest).await?;
    let rows = scratch.keys(server, &doing).await?;
    Ok(Facts { rows, ..manifest.facts.clone() })
}

pub(super) async fn restore(
    server: &Server,
    archive: ArchiveSource,
    manifest: &Manifest,
) -> Result<Facts, DatabaseError> {
    let doing = format!("restore the server in container {}", server.container.name());
    refuse_what_cannot_copy(server, &doing).await?;
    let scratch = Scratch::load(server, &doing, archive, manifest).await?;
    let rows = scratch.keys(server, &doing).await?;
    half_replaced(copy(server, &doing, &scratch, &rows).await)?;
    Ok(Facts { rows, ..manifest.facts.clone() })
}

async fn copy(
    server: &Server,
    doing: &str,
    scratch: &Scratch,
    rows: &BTreeMap<String, u64>,
) -> Result<(), DatabaseError> {
    let port = scratch.port.to_string();
    server.command(doing, &["REPLICAOF", "127.0.0.1", &port]).await?;
    let copied = wait_for_copy(server, doing).await;
    let left = server.command(doing, &["REPLICAOF", "NO", "ONE"]).await;
    copied?;
    left?;
    compare(server, doing, rows).await?;
    wait_for_files(server, doing).await
}

/// Only what a restore has made.
pub(super) async fn leave(server: &Server) -> Result<(), DatabaseError> {
    let doing = format!("end the restore of the server in container {}", server.container.name());
    let info = server.info(&doing, "replication").await?;
    if info.get("role")? == "master" || info.get("master_host")? != "127.0.0.1" {
        let state = "it is no replica of a server in its own container".to_owned();
        return Err(DatabaseError::WrongState { doing, state });
    }
    server.command(&doing, &["REPLICAOF", "NO", "ONE"]).await.map(drop)
}

async fn refuse_what_cannot_copy(server: &Server, doing: &str) -> Result<(), DatabaseError> {
    let info = server.info(doing, "everything").await?;
    let password = server.command(doing, &["CONFIG", "GET", "masterauth"]).await?;
    let reason = if info.get("role")? != "master" {
        "it is a replica: restore its primary"
    } else if info.number("cluster_enabled")? != 0 {
        "it is part of a cluster"
    } else if password.lines().nth(1).is_some_and(|value| !value.is_empty()) {
        "it has a password for a primary (`masterauth`)"
    } else {
        return Ok(());
    };
    Err(DatabaseError::Unsupported { doing: doing.to_owned(), reason: reason.to_owned() })
}

/// While it loads, the server answers `LOADING`.
async fn wait_for_copy(server: &Server, doing: &str) -> Result<(), DatabaseError> {
    let deadline = Instant::now() + COPY_TIMEOUT;
    while Instant::now() < deadline {
        match server.info(doing, "replication").await {
            Ok(info) if info.get("master_link_status")? == "up" => return Ok(()),
            Ok(_) | Err(DatabaseError::ServerGone { .. }) => sleep(PAUSE).await,
            Err(error) => return Err(error),
        }
    }
    let output = "the copy was not complete in time".to_owned();
    Err(DatabaseError::ServerGone { doing: doing.to_owned(), output })
}

/// Keys may expire meanwhile, and clients may write: fewer or more is not an error, nothing is.
async fn compare(
    server: &Server,
    doing: &str,
    expected: &BTreeMap<String, u64>,
) -> Result<(), DatabaseError> {
    let found = server.info(doing, "keyspace").await?.keys()?;
    let has_lost_all = found.is_empty() && !expected.is_empty();
    if !has_lost_all {
        return Ok(());
    }
    let state = "the server has no keys, and the archive has some".to_owned();
    Err(DatabaseError::WrongState { doing: doing.to_owned(), state })
}

/// What was restored must survive a restart: the server writes its files anew.
async fn wait_for_files(server: &Server, doing: &str) -> Result<(), DatabaseError> {
    let before = server.info(doing, "persistence").await?.number("rdb_saves").unwrap_or_default();
    if let Err(error) = server.command(doing, &["BGSAVE", "SCHEDULE"]).await
        && !error.to_string().contains("in progress")
    {
        return Err(error);
    }
    let deadline = Instant::now() + COPY_TIMEOUT;
    loop {
        let info = server.info(doing, "persistence").await?;
        let busy = ["rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled"];
        let mut is_busy = info.number("rdb_saves").is_ok_and(|saves| saves <= before);
        for name in busy {
            is_busy = is_busy || info.number(name)? != 0;
        }
        let has_failed = info.get("rdb_last_bgsave_status")? != "ok"
            || info.get("aof_last_bgrewrite_status")? != "ok";
        if has_failed || (is_busy && Instant::now() > deadline) {
            let output = "the server cannot save what was restored".to_owned();
            let tool = "redis-cli".to_owned();
            return Err(DatabaseError::ToolFailed {
                doing: doing.to_owned(),
                tool,
                status: 0,
                output,
            });
        }
        if !is_busy {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}
