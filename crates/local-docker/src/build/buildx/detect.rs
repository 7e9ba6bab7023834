//! Which buildx is installed, and which builder it would use.

use std::ffi::OsString;

use image_ref::Platform;
use process::Command;

use crate::locate::Endpoint;

/// The first version whose layouts can be a folder (`tar=false`) and that
/// makes attestations.
const OLDEST: (u32, u32) = (0, 10);

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
    /// Whether these are all: a builder that was not started lists none, and buildx may
    /// shorten a list.
    pub lists_all_platforms: bool,
}

impl Builder {
    /// Whether a build with this engine uses the builder: one that is an engine itself
    /// may be another.
    pub(in crate::build) fn is_used_for(&self, endpoint: &Endpoint) -> bool {
        self.driver != "docker" || self.name == endpoint.builder_name()
    }
}

pub(in crate::build) async fn find_buildx(
    endpoint: &Endpoint,
    programs: &DockerPrograms,
) -> Option<Buildx> {
    let plugin = vec![programs.docker.clone(), "buildx".into()];
    for argv in [plugin, vec![programs.docker_buildx.clone()]] {
        if let Some(version) = installed_version(&argv, endpoint).await {
            let builder = selected_builder(&argv, endpoint).await?;
            return Some(Buildx { argv, version, builder });
        }
    }
    None
}

async fn installed_version(argv: &[OsString], endpoint: &Endpoint) -> Option<String> {
    let output = docker_command(argv, endpoint).arg("version").output().await.ok()?;
    parse_version(&output.stdout_text())
}

/// The builder that the user selected, or else the engine's own: a selected one
/// that does not answer must not prevent the build.
async fn selected_builder(argv: &[OsString], endpoint: &Endpoint) -> Option<Builder> {
    let inspect = docker_command(argv, endpoint).arg("inspect");
    let inspect_default = inspect.clone().arg(endpoint.builder_name());
    for command in [inspect, inspect_default] {
        let output = command.output().await.ok();
        if let Some(builder) = output.and_then(|output| parse_builder(&output.stdout_text())) {
            return Some(builder);
        }
    }
    None
}

/// A command of Docker's programs that uses this engine.
pub(super) fn docker_command(argv: &[OsString], endpoint: &Endpoint) -> Command {
    let mut argv = argv.iter().cloned();
    let program = argv.next().unwrap_or_default();
    let mut command = Command::new(program).args(argv).summary("build an image");
    for (name, value) in endpoint.environment() {
        command = match value {
            Some(value) => command.env(name, value),
            None => command.without_env(name),
        };
    }
    command
}

/// The version in `github.com/docker/buildx v0.13.1 788433953`; `None` for one
/// that is too old.
fn parse_version(output: &str) -> Option<String> {
    let version = output.split_whitespace().nth(1)?.trim_start_matches('v');
    let version = version.split(['+', '-']).next()?;
    let mut numbers = version.split('.').map(str::parse);
    let (major, minor) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    ((major, minor) >= OLDEST).then(|| version.to_owned())
}

/// Name, driver and platforms in the output of `buildx inspect`. A builder of several
/// nodes has a list for each.
fn parse_builder(output: &str) -> Option<Builder> {
    let lists = inspected_values(output, "Platforms");
    let listed: Vec<Option<Platform>> =
        lists.flat_map(|list| list.split(',')).map(listed_platform).collect();
    let lists_all_platforms = !listed.is_empty() && listed.iter().all(Option::is_some);
    Some(Builder {
        name: inspected_values(output, "Name").next()?.to_owned(),
        driver: inspected_values(output, "Driver").next()?.to_owned(),
        platforms: listed.into_iter().flatten().collect(),
        lists_all_platforms,
    })
}

/// A star marks platforms that were added by hand; `(+2)` stands for variants of the one
/// before it.
fn listed_platform(text: &str) -> Option<Platform> {
    let name = text.split_whitespace().next()?;
    name.trim_end_matches('*').parse().ok()
}

fn inspected_values<'a>(output: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = output.lines().filter_map(|line| line.split_once(':'));
    lines.filter(move |(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_docker_and_of_debian_are_read() {
        let docker = "github.com/docker/buildx v0.13.1 788433953af10f2a698f5c07611dddce2e08c7a0";
        assert_eq!(parse_version(docker).as_deref(), Some("0.13.1"));
        let debian = "github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3";
        assert_eq!(parse_version(debian).as_deref(), Some("0.13.1"));
        assert_eq!(parse_version("github.com/docker/buildx v0.9.1 ed00243"), None);
        assert_eq!(parse_version("garbage"), None);
    }

    #[test]
    fn an_inspected_builder_has_name_driver_and_platforms() {
        let output = "Name:          default\nDriver:        docker\n\nNodes:\n\
                      Name:             default\nEndpoint:         default\n\
                      Status:           running\nPlatforms:        linux/amd64*, linux/386\n";
        let builder = parse_builder(output).unwrap();
        assert_eq!((builder.name.as_str(), builder.driver.as_str()), ("default", "docker"));
        let platforms: Vec<_> = builder.platforms.iter().map(ToString::to_string).collect();
        assert_eq!(platforms, ["linux/amd64", "linux/386"]);
    }

    #[test]
    fn a_list_that_is_missing_or_shortened_is_not_complete() {
        let builder = |platforms: &str| {
            let output = format!("Name: x\nDriver: docker-container\n{platforms}");
            let builder = parse_builder(&output).unwrap();
            (builder.platforms.len(), builder.lists_all_platforms)
        };
        assert_eq!(builder(""), (0, false));
        assert_eq!(builder("Status: inactive\nPlatforms: \n"), (0, false));
        assert_eq!(builder("Platforms: linux/amd64 (+2), linux/arm64, (4 more)\n"), (2, false));
        assert_eq!(
            builder("Platforms: linux/amd64*\nName: y\nPlatforms: linux/arm64\n"),
            (2, true)
        );
    }
}
