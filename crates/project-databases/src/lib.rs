#![doc = include_str!("../README.md")]

mod adapter;
mod back_up;
mod backup_set;
mod connect;
mod declared;
mod error;
mod kept_backup;
mod open_restore;
mod predicted_space;
mod prune;
mod recognised;
mod replaced;
mod restore;
mod settings;
mod state;
mod verify;

pub use back_up::BackupRequest;
pub use backup_retention::{BackupId, BackupKind};
pub use backup_set::BackupSet;
pub use backup_store::{Backup, DatabaseName, Origin};
pub use connect::{ProjectDatabase, connect_database, connect_databases, origin_of};
pub use declared::{DatabaseServer, DeclaredDatabase, database_name, declared_databases};
pub use error::ProjectDatabaseError;
pub use open_restore::{EndedRestore, OpenRestore, RestoreEnding};
pub use predicted_space::PredictedSpace;
pub use prune::{Prune, PrunedBackup, prune};
pub use replaced::{outdated_replaced, remove_replaced};
pub use restore::{DatabaseRestore, PreparedRestore, ReplacedData};
pub use settings::BackupSettings;
pub use state::{BackupState, NewestBackup};
