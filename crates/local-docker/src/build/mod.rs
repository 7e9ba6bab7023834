//! Building images: what is asked for, with which tools, and into a layout.

mod buildx;
mod classic;
mod context;
mod dockerfile;
mod event;
mod failure;
mod request;
mod run;
mod secret_names;
mod tools;
mod way;

pub use event::{BuildEvent, BuildEvents};
pub use request::BuildRequest;
pub(crate) use run::build_image;
pub use run::{BuiltImage, LocalBuild};
pub(crate) use tools::detect_tools;
pub use tools::{BuildTools, Builder, Buildx, DockerPrograms};
pub use way::{BuildWay, choose_way};
