#![doc = include_str!("../README.md")]

mod api_version;
mod build;
mod byte_channel;
mod cleanup;
mod client;
mod containers;
mod disk_usage;
mod engine;
mod error;
mod export;
mod go_error;
mod images;
mod info;
mod locate;
mod networks;
mod removal;
mod run;
mod swarm;
mod volumes;

pub use api_version::ApiVersion;
pub use build::{
    BuildEvent, BuildRequest, BuildStrategy, BuildTools, Builder, Buildx, BuiltImage,
    DockerPrograms, LocalBuild, OnBuildEvent,
};
pub use containers::{
    ContainerDetails, ContainerId, ContainerRemoveOptions, ContainerState, ContainerSummary,
    Containers, Health, InvalidContainerId, Mount, StopOutcome,
};
pub use disk_usage::{CacheRecord, DiskUsage};
pub use engine::Engine;
pub use error::EngineError;
pub use export::PlatformImage;
pub use images::{
    HistoryStep, ImageDeletion, ImageDetails, ImageName, ImageSummary, Images, PullProgress,
    PulledImage,
};
pub use info::{EngineInfo, ImageStore};
pub use locate::{Address, DockerEnvironment, Endpoint, EndpointChoice, TlsFiles};
pub use networks::{Network, Networks};
pub use removal::RemoveOutcome;
pub use run::{CHECK_LABEL, RunCommand, RunOutcome, RunRequest};
pub use swarm::{Swarm, SwarmService};
pub use volumes::{Volume, Volumes};
