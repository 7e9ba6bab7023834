#![doc = include_str!("../README.md")]

mod check;
mod display;
mod finding;
mod invariants;
mod layout;
mod observed;
mod plan;
mod schedule;
mod version;

pub use check::{ReleasePolicy, check};
pub use finding::{Finding, FindingKind};
pub use invariants::violations;
pub use layout::{floating_moves, plan};
pub use observed::{
    Access, ChangelogState, Observed, ObservedForge, ObservedGit, ObservedImage, ObservedIndex,
    ObservedPackage, Progress, Recorded, RemoteState,
};
pub use plan::{
    Action, FloatingMove, Publishing, ReleasePlan, Requirement, Reversibility, Step, StepId,
};
pub use schedule::Schedule;
pub use version::resolve_version;
