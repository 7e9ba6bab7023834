//! Where Compose is: the folders of the docker program's plugins, in its order
//! (docker/cli, cli-plugins/manager), then `docker-compose` on `PATH`.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use process::{Command, ProcessError};
use serde::Deserialize;

use super::{Program, environment};
use crate::{ComposeError, Surroundings};

const NAME: &str = "docker-compose";

/// The first start of Compose 1, which unpacks itself, takes some seconds.
const VERSION_TIMEOUT: Duration = Duration::from_secs(30);

/// The system's folders of plugins.
const SYSTEM_FOLDERS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

impl Program {
    /// The installed Compose without asking it for anything, which takes as long
    /// as starting it: for verbs that every version has. Its version is empty.
    #[must_use]
    pub fn at_hand(surroundings: &Surroundings) -> Option<Self> {
        let path = candidates(surroundings).next()?;
        Some(Self { path, version: String::new(), surroundings: surroundings.clone() })
    }

    /// Finds the installed Compose and asks for its version; `None` when there
    /// is none. One that cannot be run is passed over if another one can.
    ///
    /// # Errors
    /// [`ComposeError::Unusable`] when there are some and none can be run.
    pub async fn find(surroundings: &Surroundings) -> Result<Option<Self>, ComposeError> {
        let mut problem = None;
        for path in candidates(surroundings) {
            match version(&path, surroundings).await {
                Ok(version) => {
                    let surroundings = surroundings.clone();
                    return Ok(Some(Self { path, version, surroundings }));
                }
                Err(source) => {
                    let source = Box::new(source);
                    problem = problem.or(Some(ComposeError::Unusable { program: path, source }));
                }
            }
        }
        problem.map_or(Ok(None), Err)
    }
}

/// Every file that may be Compose, best first.
fn candidates(surroundings: &Surroundings) -> impl Iterator<Item = PathBuf> {
    let path = surroundings.variables.get("PATH");
    let on_path =
        path.into_iter().flat_map(std::env::split_paths).map(|p| surroundings.absolute(&p));
    let on_path: Vec<PathBuf> = on_path.collect();
    let folders = plugin_folders(surroundings).into_iter().chain(on_path);
    folders.map(|folder| folder.join(NAME)).filter(|file| is_executable(file))
}

fn plugin_folders(surroundings: &Surroundings) -> Vec<PathBuf> {
    let home = || Some(PathBuf::from(surroundings.variable("HOME")?).join(".docker"));
    let said = surroundings.variable("DOCKER_CONFIG").map(PathBuf::from);
    let configuration = said.or_else(home).map(|folder| surroundings.absolute(&folder));
    let extra = configuration.iter().flat_map(|folder| extra_folders(folder));
    let own = configuration.iter().map(|folder| folder.join("cli-plugins"));
    extra.chain(own).chain(SYSTEM_FOLDERS.map(PathBuf::from)).collect()
}

/// `cliPluginsExtraDirs` of docker's `config.json`; nothing else is read of it.
fn extra_folders(configuration: &Path) -> Vec<PathBuf> {
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

/// Both Compose 1 and later ones understand this.
async fn version(program: &Path, surroundings: &Surroundings) -> Result<String, ProcessError> {
    let command = Command::new(program).args(["version", "--short"]).timeout(VERSION_TIMEOUT);
    let command = command.only_env(environment(surroundings.of_a_shell(), &[]));
    let output = command.summary("ask Compose for its version").output().await?;
    Ok(output.stdout_text().trim().trim_start_matches('v').to_owned())
}
