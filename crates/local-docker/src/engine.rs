use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    api_version::ApiVersion,
    build::{self, BuildRequest, BuildTools, BuiltImage, DockerPrograms, OnBuildEvent},
    client::Connection,
    containers::{Containers, Creation, Logs, Processes},
    disk_usage::{self, DiskUsage},
    error::EngineError,
    free_disk::{free_bytes, image_folder},
    images::Images,
    info::{EngineInfo, engine_info},
    locate::{Address, Endpoint, EndpointChoice},
    networks::Networks,
    placeholder::{NamedLocks, VolumeFiles},
    run::{self, RunOutcome, RunRequest},
    ssh::SshDestination,
    swarm::Swarm,
    volumes::Volumes,
};

/// One Docker Engine that answered. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Engine {
    connection: Connection,
}

impl Engine {
    /// Connects to the selected engine and agrees on a version of the API, which is
    /// then part of every request's path.
    ///
    /// # Errors
    /// Those of [`EndpointChoice::resolve`], and `EngineAbsent`,
    /// `PermissionDenied`, `Certificates`, `Ssh`, `NoAnswer`, `TooOld`, `TooNew`.
    pub async fn connect(choice: &EndpointChoice) -> Result<Self, EngineError> {
        Self::connect_to(choice.resolve()?).await
    }

    /// Like [`Engine::connect`], with a resolved endpoint.
    ///
    /// # Errors
    /// `EngineAbsent`, `PermissionDenied`, `Certificates`, `Ssh`, `NoAnswer`, `TooOld`, `TooNew`.
    pub async fn connect_to(endpoint: Endpoint) -> Result<Self, EngineError> {
        Ok(Self { connection: Connection::open(endpoint).await? })
    }

