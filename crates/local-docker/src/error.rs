use std::{path::PathBuf, time::Duration};

use image_ref::Platform;
use oci_image::ImageError;

use crate::{api_version::ApiVersion, ssh::SshProblem};

/// A foreign error kept as the source of ours.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an operation on the engine failed. See
/// [`EngineError::advice`] for what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages explain the fields")]
pub enum EngineError {
    /// The address of an engine cannot be used.
    #[error("invalid Docker Engine address `{address}`: {reason}")]
    InvalidAddress { address: String, reason: &'static str },
    /// An address and a context at once.
    #[error("both a Docker Engine address and a Docker context are given; give only one")]
    HostAndContext,
    /// No such Docker context.
    #[error("unknown Docker context `{name}`: not found in {}", folder.display())]
    UnknownContext { name: String, folder: PathBuf },
    /// Docker's configuration cannot be read.
    #[error("cannot read Docker's configuration {}", file.display())]
    DockerConfigUnreadable { file: PathBuf, source: Cause },

    /// Nothing answers at the engine's address.
    #[error("no Docker Engine answers at {endpoint}")]
    EngineAbsent { endpoint: String, source: Cause },
    /// The engine's machine cannot be reached by ssh.
    #[error("cannot reach the Docker Engine at {endpoint}: {problem}{}", tail_lines(.output))]
    Ssh { endpoint: String, problem: SshProblem, output: String },
    /// The engine's socket exists and this user may not use it.
    #[error("no permission to use the Docker Engine's socket {socket}")]
    PermissionDenied { socket: String, source: Cause },
    /// The certificates for the engine's address cannot be used.
    #[error("cannot use the certificates for the Docker Engine at {endpoint}")]
    Certificates { endpoint: String, source: Cause },
    /// The engine supports only older versions of its API than this crate.
    #[error(
        "the Docker Engine at {endpoint} supports API {found}; version {needed} or newer is needed"
    )]
    TooOld { endpoint: String, found: ApiVersion, needed: ApiVersion },
    /// The engine supports only newer versions of its API than this crate.
    #[error(
        "the Docker Engine at {endpoint} requires API {needed} or newer; this program supports up \
         to {supported}"
    )]
    TooNew { endpoint: String, needed: ApiVersion, supported: ApiVersion },
    /// The connection broke, or the engine stopped, during an operation.
    #[error("{doing}: the Docker Engine went away")]
    EngineGone { doing: String, source: Cause },
    /// The ssh connection to the engine's machine broke during an operation. Whether the engine
    /// did what it was asked for is not known.
    #[error("{doing}: the connection to the Docker Engine was lost")]
    ConnectionLost { doing: String, source: Cause },
    /// The engine did not begin to answer in time.
    #[error("{doing}: the Docker Engine did not answer in time")]
    NoAnswer { doing: String },
    /// The engine refused the request.
    #[error("{doing}: {message}")]
    Refused {
        doing: String,
        /// HTTP status; `None` when the refusal came inside a stream.
        status: Option<u16>,
        message: String,
    },
    /// The engine's response does not conform to its API.
    #[error("{doing}: invalid response from the Docker Engine")]
    InvalidResponse { doing: String, source: Cause },
    /// A disk is full: the engine's, or the one that is written to.
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

    /// The folder to build from does not exist.
    #[error("build context {} is not a folder", folder.display())]
    BuildContextMissing { folder: PathBuf },
    /// The Dockerfile does not exist.
    #[error("Dockerfile {} does not exist", file.display())]
    DockerfileMissing { file: PathBuf },
    /// A file that the build needs cannot be read.
    #[error("cannot read {} for the build", file.display())]
    BuildFileUnreadable { file: PathBuf, source: std::io::Error },
    /// A line of an ignore file is not a pattern.
    #[error("{}, line {line}: invalid pattern `{pattern}`", file.display())]
    IgnorePattern { file: PathBuf, line: usize, pattern: String },
    /// A build argument looks like a secret, and those end up in the image.
    #[error("build argument `{name}` looks like a secret; its value would stay in the image")]
    SecretBuildArgument { name: String },
    /// The build request names no platform.
    #[error("no platform to build for")]
    NoPlatform,
    /// The image cannot be built for this platform on this machine.
    #[error("cannot build for {platform} on this machine: {message}")]
    PlatformNotBuildable { platform: String, message: String },
    /// The Dockerfile uses a feature that only BuildKit has, and buildx is missing.
    #[error("the Dockerfile needs BuildKit: {message}")]
    BuildKitNeeded { message: String },
    /// A base image can be neither found nor pulled.
    #[error("cannot get a base image: {message}")]
    BaseImage { message: String },
    /// A `RUN` step ended with an error.
    #[error("a build step failed: {message}{}", tail_lines(.tail))]
    StepFailed { message: String, tail: String },
    /// The build failed for another reason.
    #[error("the build failed: {message}{}", tail_lines(.tail))]
    BuildFailed { message: String, tail: String },
    /// The config of the image names another platform.
    #[error("the image should be for {wanted}, but its config is for {found}")]
    WrongPlatform { wanted: Box<Platform>, found: Box<Platform> },

    /// An exported image is incomplete or contradicts itself.
    #[error("the exported image is invalid: {reason}")]
    Archive { reason: String },
    /// A layout folder is incomplete or contradicts itself.
    #[error("{} is not a valid OCI image layout: {reason}", folder.display())]
    Layout { folder: PathBuf, reason: String },
    /// An image or layout is incomplete or contradicts itself.
    #[error(transparent)]
    Image(ImageError),
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

    /// The registry does not have the image, or does not give it to anonymous clients.
    #[error("cannot pull `{reference}`: {message}")]
    NotPullable { reference: String, message: String },
    /// The engine could not reach the registry to pull from.
    #[error("cannot pull `{reference}`: cannot reach {registry}: {message}")]
    RegistryUnreachable { reference: String, registry: String, message: String },

    /// A child program failed.
    #[error(transparent)]
    Process(#[from] process::ProcessError),
}

