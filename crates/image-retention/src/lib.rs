#![doc = include_str!("../README.md")]

mod chains;
mod fate;
mod freed;
mod inventory;
mod observed;
mod pattern;
mod plan;
mod planner;
mod policy;
mod reason;
mod rebuild;
mod removed;
mod tag;
mod usage;
mod uses;
mod versions;
mod violations;

pub use freed::{Freed, HistoryEntry, freed, histories_needed};
pub use observed::{Image, Observed};
pub use pattern::{Pattern, PatternError};
pub use plan::{Decision, ImageRemoval, Plan, Target, Verdict};
pub use planner::plan;
pub use policy::{Policy, Scope};
pub use reason::{KeepReason, RemovalReason};
pub use rebuild::RebuildHint;
pub use removed::unused;
pub use tag::{Family, TagVersion, VersionedTag};
pub use uses::{Use, Used, User, with_default_tag};
pub use versions::ServiceVersions;
pub use violations::{Rule, Violation, violations};
