#![doc = include_str!("../README.md")]

pub mod clean_local_images;
mod compose_projects;
mod environment;
mod error;
pub mod full_release;
mod local_project;
mod project;
pub mod rehearse;
mod services;
pub mod stop_compose;
pub mod up_compose;
pub mod verify_release;

pub use compose_projects::{ComposeSelection, locate_compose_projects};
pub use environment::{Answer, Confirm, Environment};
pub use error::{FailureKind, OperationError};
pub use local_project::LocalProject;
pub use project::{Project, ProjectPackage};

use jiff::Timestamp;
use journal::Holder;

/// Who this process is, for those who meet its lock.
pub(crate) fn lock_holder(environment: &Environment, operation: &str) -> Holder {
    let text =
        |name: &str| environment.variable(name).map(|value| value.to_string_lossy().into_owned());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    Holder {
        operation: operation.to_owned(),
        user: text("USER").or_else(|| text("LOGNAME")).unwrap_or_else(|| "somebody".to_owned()),
        host: host.map_or_else(|| "this host".to_owned(), |host| host.trim().to_owned()),
        process: std::process::id(),
        since: Timestamp::now(),
    }
}
