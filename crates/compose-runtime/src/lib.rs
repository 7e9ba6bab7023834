#![doc = include_str!("../README.md")]

mod compose_output;
mod container_change;
mod container_proof;
mod engine_image;
mod error;
mod expected_image;
#[cfg(test)]
mod fixtures;
mod installed_compose;
mod interrupted_replacement;
mod observation;
mod project_lock;
mod readiness;
mod readiness_watch;
mod registry_client;
mod rolled_back;
mod selection;
mod served_digest;

pub use compose_output::{
    BusyContainers, ComposeOutput, PlannedAction, RemovalProgress, ResourceProgress,
    planned_actions,
};
pub use container_change::{ContainerChange, removed_containers};
pub use container_proof::{ContainerProof, ImageVerdict};
pub use engine_image::{EngineImage, PullReason, engine_images, pull_reason};
pub use error::ComposeRuntimeError;
pub use expected_image::{ExpectedImage, UncheckedReason};
pub use installed_compose::{ComposeRunError, InstalledCompose, run_compose};
pub use interrupted_replacement::remove_interrupted_replacements;
pub use observation::{Observation, ProjectObserver, ServiceContainer};
pub use project_lock::{
    LockHolder, LockOutcome, LockPlace, Machine, ProjectLock, ProjectLockError, holder_of,
    take_or_take_over,
};
pub use readiness::Readiness;
pub use readiness_watch::{ReadinessCheck, ReadinessWatch};
pub use registry_client::registry_client;
pub use rolled_back::{
    DeploymentRecordError, RestoredConfiguration, RolledBack, deployments_volume,
    rolled_back_services,
};
pub use selection::{
    all_projects, choose_project, compose_flags, only_project, selected_projects, surroundings,
};
pub use served_digest::{UnresolvedReference, served_digests};
