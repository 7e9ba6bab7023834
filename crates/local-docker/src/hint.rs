use crate::EngineError;

impl EngineError {
    /// What a person can do about it, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::EngineAbsent { .. } => {
                "start the engine (`systemctl start docker`, or Docker Desktop), or name another \
                 one with --docker-host, --context, DOCKER_HOST or `docker context use`"
            }
            Self::PermissionDenied { .. } => {
                "add your user to the group that owns the socket (usually `docker`) and log in \
                 again, or name an engine of your own with DOCKER_HOST"
            }
            Self::TooOld { .. } => "update the Docker Engine to 20.10 or newer",
            Self::TooNew { .. } => "update this program",
            Self::Endpoint { .. } | Self::HostAndContext | Self::ContextUnreadable { .. } => {
                "check --docker-host, --context, DOCKER_HOST, DOCKER_CONTEXT and `docker context ls`"
            }
            Self::UnknownContext { .. } => "`docker context ls` lists the contexts",
            Self::EngineGone { .. } | Self::NoAnswer { .. } => {
                "look into the engine's log (`journalctl -u docker`), then run the same command again"
            }
            Self::NoSpace { .. } => {
                "make room where the engine keeps its data; `docker system df` shows what takes it"
            }
            Self::SecretBuildArgument { .. } => {
                "use a secret mount of the Dockerfile (`RUN --mount=type=secret`), or rename the \
                 argument if it is none"
            }
            Self::PlatformNotBuildable { .. } => {
                "drop the platform, build it from a base image of that platform without RUN, \
                 register an emulator (`binfmt_misc`), or use a buildx builder that has the platform"
            }
            Self::BuildKitNeeded { .. } => "install the Docker plugin buildx",
            Self::BaseImage { .. } => "check the name after FROM and pull the image once by hand",
            Self::DockerfileMissing { .. } => "correct `dockerfile` in the configuration",
            Self::ContextMissing { .. } => "correct `context` in the configuration",
            Self::ImageInUse { .. } | Self::ContainerNotFound { .. } => {
                "`docker ps --all` lists the containers"
            }
            Self::NotRunnable { .. } => "register an emulator (`binfmt_misc`) or check elsewhere",
            Self::NotPullable { .. } => {
                "check the name and the digest, and that the repository is public"
            }
            _ => return None,
        })
    }
}
