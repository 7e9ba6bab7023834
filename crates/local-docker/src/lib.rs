#![doc = include_str!("../README.md")]

mod build;
mod byte_channel;
mod clean_up;
mod endpoint;
mod engine;
mod error;
mod export;
mod hint;
mod images;
mod layout;
mod pull;
mod run;

pub use build::{
    BuildEvent, BuildEvents, BuildRequest, BuildTools, BuildWay, Builder, Buildx, BuiltImage,
    DockerPrograms, LocalBuild, choose_way,
};
pub use endpoint::{Address, DockerEnvironment, Endpoint, EndpointChoice, TlsFiles};
pub use engine::{ApiVersion, Engine, EngineDescription, ImageStore};
pub use error::EngineError;
pub use export::PlatformImage;
pub use images::{ImageName, LocalImage, Removal};
pub use layout::{Descriptor, OciLayout, media_type};
pub use pull::{PullProgress, PulledImage};
pub use run::{CHECK_LABEL, RunCommand, RunOutcome, RunRequest};