impl From<ImageError> for EngineError {
    /// A full disk is an outcome of its own.
    fn from(error: ImageError) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        match error {
            ImageError::Write { path, source }
                if matches!(source.kind(), StorageFull | QuotaExceeded) =>
            {
                Self::NoSpace {
                    doing: "write an image layout".to_owned(),
                    message: format!("{}: {source}", path.display()),
                }
            }
            ImageError::Write { path, source } => {
                Self::File { doing: "cannot write", path, source }
            }
            ImageError::Read { path, source } => Self::File { doing: "cannot read", path, source },
            ImageError::NotALayout { path: folder, reason } => Self::Layout { folder, reason },
            other => Self::Image(other),
        }
    }
}

impl EngineError {
    /// Whether the flags, variables or files that select the engine are wrong,
    /// as opposed to a failure of the engine itself.
    #[must_use]
    pub fn is_invalid_endpoint(&self) -> bool {
        matches!(
            self,
            Self::InvalidAddress { .. }
                | Self::HostAndContext
                | Self::UnknownContext { .. }
                | Self::DockerConfigUnreadable { .. }
        )
    }

    /// What the user can do about it, where that is known.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        self.connection_advice().or_else(|| self.build_advice()).or_else(|| self.image_advice())
    }

    fn connection_advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::EngineAbsent { .. } => {
                "start the engine (`systemctl start docker`, or Docker Desktop), or name another \
                 one with --docker-host, --context, DOCKER_HOST or `docker context use`"
            }
            Self::Ssh { problem, .. } => problem.advice(),
            Self::ConnectionLost { .. } => {
                "check the network and the remote machine, then run the same command again"
            }
            Self::PermissionDenied { .. } => {
                "add your user to the group that owns the socket (usually `docker`) and log in \
                 again, or name an engine of your own with DOCKER_HOST"
            }
            Self::Certificates { .. } => {
                "check the files in DOCKER_CERT_PATH, or those of the Docker context"
            }
            Self::TooOld { .. } => "update the Docker Engine to 20.10 or newer",
            Self::TooNew { .. } => "update this program",
            Self::InvalidAddress { .. }
            | Self::HostAndContext
            | Self::DockerConfigUnreadable { .. } => {
                "check --docker-host, --context, DOCKER_HOST, DOCKER_CONTEXT and `docker context ls`"
            }
            Self::UnknownContext { .. } => "`docker context ls` lists the contexts",
            Self::EngineGone { .. } | Self::NoAnswer { .. } => {
                "look into the engine's log (`journalctl -u docker`), then run the same command again"
            }
            Self::NoSpace { .. } => {
                "make room where the engine keeps its data; `docker system df` shows what takes it"
            }
            _ => return None,
        })
    }

    fn build_advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::SecretBuildArgument { .. } => {
                "use a secret mount in the Dockerfile (`RUN --mount=type=secret`), or rename the \
                 argument if it is not a secret"
            }
            Self::PlatformNotBuildable { .. } => {
                "drop the platform, build it from a base image of that platform without RUN, \
                 register an emulator (`binfmt_misc`), or use a buildx builder that has the platform"
            }
            Self::BuildKitNeeded { .. } => "install the Docker plugin buildx",
            Self::BaseImage { .. } => "check the name after FROM and pull the image once by hand",
            Self::DockerfileMissing { .. } => "correct `dockerfile` in the configuration",
            Self::BuildContextMissing { .. } => "correct `context` in the configuration",
            _ => return None,
        })
    }

    fn image_advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::ImageInUse { .. } | Self::ContainerNotFound { .. } => {
                "`docker ps --all` lists the containers"
            }
            Self::NotRunnable { .. } => {
                "register an emulator (`binfmt_misc`) or check on another machine"
            }
            Self::NotPullable { .. } => {
                "check the name and the digest, and that the repository is public"
            }
            Self::RegistryUnreachable { .. } => {
                "check the name of the registry and the network of the engine's machine"
            }
            _ => return None,
        })
    }

    /// What a refusal of a request about an image means: 404 that it does not
    /// exist, 409 that it is in use.
    pub(crate) fn for_image(self, image: &str) -> Self {
        let image = image.to_owned();
        match self {
            Self::Refused { status: Some(404), .. } => Self::ImageNotFound { image },
            Self::Refused { status: Some(409), message, .. } => Self::ImageInUse { image, message },
            error => error,
        }
    }
}

fn tail_lines(tail: &str) -> String {
    if tail.is_empty() { String::new() } else { format!(":\n{tail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_an_outcome_of_its_own() {
        let error = ImageError::write("/x")(std::io::ErrorKind::StorageFull.into());
        assert!(matches!(EngineError::from(error), EngineError::NoSpace { .. }));
    }

    #[test]
    fn a_missing_image_is_distinguished_from_one_in_use() {
        let [missing, in_use, other] = [404, 409, 500].map(|status| {
            let (doing, message) = (String::new(), "m".to_owned());
            EngineError::Refused { doing, status: Some(status), message }.for_image("a")
        });
        assert!(matches!(missing, EngineError::ImageNotFound { .. }));
        assert!(matches!(in_use, EngineError::ImageInUse { .. }));
        assert!(matches!(other, EngineError::Refused { .. }));
    }
}
