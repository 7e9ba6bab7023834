use std::ffi::OsString;

use image_ref::Platform;
use process::Command;

use super::buildx::{parse_inspection, parse_version};
use crate::{Endpoint, EngineError, ImageStore, client::Connection, info::engine_info};

/// Names or paths of Docker's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerPrograms {
    /// Docker's command line, for its plugin `buildx`.
    pub docker: OsString,
    /// The plugin as a program of its own, tried second.
    pub docker_buildx: OsString,
}

impl Default for DockerPrograms {
    fn default() -> Self {
        Self { docker: "docker".into(), docker_buildx: "docker-buildx".into() }
    }
}

/// What there is to build with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildTools {
    /// buildx, if it is there and new enough.
    pub buildx: Option<Buildx>,
    /// The engine's image store.
    pub store: ImageStore,
    /// What the engine's containers run on.
    pub platform: Platform,
}

/// An installed buildx and the builder it would use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buildx {
    /// `docker buildx` or `docker-buildx`.
    pub argv: Vec<OsString>,
    /// Its version, such as `0.13.1`.
    pub version: String,
    /// The builder it would use.
    pub builder: Builder,
}

/// A builder of buildx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// Its name.
    pub name: String,
    /// `docker` for the engine itself; `docker-container`, `kubernetes`, `remote`.
    pub driver: String,
    /// Platforms whose programs it can run.
    pub platforms: Vec<Platform>,
}

pub(crate) async fn detect_tools(
    connection: &Connection,
    programs: &DockerPrograms,
) -> Result<BuildTools, EngineError> {
    let info = engine_info(connection).await?;
    let buildx = find_buildx(connection.endpoint(), programs).await;
    Ok(BuildTools { buildx, store: info.store, platform: info.platform })
}

async fn find_buildx(endpoint: &Endpoint, programs: &DockerPrograms) -> Option<Buildx> {
    let plugin = vec![programs.docker.clone(), "buildx".into()];
    for argv in [plugin, vec![programs.docker_buildx.clone()]] {
        if let Some(version) = version_of(&argv, endpoint).await {
            let builder = selected_builder(&argv, endpoint).await?;
            return Some(Buildx { argv, version, builder });
        }
    }
    None
}

async fn version_of(argv: &[OsString], endpoint: &Endpoint) -> Option<String> {
    let output = command(argv, endpoint).arg("version").output().await.ok()?;
    parse_version(&output.stdout_text())
}

/// The builder that the user selected, else the engine's own: a selected one
/// that does not answer must not be in the way.
async fn selected_builder(argv: &[OsString], endpoint: &Endpoint) -> Option<Builder> {
    let inspect = command(argv, endpoint).arg("inspect");
    let own = inspect.clone().arg(endpoint.builder_name());
    for inspect in [inspect, own] {
        let output = inspect.output().await.ok();
        if let Some(builder) = output.and_then(|output| parse_inspection(&output.stdout_text())) {
            return Some(builder);
        }
    }
    None
}

/// A command of Docker's programs, aimed at this engine.
pub(super) fn command(argv: &[OsString], endpoint: &Endpoint) -> Command {
    let (program, rest) = argv
        .split_first()
        .map_or((OsString::new(), &[][..]), |(first, rest)| (first.clone(), rest));
    let command = Command::new(program).args(rest).summary("build an image");
    endpoint.environment().into_iter().fold(command, |command, (name, value)| match value {
        Some(value) => command.env(name, value),
        None => command.without_env(name),
    })
}
