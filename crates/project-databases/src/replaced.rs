//! Data of before a restore, which nobody needs for ever.

use database::{RestoreAction, RestoreId};
use jiff::{SignedDuration, Timestamp};

use crate::{DatabaseRestore, OpenRestore, ProjectDatabaseError, adapter::Adapter};

/// Data of before a restore that its server still has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ReplacedDatabase {
    name: String,
    /// The restore; `None` where the identifier says nothing of its age.
    id: Option<RestoreId>,
}

/// The names of databases with the data of before restores that are older than the project keeps
/// it. None where the project sets no age.
///
/// # Errors
/// Those of the server.
pub async fn outdated_replaced(
    restore: &DatabaseRestore<'_>,
    now: Timestamp,
) -> Result<Vec<String>, ProjectDatabaseError> {
    Ok(outdated(restore, now).await?.into_iter().map(|database| database.name).collect())
}

/// Removes what [`outdated_replaced`] names.
///
/// # Errors
/// Those of the server.
pub async fn remove_replaced(
    restore: &DatabaseRestore<'_>,
    now: Timestamp,
) -> Result<Vec<String>, ProjectDatabaseError> {
    let mut removed = Vec::new();
    for ReplacedDatabase { name, id } in outdated(restore, now).await? {
        let dropped = match (&restore.database.adapter, id) {
            (Adapter::PostgreSql { server, database }, Some(id)) => {
                server.drop_kept(database, &id).await
            }
            (Adapter::InPlace(database), _) => database.drop_kept(&name).await,
            (Adapter::PostgreSql { .. }, None) => continue,
        };
        dropped.map_err(restore.database.failed())?;
        removed.push(name);
    }
    Ok(removed)
}

async fn outdated(
    restore: &DatabaseRestore<'_>,
    now: Timestamp,
) -> Result<Vec<ReplacedDatabase>, ProjectDatabaseError> {
    let limit = restore.settings.keep_replaced.map(configuration::Period::duration);
    let limit = limit.and_then(|limit| SignedDuration::try_from(limit).ok());
    let Some(limit) = limit else { return Ok(Vec::new()) };
    let mut replaced = replaced_databases(restore).await?;
    let is_old = |id: &RestoreId| is_older(id, now, limit);
    replaced.retain(|database| database.id.as_ref().is_some_and(is_old));
    Ok(replaced)
}

async fn replaced_databases(
    restore: &DatabaseRestore<'_>,
) -> Result<Vec<ReplacedDatabase>, ProjectDatabaseError> {
    let database = match &restore.database.adapter {
        Adapter::PostgreSql { database, .. } => database,
        Adapter::InPlace(database) => {
            let kept = database.kept().await.map_err(restore.database.failed())?.into_iter();
            // The identifier of the restore ends the name.
            let id = |name: &str| name.rsplit('_').next().and_then(|id| id.parse().ok());
            return Ok(kept.map(|name| ReplacedDatabase { id: id(&name), name }).collect());
        }
    };
    let open = restore.open_restores().await?.into_iter();
    let kept = open.filter(|open| open.allowed.contains(&RestoreAction::DropKept));
    let kept = kept.map(|OpenRestore { id, .. }| ReplacedDatabase {
        name: format!("{database}_before_{id}"),
        id: Some(id),
    });
    Ok(kept.collect())
}

/// An identifier of another form says nothing of its age.
fn is_older(id: &RestoreId, now: Timestamp, limit: SignedDuration) -> bool {
    let seconds = id.seconds().and_then(|seconds| i64::try_from(seconds).ok());
    let made = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    made.is_some_and(|made| now.duration_since(made) > limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_age_that_is_certain_counts() {
        let now = Timestamp::from_second(0x6a00_0000).unwrap();
        let limit = SignedDuration::from_secs(0x100);
        for (id, expected) in
            [("69fffe00", true), ("69ffff80", false), ("6a000100", false), ("other", false)]
        {
            assert_eq!(is_older(&id.parse().unwrap(), now, limit), expected, "{id}");
        }
    }
}
