//! How much of the disk backups will take.

use backup_store::Entry;

use crate::{BackupSettings, ProjectDatabase, ProjectDatabaseError};

/// The bytes that one more backup of each of some databases takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PredictedSpace {
    /// As much as the newest backups take.
    pub earlier: u64,
    /// The size of the databases that have none: a backup of them is hardly larger.
    pub at_most: u64,
}

impl PredictedSpace {
    /// Looks at the newest backup of each database, else at its size. A kind of server that does
    /// not know its size counts as nothing.
    ///
    /// # Errors
    /// When the backups cannot be listed, or a server does not answer.
    pub async fn of(
        settings: &BackupSettings,
        databases: &[ProjectDatabase],
    ) -> Result<Self, ProjectDatabaseError> {
        let mut space = Self::default();
        // The first backup makes the folder.
        let has_folder = settings.folder.exists();
        for database in databases {
            let entries = match has_folder {
                true => settings.store.list(&database.name)?,
                false => Vec::new(),
            };
            let backups = entries.iter().filter_map(Entry::backup).map(|backup| &backup.manifest);
            let own = backups.filter(|manifest| manifest.origin == database.origin);
            match own.max_by_key(|manifest| manifest.id) {
                Some(newest) => space.earlier += newest.stored.bytes,
                None => {
                    let bytes = database.adapter.bytes().await.map_err(database.failed())?;
                    space.at_most += bytes.unwrap_or_default();
                }
            }
        }
        Ok(space)
    }
}
