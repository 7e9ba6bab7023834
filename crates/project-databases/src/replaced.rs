//! Data of before a restore, which nobody needs for ever.

use database::{DatabaseError, InPlaceDatabase, RestoreAction, RestoreId};
use jiff::{SignedDuration, Timestamp};

use crate::{DatabaseRestore, OpenRestore, ProjectDatabaseError, adapter::Adapter};

/// Removes the data of before restores that are older than the project keeps it; the names of
/// what was removed. Nothing where the project sets no age.
///
/// # Errors
/// Those of the server.
pub async fn remove_replaced(
    restore: &DatabaseRestore<'_>,
    now: Timestamp,
) -> Result<Vec<String>, ProjectDatabaseError> {
    let limit = restore.settings.keep_replaced.map(configuration::Period::duration);
    let limit = limit.and_then(|limit| SignedDuration::try_from(limit).ok());
    let Some(limit) = limit else { return Ok(Vec::new()) };
    let is_old = |id: &RestoreId| is_older(id, now, limit);
    match &restore.database.adapter {
        Adapter::PostgreSql { server, database } => {
            let mut removed = Vec::new();
            for OpenRestore { id, allowed, .. } in restore.open_restores().await? {
                if allowed.contains(&RestoreAction::DropKept) && is_old(&id) {
                    let dropped = server.drop_kept(database, &id).await;
                    dropped.map_err(restore.database.failed())?;
                    removed.push(format!("{database}_before_{id}"));
                }
            }
            Ok(removed)
        }
        Adapter::InPlace(database) => {
            let removed = remove_kept(&**database, is_old).await;
            removed.map_err(restore.database.failed())
        }
    }
}

/// The identifier of the restore ends the name.
async fn remove_kept(
    database: &dyn InPlaceDatabase,
    is_old: impl Fn(&RestoreId) -> bool,
) -> Result<Vec<String>, DatabaseError> {
    let mut removed = Vec::new();
    for name in database.kept().await? {
        let id = name.rsplit('_').next().and_then(|id| id.parse().ok());
        if id.is_some_and(|id| is_old(&id)) {
            database.drop_kept(&name).await?;
            removed.push(name);
        }
    }
    Ok(removed)
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
