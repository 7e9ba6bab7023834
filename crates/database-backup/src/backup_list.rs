use backup_retention::BackupId;
use backup_store::{DatabaseName, Entry, Manifest, RemoteEntry, VerificationMethod};
use jiff::Timestamp;
use operation::Present;
use project_databases::ProjectDatabaseError;
use report::{Document, Event, Reporter, Table, bytes};
use serde::Serialize;
use serde_json::json;

use crate::StoredBackups;

const OFF_SITE: &str = "off site";

/// The backups of a project.
#[derive(Debug, Clone, Serialize)]
pub struct BackupList {
    /// The folder that they are in.
    pub folder: String,
    /// By database, the newest first; those that are only off site last.
    pub backups: Vec<ListedBackup>,
}

/// A backup, or what is in the place of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedBackup {
    /// The database.
    pub database: String,
    /// Its identifier, or the name of what is in its place.
    pub name: String,
    /// When it was started.
    pub created: Option<Timestamp>,
    /// Bytes that it takes.
    pub bytes: Option<u64>,
    /// How it was verified, or why it cannot be used.
    pub state: String,
    /// Whether it can be restored: it is complete, and no verification failed.
    pub is_usable: bool,
    /// Where it is: `local`, `off site`, both, or `local; its copy off site is gone`.
    pub place: &'static str,
    /// Who has pinned it and what for.
    pub pins: Vec<String>,
}

/// Lists the backups in the folder and, where that is configured, off site.
///
/// # Errors
/// When the folder or the storage off site cannot be read.
pub async fn list_backups(stored: &StoredBackups) -> Result<BackupList, ProjectDatabaseError> {
    let mut backups = Vec::new();
    for database in &stored.databases {
        backups.extend(list_of(stored, database).await?);
    }
    Ok(BackupList { folder: stored.settings.folder.display().to_string(), backups })
}

async fn list_of(
    stored: &StoredBackups,
    database: &DatabaseName,
) -> Result<Vec<ListedBackup>, ProjectDatabaseError> {
    let settings = &stored.settings;
    let local = if settings.folder.exists() { settings.store.list(database)? } else { Vec::new() };
    let copies = match &settings.remote {
        Some(remote) => Some(remote.list(database).await?),
        None => None,
    };
    let name = database.as_str();
    let mut listed: Vec<ListedBackup> =
        local.iter().map(|entry| listed_entry(name, entry, copies.as_deref())).collect();
    let ids: Vec<BackupId> = local.iter().filter_map(Entry::id).collect();
    let others = copies.iter().flatten().filter_map(|entry| listed_copy(name, entry, &ids));
    listed.extend(others);
    Ok(listed)
}

/// Where a backup of the folder is. Without access to the storage, the record counts.
fn place_of(manifest: &Manifest, copies: Option<&[RemoteEntry]>) -> &'static str {
    let is_found = |copies: &[RemoteEntry]| {
        copies.iter().filter_map(RemoteEntry::backup).any(|copy| copy.id == manifest.id)
    };
    match (manifest.copies.is_empty(), copies.map(is_found)) {
        (true, None | Some(false)) => "local",
        (false, Some(false)) => "local; its copy off site is gone",
        (_, Some(true)) | (false, None) => "local, off site",
    }
}

fn listed_entry(database: &str, entry: &Entry, copies: Option<&[RemoteEntry]>) -> ListedBackup {
    match entry {
        Entry::Backup(backup) => {
            let place = place_of(&backup.manifest, copies);
            listed_backup(database, &backup.manifest, place)
        }
        Entry::Incomplete { name, reason, .. } => {
            unusable(database, name, format!("incomplete: {reason}"))
        }
        Entry::Unreadable { name, reason, .. } => {
            unusable(database, name, format!("unreadable: {reason}"))
        }
    }
}

fn unusable(database: &str, name: &str, state: String) -> ListedBackup {
    ListedBackup {
        database: database.to_owned(),
        name: name.to_owned(),
        created: None,
        bytes: None,
        state,
        is_usable: false,
        place: "local",
        pins: Vec::new(),
    }
}

/// A copy off site of a backup that the folder does not have, or one that cannot be used.
fn listed_copy(database: &str, entry: &RemoteEntry, local: &[BackupId]) -> Option<ListedBackup> {
    match entry {
        RemoteEntry::Backup(manifest) if local.contains(&manifest.id) => None,
        RemoteEntry::Backup(manifest) => Some(listed_backup(database, manifest, OFF_SITE)),
        RemoteEntry::Incomplete { id, reason } => {
            let state = format!("incomplete: {reason}");
            Some(ListedBackup { place: OFF_SITE, ..unusable(database, &id.to_string(), state) })
        }
        RemoteEntry::Unreadable { name, reason } => {
            let state = format!("unreadable: {reason}");
            Some(ListedBackup { place: OFF_SITE, ..unusable(database, name, state) })
        }
    }
}

fn listed_backup(database: &str, manifest: &Manifest, place: &'static str) -> ListedBackup {
    let pins = manifest.pins.iter().map(|pin| format!("{}: {}", pin.holder, pin.reason));
    ListedBackup {
        database: database.to_owned(),
        name: manifest.id.to_string(),
        created: Some(manifest.created),
        bytes: Some(manifest.stored.bytes),
        state: verification_of(manifest),
        is_usable: manifest.verifications.iter().all(|record| record.passed),
        place,
        pins: pins.collect(),
    }
}

fn verification_of(manifest: &Manifest) -> String {
    if let Some(failed) = manifest.verifications.iter().find(|record| !record.passed) {
        return format!("not good: {}", failed.detail);
    }
    let methods: Vec<_> = manifest.verifications.iter().map(|record| record.method).collect();
    match methods.as_slice() {
        methods if methods.contains(&VerificationMethod::Restore) => "restored as a test",
        [] => "not verified",
        _ => "read and compared",
    }
    .to_owned()
}

impl Present for BackupList {
    fn present(&self, reporter: &Reporter) {
        let document = Document::new(json!(self)).heading(format!("Backups in {}", self.folder));
        let document = match self.backups.is_empty() {
            true => document.text("There are none."),
            false => document.table(table(&self.backups)),
        };
        reporter.emit(&Event::Report(document));
    }
}

fn table(backups: &[ListedBackup]) -> Table {
    let mut table = Table::new(&["database", "backup", "size", "verification", "place", "pinned"]);
    for backup in backups {
        table.row([
            backup.database.clone(),
            backup.name.clone(),
            backup.bytes.map_or_else(|| "–".to_owned(), bytes),
            backup.state.clone(),
            backup.place.to_owned(),
            backup.pins.join("; "),
        ]);
    }
    table
}
