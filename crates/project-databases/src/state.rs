use backup_retention::BackupId;
use backup_store::{DatabaseName, Entry, IncompleteReason, Origin, VerificationMethod};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{BackupSettings, ProjectDatabaseError};

/// Whether a database has a backup that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupState {
    /// The database.
    pub database: String,
    /// Its newest verified backup.
    pub newest: Option<NewestBackup>,
    /// When one of its backups was last restored to test it.
    pub last_restore_test: Option<Timestamp>,
    /// What is wrong, a line each.
    pub problems: Vec<String>,
}

/// The newest verified backup of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewestBackup {
    /// The backup.
    pub id: BackupId,
    /// When it was made.
    pub created: Timestamp,
    /// Bytes in the store.
    pub bytes: u64,
    /// Whether a copy of it is off site.
    pub is_off_site: bool,
}

impl BackupState {
    /// Looks at the backups of a database of this origin.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn of(
        settings: &BackupSettings,
        database: &DatabaseName,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Self, ProjectDatabaseError> {
        let mut entries = settings.store.list(database)?;
        // What cannot be read may be one of its own.
        let is_own =
            |entry: &Entry| entry.backup().is_none_or(|backup| backup.manifest.origin == *origin);
        entries.retain(is_own);
        let newest = newest_verified(&entries, now);
        let problems = problems(settings, database, newest.as_ref(), &entries, now);
        let last_restore_test = last_restore_test(&entries);
        Ok(Self { database: database.to_string(), newest, last_restore_test, problems })
    }
}

/// One of the future proves that a clock was wrong, and not how old it is.
fn newest_verified(entries: &[Entry], now: Timestamp) -> Option<NewestBackup> {
    let backups = entries.iter().filter_map(Entry::backup).map(|backup| &backup.manifest);
    let mut verified =
        backups.filter(|manifest| manifest.is_verified() && manifest.id.time() <= now);
    verified.next().map(|manifest| NewestBackup {
        id: manifest.id,
        created: manifest.created,
        bytes: manifest.stored.bytes,
        is_off_site: !manifest.copies.is_empty(),
    })
}

fn last_restore_test(entries: &[Entry]) -> Option<Timestamp> {
    let verifications =
        entries.iter().filter_map(Entry::backup).flat_map(|backup| &backup.manifest.verifications);
    let tests =
        verifications.filter(|done| done.method == VerificationMethod::Restore && done.passed);
    tests.map(|done| done.time).max()
}

fn problems(
    settings: &BackupSettings,
    database: &DatabaseName,
    newest: Option<&NewestBackup>,
    entries: &[Entry],
    now: Timestamp,
) -> Vec<String> {
    let mut problems = Vec::new();
    match newest {
        None => problems.push(format!("database {database} has no verified backup")),
        Some(newest) => problems.extend(too_old(settings, database, newest, now)),
    }
    problems.extend(entries.iter().filter_map(|entry| unusable(database, entry)));
    problems
}

/// What is being written, or was left by a kill, is none: the next run cleans it.
fn unusable(database: &DatabaseName, entry: &Entry) -> Option<String> {
    match entry {
        Entry::Backup(backup) => {
            let failed = backup.manifest.verifications.iter().find(|done| !done.passed)?;
            Some(format!("backup {} of {database} is not good: {}", backup.id(), failed.detail))
        }
        Entry::Incomplete {
            reason: IncompleteReason::BeingWritten | IncompleteReason::Interrupted,
            ..
        } => None,
        Entry::Incomplete { name, reason, .. } => {
            Some(format!("backup {name} of {database} is incomplete: {reason}"))
        }
        Entry::Unreadable { name, reason, .. } => {
            Some(format!("backup {name} of {database} is unreadable: {reason}"))
        }
    }
}

fn too_old(
    settings: &BackupSettings,
    database: &DatabaseName,
    newest: &NewestBackup,
    now: Timestamp,
) -> Option<String> {
    let limit = SignedDuration::try_from(settings.max_age?.duration()).ok()?;
    let age = now.duration_since(newest.created);
    (age > limit).then(|| {
        let (age, limit) = (rounded(age), rounded(limit));
        format!("the newest verified backup of database {database} is {age} old; at most {limit} is allowed")
    })
}

/// Such as `26 h`; the unit is the largest with at least two of it.
fn rounded(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
