use std::{path::PathBuf, time::Duration};

use image_ref::Platform;

use crate::engine::ApiVersion;

/// A foreign error kept as the source of ours.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why something could not be done with the engine. The texts read after a
/// colon; [`EngineError::hint`] says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields say what the texts say")]
pub enum EngineError {
    /// The address of an engine cannot be used.
    #[error("`{endpoint}` is not a usable engine address: {reason}")]
    Endpoint { endpoint: String, reason: &'static str },
    /// Both ways of naming an engine at once.
    #[error("an engine address and a Docker context were both stated; state one")]
    HostAndContext,
    /// No such Docker context.
    #[error("Docker context `{name}` does not exist in {}", folder.display())]
    UnknownContext { name: String, folder: PathBuf },
    /// Docker's configuration cannot be read.
    #[error("cannot read {}", file.display())]
    ContextUnreadable { file: PathBuf, source: Cause },

    /// Nothing answers at the engine's address.
    #[error("no Docker Engine answers at {endpoint}")]
    EngineAbsent { endpoint: String, source: Cause },
    /// The engine's socket is there and may not be used.
    #[error("no permission to use the Docker Engine's socket {socket}")]
    PermissionDenied { socket: String, source: Cause },
    /// The engine speaks only older versions of its API than this crate.
    #[error("the Docker Engine at {endpoint} speaks API {found}; {needed} or newer is needed")]
    TooOld { endpoint: String, found: ApiVersion, needed: ApiVersion },
    /// The engine speaks only newer versions of its API than this crate.
    #[error("the Docker Engine at {endpoint} wants API {needed}; this program knows up to {known}")]
    TooNew { endpoint: String, needed: ApiVersion, known: ApiVersion },
    /// The connection broke, or the engine stopped, while it worked.
    #[error("{doing}: the Docker Engine went away")]
    EngineGone { doing: String, source: Cause },
    /// The engine did not begin to answer in time.
    #[error("{doing}: the Docker Engine did not answer in time")]
    NoAnswer { doing: String },
    /// The engine said no.
    #[error("{doing}: {message}")]
    Refused {
        doing: String,
        /// HTTP status; `None` when the refusal came inside a stream.
        status: Option<u16>,
        message: String,
    },
    /// The engine's answer is not what its API promises.
    #[error("{doing}: the Docker Engine's answer cannot be read")]
    Unreadable { doing: String, source: Cause },
    /// A disk is full: the engine's, or the one written to.
    #[error("{doing}: no space left: {message}")]
    NoSpace { doing: String, message: String },

    /// The engine has no such image.
    #[error("image `{image}` is not in the Docker Engine")]
    ImageNotFound { image: String },
    /// Something still uses the image.
    #[error("image `{image}` is in use: {message}")]
    ImageInUse { image: String, message: String },

    /// The engine has no such container.
    #[error("container `{container}` is not in the Docker Engine")]
    ContainerNotFound { container: String },

    /// The folder to build from is not there.
    #[error("build context {} is not a folder", folder.display())]
    ContextMissing { folder: PathBuf },
    /// There is no Dockerfile.
    #[error("Dockerfile {} does not exist", file.display())]
    DockerfileMissing { file: PathBuf },
    /// A file that the build needs cannot be read.
    #[error("cannot read {} for the build", file.display())]
    ContextUnreadableFile { file: PathBuf, source: std::io::Error },
    /// A line of an ignore file is not a pattern.
    #[error("{}, line {line}: `{pattern}` is not a valid pattern", file.display())]
    IgnorePattern { file: PathBuf, line: usize, pattern: String },
    /// A build argument looks like a secret, and those end up in the image.
    #[error("build argument `{name}` looks like a secret; its value would stay in the image")]
    SecretBuildArgument { name: String },
    /// No platform was asked for.
    #[error("no platform was asked for")]
    NoPlatform,
    /// The image cannot be built for this platform here.
    #[error("cannot build for {platform} on this machine: {message}")]
    PlatformNotBuildable { platform: String, message: String },
    /// The Dockerfile uses what only BuildKit has, and buildx is not there.
    #[error("the Dockerfile needs BuildKit: {message}")]
    BuildKitNeeded { message: String },
    /// A base image cannot be had.
    #[error("a base image cannot be had: {message}")]
    BaseImage { message: String },
    /// A `RUN` step ended with an error.
    #[error("a build step failed: {message}{}", tail_of(.tail))]
    StepFailed { message: String, tail: String },
    /// The build failed otherwise.
    #[error("the build failed: {message}{}", tail_of(.tail))]
    BuildFailed { message: String, tail: String },
    /// The built image says that it is for another platform.
    #[error("the image built for {wanted} says it is for {found}")]
    WrongPlatform { wanted: Box<Platform>, found: Box<Platform> },

    /// An exported image is incomplete or contradicts itself.
    #[error("the exported image is not usable: {reason}")]
    Archive { reason: String },
    /// A layout folder is incomplete or contradicts itself.
    #[error("{} is not a usable OCI image layout: {reason}", folder.display())]
    Layout { folder: PathBuf, reason: String },
    /// A file cannot be read or written.
    #[error("{doing} {}", path.display())]
    File { doing: &'static str, path: PathBuf, source: std::io::Error },

    /// The program to run is not in the image.
    #[error("image `{image}` has no program `{program}`: {message}")]
    ProgramMissing { image: String, program: String, message: String },
    /// The image's programs are for another machine.
    #[error("image `{image}` is for {found}, which this machine cannot run")]
    NotRunnable { image: String, found: Platform },
    /// The container ran longer than allowed and was removed.
    #[error("a container of `{image}` did not end within {} s and was removed", limit.as_secs())]
    RunTimedOut { image: String, limit: Duration, stdout: String, stderr: String },

    /// The registry does not have what was to be pulled, or does not say so to a stranger.
    #[error("`{reference}` cannot be pulled: {message}")]
    NotPullable { reference: String, message: String },
    /// The registry did not answer while pulling.
    #[error("`{reference}` cannot be pulled, its registry did not answer: {message}")]
    RegistryUnreachable { reference: String, message: String },

    /// A child program could not do its work.
    #[error(transparent)]
    Process(#[from] process::ProcessError),
}

impl EngineError {
    /// Whether an engine was named that cannot be meant: a mistake in the request
    /// or in Docker's configuration, and not of an engine.
    #[must_use]
    pub fn names_no_engine(&self) -> bool {
        use EngineError::{ContextUnreadable, Endpoint, HostAndContext, UnknownContext};
        matches!(
            self,
            Endpoint { .. } | HostAndContext | UnknownContext { .. } | ContextUnreadable { .. }
        )
    }
}

fn tail_of(tail: &str) -> String {
    if tail.is_empty() { String::new() } else { format!(":\n{tail}") }
}
