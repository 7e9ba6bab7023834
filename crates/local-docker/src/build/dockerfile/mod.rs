//! As much of a Dockerfile as the classic builder needs help with: which
//! arguments it declares, and what to change for a foreign platform.

mod adapt;
mod from_instruction;
mod instruction;
mod source;

pub(super) use adapt::{AdaptedDockerfile, ForeignTarget};
pub(super) use source::{Dockerfile, platform_arguments};
