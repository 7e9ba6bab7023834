//! Where Compose is installed: the plugin folders of the docker program, in its
//! order (docker/cli, cli-plugins/manager), then `docker-compose` on `PATH`.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use process::{Command, ProcessError};
use serde::Deserialize;

use crate::Surroundings;

const NAME: &str = "docker-compose";

/// The first start of Compose 1, which unpacks itself, takes some seconds.
const VERSION_TIMEOUT: Duration = Duration::from_secs(30);

/// The system's plugin folders.
const SYSTEM_FOLDERS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// Every file that may be Compose, the preferred one first.
pub(super) fn candidates(surroundings: &Surroundings) -> impl Iterator<Item = PathBuf> {
    let path = surroundings.variables.get("PATH");
    let on_path = path.into_iter().flat_map(std::env::split_paths);
    let on_path: Vec<PathBuf> = on_path.map(|folder| surroundings.absolute(&folder)).collect();
    let folders = plugin_folders(surroundings).into_iter().chain(on_path);
    folders.map(|folder| folder.join(NAME)).filter(|file| is_executable(file))
}

fn plugin_folders(surroundings: &Surroundings) -> Vec<PathBuf> {
    let configuration = docker_configuration_folder(surroundings);
    let extra = configuration.iter().flat_map(|folder| extra_plugin_folders(folder));
    let user = configuration.iter().map(|folder| folder.join("cli-plugins"));
    extra.chain(user).chain(SYSTEM_FOLDERS.map(PathBuf::from)).collect()
}

fn docker_configuration_folder(surroundings: &Surroundings) -> Option<PathBuf> {
    let folder = match surroundings.variable("DOCKER_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(surroundings.variable("HOME")?).join(".docker"),
    };
    Some(surroundings.absolute(&folder))
}

/// `cliPluginsExtraDirs` of docker's `config.json`; nothing else of it is read.
fn extra_plugin_folders(configuration: &Path) -> Vec<PathBuf> {
    #[derive(Default, Deserialize)]
    struct DockerConfiguration {
        #[serde(default, rename = "cliPluginsExtraDirs")]
        extra: Option<Vec<PathBuf>>,
    }
    let text = std::fs::read(configuration.join("config.json")).unwrap_or_default();
    let read: DockerConfiguration = serde_json::from_slice(&text).unwrap_or_default();
    read.extra.unwrap_or_default()
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Runs Compose to read its version; Compose 1 and later ones support this.
pub(super) async fn read_version(
    program: &Path,
    surroundings: &Surroundings,
) -> Result<String, ProcessError> {
    let command = Command::new(program).args(["version", "--short"]).timeout(VERSION_TIMEOUT);
    let command = command.only_env(child_environment(surroundings, &[]));
    let output = command.summary("query the version of Compose").output().await?;
    Ok(output.stdout_text().trim().trim_start_matches('v').to_owned())
}

/// The variables of the surroundings, with those that select the engine set or
/// removed.
pub(super) fn child_environment(
    surroundings: &Surroundings,
    endpoint_env: &[(&'static str, Option<String>)],
) -> BTreeMap<OsString, OsString> {
    let variables = surroundings.shell_variables().into_iter();
    let mut environment: BTreeMap<OsString, OsString> =
        variables.map(|(name, value)| (name.into(), value)).collect();
    for (name, value) in endpoint_env {
        match value {
            Some(value) => environment.insert(name.into(), value.into()),
            None => environment.remove(OsStr::new(name)),
        };
    }
    environment
}
