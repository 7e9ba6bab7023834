use std::collections::BTreeMap;

use backup_retention::{BackupId, Decision, RetentionPlan, RetentionVerdict, plan_retention};
use backup_store::{DatabaseName, Origin};
use jiff::Timestamp;
use operation::error_chain;
use serde::Serialize;

use crate::{BackupSettings, ProjectDatabaseError};

/// What becomes of the backups of a database.
#[derive(Debug, Clone, Serialize)]
pub struct Prune {
    /// The plan. Backups of each engine and Compose project are counted by themselves.
    pub plan: RetentionPlan,
    /// What was removed; empty for a preview.
    pub removed: Vec<PrunedBackup>,
    /// Why something that the plan lets go is still in place, a line each.
    pub problems: Vec<String>,
}

/// A backup that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrunedBackup {
    /// The database.
    pub database: String,
    /// The backup.
    pub id: BackupId,
    /// Why.
    pub reason: String,
}

/// Removes the backups of a database that the project does not keep, or only plans that.
///
/// # Errors
/// [`ProjectDatabaseError::Store`] when they cannot be listed. What cannot be removed is a
/// problem in the result.
pub async fn prune(
    settings: &BackupSettings,
    database: &DatabaseName,
    is_preview: bool,
) -> Result<Prune, ProjectDatabaseError> {
    let mut pruned =
        Prune { plan: plan(settings, database)?, removed: Vec::new(), problems: Vec::new() };
    if is_preview {
        return Ok(pruned);
    }
    let removals: Vec<Decision> = pruned.plan.removals().cloned().collect();
    for decision in removals {
        match remove(settings, database, decision.id).await {
            Ok(()) => pruned.removed.push(pruned_backup(&decision)),
            Err(error) => pruned.problems.push(format!("{} of {database}: {error}", decision.id)),
        }
    }
    Ok(pruned)
}

fn plan(
    settings: &BackupSettings,
    database: &DatabaseName,
) -> Result<RetentionPlan, ProjectDatabaseError> {
    let mut by_origin: BTreeMap<Option<Origin>, Vec<_>> = BTreeMap::new();
    for entry in settings.store.list(database)? {
        let origin = entry.backup().map(|backup| backup.manifest.origin.clone());
        by_origin.entry(origin).or_default().extend(entry.for_retention(database));
    }
    let now = Timestamp::now();
    let plans = by_origin.values().map(|backups| plan_retention(backups, &settings.counts, now));
    Ok(RetentionPlan { decisions: plans.flat_map(|plan| plan.decisions).collect() })
}

/// The backup goes first, since that is refused when somebody needs it. A copy that cannot be
/// removed after it is listed as one that is off site.
async fn remove(
    settings: &BackupSettings,
    database: &DatabaseName,
    id: BackupId,
) -> Result<(), String> {
    let backup = settings.store.find(database, id).map_err(|error| error_chain(&error))?;
    let has_copy = !backup.manifest.copies.is_empty();
    if has_copy && settings.remote.is_none() {
        return Err("it has a copy off site, and no S3_BUCKET says where".to_owned());
    }
    settings.store.remove(database, id).map_err(|error| error_chain(&error))?;
    match settings.remote.as_ref().filter(|_| has_copy) {
        None => Ok(()),
        Some(remote) => remote.remove(database, id).await.map_err(|error| {
            format!("it is removed, and its copy off site is not: {}", error_chain(&error))
        }),
    }
}

fn pruned_backup(decision: &Decision) -> PrunedBackup {
    let reason = match &decision.verdict {
        RetentionVerdict::Goes(reason) => reason.to_string(),
        RetentionVerdict::Stays(_) => String::new(),
    };
    PrunedBackup { database: decision.database.clone(), id: decision.id, reason }
}
