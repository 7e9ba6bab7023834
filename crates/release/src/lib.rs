#![doc = include_str!("../README.md")]

mod clients;
mod commit_evidence;
mod conclude;
mod context;
mod error;
mod folder;
mod image_check;
mod install_check;
mod observe;
mod planned;
mod project;
mod publish;
mod published;
mod review_links;
mod step_error;
mod steps;
#[cfg(test)]
mod test_scene;
mod unfinished;
mod verify;
mod withdraw;

pub use error::ReleaseError;
pub use planned::PlannedRelease;
pub use project::{Project, ProjectPackage};
pub use publish::{ReleaseRequest, preview, publish};
pub use published::{PublishedRelease, ReportedStep};
pub use verify::{Check, Verdict, VerifiedRelease, VerifyRequest, verify};
pub use withdraw::{WithdrawnRelease, withdraw};
