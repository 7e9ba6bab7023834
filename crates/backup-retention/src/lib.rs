#![doc = include_str!("../README.md")]

mod backup;
mod counts;
mod id;
mod kind;
mod plan;
mod planner;
mod reason;

pub use backup::{Backup, BackupState};
pub use counts::RetentionCounts;
pub use id::{BackupId, BackupIdError};
pub use kind::{BackupKind, BackupKindError};
pub use plan::{Decision, RetentionPlan, RetentionVerdict};
pub use planner::plan_retention;
pub use reason::{KeepReason, RemovalReason};
