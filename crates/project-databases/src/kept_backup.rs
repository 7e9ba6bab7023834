//! Backups that a deployment needs as long as it can be rolled back.

use backup_retention::BackupId;
use backup_store::{DatabaseName, Pin};
use jiff::Timestamp;

use crate::{BackupSettings, ProjectDatabaseError};

impl BackupSettings {
    /// Keeps a backup from being removed until the deployment is released.
    ///
    /// # Errors
    /// Those of the folder.
    pub fn keep_for(
        &self,
        deployment: &str,
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<(), ProjectDatabaseError> {
        let (holder, since) = (holder(deployment), Timestamp::now());
        let reason = "a rollback may need it".to_owned();
        self.store.pin(database, id, Pin { holder, reason, since })?;
        Ok(())
    }

    /// Nothing can be rolled back to before this deployment any longer.
    ///
    /// # Errors
    /// Those of the folder.
    pub fn release(
        &self,
        deployment: &str,
        database: &DatabaseName,
    ) -> Result<(), ProjectDatabaseError> {
        if !self.folder.exists() {
            return Ok(());
        }
        self.take_back_pins(&holder(deployment), database)
    }

    /// Takes back every pin of a holder, also one that a kill has left.
    pub(crate) fn take_back_pins(
        &self,
        holder: &str,
        database: &DatabaseName,
    ) -> Result<(), ProjectDatabaseError> {
        for entry in self.store.list(database)? {
            let Some(backup) = entry.backup() else { continue };
            if backup.manifest.pins.iter().any(|pin| pin.holder == holder) {
                self.store.unpin(database, backup.id(), holder)?;
            }
        }
        Ok(())
    }
}

fn holder(deployment: &str) -> String {
    format!("deployment {deployment}")
}
