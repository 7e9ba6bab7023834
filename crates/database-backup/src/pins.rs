use backup_retention::BackupId;
use backup_store::{DatabaseName, Pin, StoreError};
use jiff::Timestamp;
use operation::{Environment, OperationError};
use project_databases::ProjectDatabaseError;

use crate::StoredBackups;

/// Keeps backups of this identifier from being removed, in every selected database that has
/// one.
///
/// # Errors
/// [`ProjectDatabaseError::Operation`] when no database has one; those of the folder.
pub fn pin_backup(
    stored: &StoredBackups,
    environment: &Environment,
    id: BackupId,
    reason: &str,
) -> Result<(), ProjectDatabaseError> {
    let pin =
        Pin { holder: environment.performer(), reason: reason.to_owned(), since: Timestamp::now() };
    for_each_with(stored, id, |database| {
        stored.settings.store.pin(database, id, pin.clone())?;
        environment.reporter.ok(format!("pinned {id} of {database}"));
        Ok(())
    })
}

/// Takes back every pin of backups of this identifier.
///
/// # Errors
/// As [`pin_backup`].
pub fn unpin_backup(
    stored: &StoredBackups,
    environment: &Environment,
    id: BackupId,
) -> Result<(), ProjectDatabaseError> {
    for_each_with(stored, id, |database| {
        for pin in stored.settings.store.find(database, id)?.manifest.pins {
            stored.settings.store.unpin(database, id, &pin.holder)?;
        }
        environment.reporter.ok(format!("unpinned {id} of {database}"));
        Ok(())
    })
}

fn for_each_with(
    stored: &StoredBackups,
    id: BackupId,
    change: impl Fn(&DatabaseName) -> Result<(), StoreError>,
) -> Result<(), ProjectDatabaseError> {
    let mut is_found = false;
    for database in &stored.databases {
        match change(database) {
            Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => is_found = true,
        }
    }
    if is_found {
        return Ok(());
    }
    let problem = format!("there is no backup {id} in {}", stored.settings.folder.display());
    Err(OperationError::usage(problem, "`backup-databases --list` shows the backups").into())
}
