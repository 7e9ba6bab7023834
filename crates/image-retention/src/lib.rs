#![doc = include_str!("../README.md")]

mod engine_state;
mod freed;
mod image_use;
mod inventory;
mod layer_tree;
mod pattern;
mod plan;
mod planner;
mod pod_names;
mod policy;
mod reason;
mod rebuild_hints;
mod removal_effect;
mod removed_images;
mod service_versions;
mod tag;
mod target;
mod usage;
mod users_by_image;
mod violations;

pub use engine_state::{EngineState, Image};
pub use freed::{FreedBytes, HistoryEntry, freed_bytes, needed_histories};
pub use image_use::{ImageUse, ImageUser, UsedImage, with_default_tag};
pub use pattern::{Pattern, PatternError};
pub use plan::{Decision, ImageRemoval, Plan, RetentionVerdict};
pub use planner::plan;
pub use policy::{Policy, Scope};
pub use reason::{KeepReason, RemovalReason};
pub use rebuild_hints::{RebuildHint, rebuild_hints};
pub use removed_images::{removed_images, unused_images};
pub use service_versions::{ServiceVersions, service_versions};
pub use tag::{Family, TagVersion, VersionedTag};
pub use target::Target;
pub use users_by_image::users_by_image;
pub use violations::{Rule, Violation, violations};
