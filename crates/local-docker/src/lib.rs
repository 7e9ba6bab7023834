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
mod free_disk;
mod go_error;
mod images;
mod info;
mod locate;
mod networks;
mod placeholder;
mod removal;
mod run;
mod ssh;
mod swarm;
mod volumes;

pub use api_version::ApiVersion;
pub use build::{
    BuildEvent, BuildKitFeature, BuildRequest, BuildStrategy, BuildTools, Builder, Buildx,
    BuiltImage, DockerPrograms, DockerfileReview, DockerfileSecret, LocalBuild, OnBuildEvent,
    RunnablePlatforms, SecretSign, secret_sign,
};
pub use containers::{
    ContainerDetails, ContainerId, ContainerRemoveOptions, ContainerSpecification, ContainerState,
    ContainerSummary, Containers, Creation, ExecEvent, ExecEvents, ExecInput, ExecOutput, Health,
    InvalidContainerId, LogLine, LogRequest, LogStream, Logs, Mount, NewContainer, Process,
    Processes, StopOutcome,
};
pub use disk_usage::{CacheRecord, DiskUsage};
pub use engine::Engine;
pub use error::EngineError;
pub use export::PlatformImage;
pub use images::{
    HistoryStep, ImageDeletion, ImageDetails, ImageName, ImageSummary, Images, PullLogin,
    PullProgress, PulledImage,
};
pub use info::{EngineInfo, ImageStore};
pub use locate::{Address, DockerEnvironment, Endpoint, EndpointChoice, TlsFiles};
pub use networks::{Network, Networks};
pub use placeholder::{NamedLocks, VolumeFiles};
pub use removal::RemoveOutcome;
pub use run::{CHECK_LABEL, RunCommand, RunOutcome, RunRequest};
pub use ssh::{SshDestination, SshProblem, SshStream};
pub use swarm::{Swarm, SwarmService};
pub use volumes::{Volume, Volumes};
