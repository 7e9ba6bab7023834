//! The files that are sent to the classic builder.

mod archive;
mod ignore;
mod pattern;
mod walk;

pub(super) use archive::{ContextArchive, ReplacementDockerfile};
