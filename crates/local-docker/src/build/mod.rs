//! Builds of images: the request, the available tools, and the result in a layout.

mod buildx;
mod classic;
mod context;
mod dockerfile;
mod emulators;
mod event;
mod failure;
mod job;
mod request;
mod secret_names;
mod secret_values;
mod secret_variables;
mod secrets;
mod tools;

pub use buildx::{Builder, Buildx, DockerPrograms};
pub use dockerfile::{BuildKitFeature, DockerfileReview, DockerfileSecret};
pub(crate) use emulators::{is_on_this_machine, is_this_machine};
pub use event::{BuildEvent, OnBuildEvent};
pub(crate) use job::build_image;
pub use job::{BuiltImage, LocalBuild};
pub use request::BuildRequest;
pub(crate) use secret_variables::secret_values_of;
pub use secrets::{SecretSign, secret_sign};
pub(crate) use tools::detect_tools;
pub use tools::{BuildStrategy, BuildTools, RunnablePlatforms};
