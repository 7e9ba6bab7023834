#![doc = include_str!("../README.md")]

mod action;
mod finding;
mod floating;
mod layout;
mod observed;
mod observed_setup;
mod plan;
mod preflight;
mod release_tags;
mod step_id;
mod version;
mod violations;

pub use action::Action;
pub use finding::{Finding, FindingKind};
pub use floating::{FloatingMove, floating_moves};
pub use layout::plan;
pub use observed::{
    Access, Attestations, BranchState, ChangelogState, MissingHistory, Observed, ObservedChangelog,
    ObservedForge, ObservedFragments, ObservedGit, ObservedImage, ObservedIndex, ObservedLock,
    ObservedPackage, Progress, Recorded, RemoteState,
};
pub use observed_setup::{
    ObservedBuild, ObservedBuilder, ObservedDisk, ObservedPath, ObservedProgram, ObservedSecret,
    ObservedSetup, ObservedUnreadableLock, PathState, ProgramState, SecretSign,
};
pub use plan::{ReleasePlan, ReleaseStep};
pub use preflight::{ReleasePolicy, check, check_project};
pub use release_tags::{OtherShape, ReleaseTags};
pub use step_id::{StepId, UnknownStep};
pub use version::{earlier_release, is_earlier, resolve_version};
pub use violations::violations;