    /// Where the engine is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        self.connection.endpoint()
    }

    /// The version of the API that requests use.
    #[must_use]
    pub fn api_version(&self) -> ApiVersion {
        self.connection.api_version()
    }

    /// The engine's own version, such as `20.10.24`.
    #[must_use]
    pub fn server_version(&self) -> &str {
        self.connection.server_version()
    }

    /// Checks that the engine still answers.
    ///
    /// # Errors
    /// `EngineAbsent`, `PermissionDenied`, `NoAnswer`.
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.connection.ping().await
    }

    /// Version, image store and platform of the engine.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn info(&self) -> Result<EngineInfo, EngineError> {
        engine_info(&self.connection).await
    }

    /// The engine's data folder, if the engine is on this machine.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn local_data_folder(&self) -> Result<Option<PathBuf>, EngineError> {
        let info = self.info().await?;
        let is_local = build::is_on_this_machine(self.endpoint(), &info.name);
        Ok(is_local.then_some(info.root_folder))
    }

    /// Whether the addresses of containers are those of this engine's containers from this
    /// machine: directly, or through [`Engine::ssh`].
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn has_reachable_containers(&self) -> Result<bool, EngineError> {
        match self.endpoint().address {
            Address::Unix(_) | Address::Ssh(_) => Ok(true),
            Address::Tcp(_) => Ok(build::is_this_machine(&self.info().await?.name)),
        }
    }

    /// The engine's machine, when it is reached by ssh.
    #[must_use]
    pub fn ssh(&self) -> Option<&SshDestination> {
        match &self.endpoint().address {
            Address::Ssh(destination) => Some(destination),
            Address::Unix(_) | Address::Tcp(_) => None,
        }
    }

    /// Bytes that are free where this engine keeps images; `None` when that is not a file
    /// system of this machine. `info` is what [`Engine::info`] returned.
    #[must_use]
    pub fn free_bytes(&self, info: &EngineInfo) -> Option<u64> {
        free_bytes(&image_folder(self.endpoint(), info)?)
    }

    /// What uses the engine's disk. Engines before 23 count for one client at a
    /// time; this call waits for its turn.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn disk_usage(&self) -> Result<DiskUsage, EngineError> {
        disk_usage::disk_usage(&self.connection).await
    }

    /// Lists, inspects, tags, removes, loads, saves, exports and pulls images.
    #[must_use]
    pub fn images(&self) -> Images<'_> {
        Images::new(&self.connection)
    }

    /// Lists, inspects, starts, stops and removes containers.
    #[must_use]
    pub fn containers(&self) -> Containers<'_> {
        Containers::new(&self.connection)
    }

    /// The processes of running containers.
    #[must_use]
    pub fn processes(&self) -> Processes<'_> {
        Processes::new(&self.connection)
    }

    /// Creates containers, and writes files into them.
    #[must_use]
    pub fn creation(&self) -> Creation<'_> {
        Creation::new(&self.connection)
    }

    /// What containers printed.
    #[must_use]
    pub fn logs(&self) -> Logs<'_> {
        Logs::new(&self.connection)
    }

    /// Lists and removes networks.
    #[must_use]
    pub fn networks(&self) -> Networks<'_> {
        Networks::new(&self.connection)
    }

    /// Lists and removes volumes.
    #[must_use]
    pub fn volumes(&self) -> Volumes<'_> {
        Volumes::new(&self.connection)
    }

    /// Locks that every client of the engine sees.
    #[must_use]
    pub fn locks(&self) -> NamedLocks<'_> {
        NamedLocks::new(&self.connection)
    }

    /// Small files in a volume, which is created with these labels when a file is
    /// written.
    #[must_use]
    pub fn volume_files(&self, volume: &str, labels: BTreeMap<String, String>) -> VolumeFiles<'_> {
        VolumeFiles::new(&self.connection, volume, labels)
    }

    /// Lists the services of a Swarm.
    #[must_use]
    pub fn swarm(&self) -> Swarm<'_> {
        Swarm::new(&self.connection)
    }

    /// Finds out which builders are available. A buildx that does not work counts
    /// as missing.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn build_tools(&self, programs: &DockerPrograms) -> Result<BuildTools, EngineError> {
        build::detect_tools(&self.connection, programs).await
    }

    /// Builds an image for all platforms into a layout folder that is new or
    /// empty. Dropping the future stops the build.
    ///
    /// # Errors
    /// Those of [`BuildRequest::check`]; `PlatformNotBuildable`, `StepFailed`,
    /// `BuildKitNeeded`, `BaseImage`, `BuildFailed`, `NoSpace`, `WrongPlatform`,
    /// `EngineGone` and others.
    pub async fn build(
        &self,
        request: &BuildRequest,
        tools: &BuildTools,
        folder: &Path,
        on_event: OnBuildEvent<'_>,
    ) -> Result<BuiltImage, EngineError> {
        build::build_image(&self.connection, request, tools, folder, on_event).await
    }

    /// Removes the local names of a built image, and the images with them. It is
    /// no error when they do not exist any more.
    ///
    /// # Errors
    /// `ImageInUse`, or when the engine does not answer.
    pub async fn remove_built(&self, built: &BuiltImage) -> Result<(), EngineError> {
        for local in &built.local {
            match self.images().untag(&local.name).await {
                Ok(_) | Err(EngineError::ImageNotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Runs a container of a local image to its end and removes it, also when
    /// the future is dropped. The image is never pulled. An exit code other than
    /// 0 is not an error.
    ///
    /// # Errors
    /// `ImageNotFound`, `ProgramMissing`, `NotRunnable`, `RunTimedOut`, or when
    /// the engine goes away.
    pub async fn run_once(&self, request: &RunRequest) -> Result<RunOutcome, EngineError> {
        run::run_once(&self.connection, request).await
    }
}

#[cfg(test)]
mod tests {
    use image_ref::Reference;

    use super::*;
    use crate::{build::BuildEvent, images::PullProgress};

    fn assert_send<T: Send>(_: T) {}

    /// Compiling this is the test: operations run several of these at once.
    #[expect(dead_code, reason = "never called")]
    fn futures_can_move_between_threads(
        engine: &Engine,
        request: &BuildRequest,
        tools: &BuildTools,
        run: &RunRequest,
        name: &Reference,
    ) {
        assert_send(engine.build(request, tools, Path::new("x"), &|_: BuildEvent| ()));
        assert_send(engine.run_once(run));
        assert_send(engine.images().pull(name, None, &|_: PullProgress| ()));
    }
}
