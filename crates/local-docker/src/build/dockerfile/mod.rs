//! As much of a Dockerfile as the classic builder needs help with: which
//! arguments it declares, and what to change for a foreign platform. And what can be
//! found out about a Dockerfile before it is built.

mod adapt;
mod assignments;
mod buildkit_features;
mod from_instruction;
mod heredoc;
mod instruction;
mod review;
mod source;
mod stages;

pub(super) use adapt::{AdaptedDockerfile, ForeignTarget};
pub use review::{BuildKitFeature, DockerfileReview, DockerfileSecret};
pub(super) use source::{Dockerfile, platform_arguments};
