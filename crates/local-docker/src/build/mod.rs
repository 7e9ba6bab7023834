//! Builds of images: the request, the available tools, and the result in a layout.

mod buildx;
mod classic;
mod context;
mod dockerfile;
mod event;
mod failure;
mod job;
mod request;
mod secret_names;
mod tools;

pub use buildx::{Builder, Buildx, DockerPrograms};
pub use event::{BuildEvent, OnBuildEvent};
pub(crate) use job::build_image;
pub use job::{BuiltImage, LocalBuild};
pub use request::BuildRequest;
pub(crate) use tools::detect_tools;
pub use tools::{BuildStrategy, BuildTools};
