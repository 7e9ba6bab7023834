use backup_retention::BackupId;
use journal::Holder;

use crate::{
    Backup, Manifest, StoreError,
    commit::lock_database,
    files,
    layout::{self, DatabaseFolder},
    listing,
};

/// Changes what is recorded of a backup: all of it, or nothing.
pub(crate) fn update(
    folder: &DatabaseFolder,
    id: BackupId,
    holder: &Holder,
    change: impl FnOnce(&mut Manifest),
) -> Result<Backup, StoreError> {
    // Without the folder no lock would make one.
    listing::find(folder, id)?;
    let _lock = lock_database(folder, holder)?;
    let mut backup = listing::find(folder, id)?;
    change(&mut backup.manifest);
    let unwritable =
        |source| StoreError::Unwritable { database: folder.database.clone(), id, source };
    let json = backup.manifest.to_json().map_err(unwritable)?;
    let path = folder.backup(id).join(layout::MANIFEST);
    let partial = folder.backup(id).join(format!("{}{}", layout::MANIFEST, layout::PARTIAL));
    files::replace_file(&path, &partial, &json)?;
    Ok(backup)
}
