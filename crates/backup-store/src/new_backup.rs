use backup_retention::BackupKind;

use crate::{DatabaseName, Engine, Origin, Recipients};

/// What a backup is to be.
#[derive(Debug, Clone)]
pub struct NewBackup {
    /// The database, by its name in the store.
    pub database: DatabaseName,
    /// Why it is made.
    pub kind: BackupKind,
    /// What makes the content.
    pub engine: Engine,
    /// Where the database is.
    pub origin: Origin,
    /// Who can read it; without one it is not encrypted.
    pub recipients: Recipients,
    /// The deployment that it is made for.
    pub deployment: Option<String>,
    /// The image that uses the database.
    pub image: Option<String>,
    /// Who makes it.
    pub performer: Option<String>,
}

impl NewBackup {
    /// A backup that is not encrypted and belongs to no deployment.
    #[must_use]
    pub fn new(database: DatabaseName, kind: BackupKind, engine: Engine, origin: Origin) -> Self {
        let recipients = Recipients::none();
        let (deployment, image, performer) = (None, None, None);
        Self { database, kind, engine, origin, recipients, deployment, image, performer }
    }
}
