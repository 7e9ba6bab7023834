use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use process::{Command, ProcessError};

use super::{
    config_error::config_error,
    discovery::{candidates, child_environment, read_version},
};
use crate::{
    ComposeError, ComposeProject, Model, Surroundings, configuration_digests,
    locate::default_env_file, mentions, services_with_written_files,
};

/// Reading a project's files takes a second at most; remote ones take longer.
const MODEL_TIMEOUT: Duration = Duration::from_secs(120);

/// The installed Compose.
#[derive(Clone)]
pub struct Program {
    path: PathBuf,
    version: String,
    surroundings: Surroundings,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("path", &self.path)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Program {
    /// Finds the installed Compose without running it, which takes long: enough for
    /// commands that every version has. The version is empty.
    #[must_use]
    pub fn detect_without_version(surroundings: &Surroundings) -> Option<Self> {
        let path = candidates(surroundings).next()?;
        Some(Self { path, version: String::new(), surroundings: surroundings.clone() })
    }

    /// Finds the installed Compose and reads its version; `None` when none is
    /// installed. One that cannot be run is skipped if another one can.
    ///
    /// # Errors
    /// [`ComposeError::Unusable`] when there are some and none can be run.
    pub async fn detect(surroundings: &Surroundings) -> Result<Option<Self>, ComposeError> {
        let mut problem = None;
        for path in candidates(surroundings) {
            match read_version(&path, surroundings).await {
                Ok(version) => {
                    let surroundings = surroundings.clone();
                    return Ok(Some(Self { path, version, surroundings }));
                }
                Err(source) => problem = problem.or(Some(unusable_program(path, source))),
            }
        }
        problem.map_or(Ok(None), Err)
    }

    /// Its version as it prints it: `2.26.1-4`, `1.29.2`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The path of the program.
    #[must_use]
    pub fn executable(&self) -> &Path {
        &self.path
    }

    /// Whether it is Compose 1, which neither reads newer files nor prints a model.
    #[must_use]
    pub fn is_legacy(&self) -> bool {
        self.version.trim_start_matches('v').starts_with("1.")
    }

    /// A command that runs Compose on this project, with the same files, name, folder
    /// and variables from any working folder; the caller adds the subcommand.
    /// `endpoint_env` selects the engine: variables to set and to remove.
    #[must_use]
    pub fn command_for(
        &self,
        project: &ComposeProject,
        endpoint_env: &[(&'static str, Option<String>)],
    ) -> Command {
        self.command_with_profiles(project, &project.profiles, endpoint_env)
    }

    fn command_with_profiles(
        &self,
        project: &ComposeProject,
        profiles: &[String],
        endpoint_env: &[(&'static str, Option<String>)],
    ) -> Command {
        let mut command = Command::new(&self.path).folder(&self.surroundings.working_folder);
        command = command.only_env(child_environment(&self.surroundings, endpoint_env));
        for file in &project.files {
            command = command.arg("-f").arg(file);
        }
        command = command.arg("-p").arg(&project.name);
        command = command.arg("--project-directory").arg(&project.folder);
        for file in self.env_file_arguments(project) {
            command = command.arg("--env-file").arg(file);
        }
        profiles.iter().fold(command, |command, profile| command.arg("--profile").arg(profile))
    }

    /// Empty when Compose reads the same files by default: each `--env-file` leaves
    /// a trace in the labels of containers.
    fn env_file_arguments<'a>(&self, project: &'a ComposeProject) -> &'a [PathBuf] {
        match default_env_file(&project.folder, &self.surroundings) {
            Ok(default) if default == project.env_files => &[],
            _ => &project.env_files,
        }
    }

    /// The project as Compose resolves it: services of the active profiles, or of
    /// all profiles.
    ///
    /// # Errors
    /// [`ComposeError::TooOldForModel`], [`ComposeError::BrokenFile`],
    /// [`ComposeError::UnresolvableVariable`], [`ComposeError::Unusable`],
    /// [`ComposeError::UnexpectedModel`].
    pub async fn model(
        &self,
        project: &ComposeProject,
        endpoint_env: &[(&'static str, Option<String>)],
        all_profiles: bool,
    ) -> Result<Model, ComposeError> {
        if self.is_legacy() {
            return Err(ComposeError::TooOldForModel { version: self.version.clone() });
        }
        let profiles = match all_profiles {
            true => every_profile(project, &self.surroundings),
            false => project.profiles.clone(),
        };
        let command = self.command_with_profiles(project, &profiles, endpoint_env);
        let command = command.args(["config", "--format", "json"]).timeout(MODEL_TIMEOUT);
        let output = command.summary("read the Compose project").outcome().await;
        let output = output.map_err(|source| unusable_program(self.path.clone(), source))?;
        if !output.success() {
            return Err(config_error(&output.stderr_text(), project));
        }
        let unexpected = ComposeError::UnexpectedModel;
        let mut model: Model = serde_json::from_slice(&output.stdout).map_err(unexpected)?;
        model.configurations = configuration_digests(&output.stdout).map_err(unexpected)?;
        model.written_files = services_with_written_files(&output.stdout).map_err(unexpected)?;
        Ok(model)
    }

    /// The hash of each active service's configuration, which Compose writes on the
    /// containers that it creates: a container with another one is recreated by the next
    /// `up`.
    ///
    /// # Errors
    /// As [`Program::model`].
    pub async fn configuration_hashes(
        &self,
        project: &ComposeProject,
        endpoint_env: &[(&'static str, Option<String>)],
    ) -> Result<BTreeMap<String, String>, ComposeError> {
        let command = self.command_for(project, endpoint_env).args(["config", "--hash", "*"]);
        let command = command.timeout(MODEL_TIMEOUT).summary("hash the Compose project");
        let output = command.outcome().await;
        let output = output.map_err(|source| unusable_program(self.path.clone(), source))?;
        if !output.success() {
            return Err(config_error(&output.stderr_text(), project));
        }
        let text = output.stdout_text();
        let lines = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
        Ok(lines.map(|(service, hash)| (service.to_owned(), hash.trim().to_owned())).collect())
    }
}

fn unusable_program(program: PathBuf, source: ProcessError) -> ComposeError {
    ComposeError::Unusable { program, source: Box::new(source) }
}

/// `*`, and the names of those that can be read: older versions do not support `*`.
fn every_profile(project: &ComposeProject, surroundings: &Surroundings) -> Vec<String> {
    let mentions = mentions(project, surroundings).images.into_iter();
    let names: BTreeSet<String> = mentions.flat_map(|mention| mention.profiles).collect();
    ["*".to_owned()].into_iter().chain(names).collect()
}
