#![doc = include_str!("../README.md")]

mod build;
mod byte_channel;
mod clean_up;
mod containers;
mod disk_usage;
mod engine;
mod error;
mod export;
mod images;
mod layout;
mod locate;
mod networks;
mod pull;
mod run;
mod swarm;
mod volumes;

pub use build::{
    BuildEvent, BuildEvents, BuildRequest, BuildTools, BuildWay, Builder, Buildx, BuiltImage,
    DockerPrograms, LocalBuild, choose_way,
};
pub use containers::{
    Container, ContainerDetails, ContainerId, ContainerRemoval, ContainerState, Health, Mount,
    NotAContainerId, Removed, Stopped,
};
pub use disk_usage::{CacheRecord, DiskUsage};
pub use engine::{ApiVersion, Engine, EngineDescription, ImageStore};
pub use error::EngineError;
pub use export::PlatformImage;
pub use images::{HistoryEntry, ImageDetails, ImageName, ListedImage, LocalImage, Removal};
pub use layout::{Descriptor, OciLayout, media_type};
pub use locate::{Address, DockerEnvironment, Endpoint, EndpointChoice, TlsFiles};
pub use networks::Network;
pub use pull::{PullProgress, PulledImage};
pub use run::{CHECK_LABEL, RunCommand, RunOutcome, RunRequest};
pub use swarm::SwarmService;
pub use volumes::Volume;
