#![doc = include_str!("../README.md")]

mod abort;
mod carry_out;
mod compose_target;
mod context;
mod data_gate;
mod database_gate;
mod database_status;
mod database_table;
mod deploy;
mod deployed;
mod diagnostics;
mod error;
mod finish;
mod freeze;
mod gate;
mod history;
mod logs;
mod maintenance;
mod one_off;
pub mod plan;
mod planned;
mod project_command;
mod record;
mod request;
mod requested_service;
mod rollback;
mod rollback_choice;
mod rollback_list;
mod rollback_point;
mod secret_mask;
mod session;
mod snapshot;
mod status;
mod status_report;
mod step_error;
mod steps;
mod stopped_writers;
mod take_back;
pub mod target;

pub use abort::abort;
pub use compose_target::ComposeTarget;
pub use database_status::with_databases;
pub use deploy::{deploy, preview_deploy};
pub use deployed::DeploymentReport;
pub use error::DeploymentError;
pub use freeze::{freeze, report_lock, unlock};
pub use history::History;
pub use logs::{LogsRequest, show_logs};
pub use maintenance::maintain;
pub use one_off::{
    CommandEnding, CommandOutcome, CommandRecord, CommandReport, CommandRequest, ListedCommand,
    PlannedCommand, preview_command, run_one_off,
};
pub use planned::PlannedDeployment;
pub use record::{DeploymentOutcome, DeploymentRecord, Ending, UnreadableRecord};
pub use request::{DeployRequest, RestoreRequest, RollbackRequest};
pub use rollback::{list_rollback_points, preview_rollback, rollback};
pub use rollback_list::{ListedPoint, RollbackList};
pub use rollback_point::{KeptBackup, KeptImage, RollbackPoint};
pub use status::{deployment_status, require_no_problems};
pub use status_report::{InstanceStatus, ServiceStatus, StatusReport};
