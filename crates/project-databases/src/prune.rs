use std::collections::BTreeSet;

use backup_retention::{BackupId, Decision, RetentionPlan, RetentionVerdict, plan_retention};
use backup_store::{DatabaseName, Entry, Origin};
use jiff::Timestamp;
use operation::{OperationError, error_chain};
use serde::Serialize;

use crate::{BackupSettings, ProjectDatabaseError};

/// What becomes of the backups of a database.
#[derive(Debug, Clone, Serialize)]
pub struct Prune {
    /// The plan.
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

/// Removes the backups of a database that the project does not keep, or only plans that. Those of
/// another origin than `own` stay: another project decides about them. Without `own`, all must be of
/// one origin.
///
/// # Errors
/// [`ProjectDatabaseError::Store`] when they cannot be listed; [`ProjectDatabaseError::Operation`]
/// when they are of several origins and `own` is not given. What cannot be removed is a
/// problem in the result.
pub async fn prune(
    settings: &BackupSettings,
    database: &DatabaseName,
    own: Option<&Origin>,
    is_preview: bool,
) -> Result<Prune, ProjectDatabaseError> {
    let plan = plan(settings, database, own)?;
    let mut pruned = Prune { plan, removed: Vec::new(), problems: Vec::new() };
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
    own: Option<&Origin>,
) -> Result<RetentionPlan, ProjectDatabaseError> {
    let mut entries = settings.store.list(database)?;
    let origins: BTreeSet<&Origin> = entries.iter().filter_map(origin_of).collect();
    if own.is_none() && origins.len() > 1 {
        return Err(several_origins(database, &origins).into());
    }
    if let Some(own) = own {
        entries.retain(|entry| origin_of(entry).is_none_or(|origin| origin == own));
    }
    let backups: Vec<_> =
        entries.iter().filter_map(|entry| entry.for_retention(database)).collect();
    Ok(plan_retention(&backups, &settings.counts, Timestamp::now()))
}

fn origin_of(entry: &Entry) -> Option<&Origin> {
    entry.backup().map(|backup| &backup.manifest.origin)
}

fn several_origins(database: &DatabaseName, origins: &BTreeSet<&Origin>) -> OperationError {
    let projects: BTreeSet<&str> = origins.iter().map(|origin| origin.project.as_str()).collect();
    let projects = projects.into_iter().collect::<Vec<_>>().join(", ");
    OperationError::precondition(
        format!("the backups of {database} are of several engines or Compose projects: {projects}"),
        "each of them removes its own with its next backup",
    )
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
