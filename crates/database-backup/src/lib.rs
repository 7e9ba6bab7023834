#![doc = include_str!("../README.md")]

mod back_up;
mod back_up_plan;
mod backup_choice;
mod backup_list;
mod databases;
mod pins;
mod pruning;
mod restore;
mod restore_plan;
mod stored;

pub use back_up::{BackUpReport, BackUpRequest, MadeBackup, back_up_databases};
pub use back_up_plan::{BackUpPlan, PlannedBackup, preview_back_up};
pub use backup_choice::BackupChoice;
pub use backup_list::{BackupList, ListedBackup, list_backups};
pub use backup_retention::{BackupId, BackupKind};
pub use configuration::VerifyBackup;
pub use databases::Databases;
pub use pins::{pin_backup, unpin_backup};
pub use project_databases::{ProjectDatabaseError, RestoreEnding};
pub use pruning::{PruneReport, prune_backups};
pub use restore::{
    RestoreReport, RestoreRequest, end_restore, preview_restore, restore_copy, restore_database,
};
pub use restore_plan::RestorePlan;
pub use stored::StoredBackups;
