//! The installed Compose: the plugin of the docker program, run directly, or
//! `docker-compose`.

mod failure;
mod find;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::PathBuf,
    time::Duration,
};

use process::Command;

use crate::{
    ComposeError, ComposeProject, Model, Surroundings, locate::default_env_file, mentions,
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
        let mut shown = f.debug_struct("Program");
        shown.field("path", &self.path).field("version", &self.version).finish()
    }
}

impl Program {
    /// Its version as it says it: `2.26.1-4`, `1.29.2`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Whether it is Compose 1, which knows neither newer files nor its model.
    #[must_use]
    pub fn is_legacy(&self) -> bool {
        self.version.trim_start_matches('v').starts_with("1.")
    }

    /// Compose on this project, with the same files, name, folder and variables
    /// wherever it is run; verb and further arguments are the caller's.
    /// `endpoint_env` says which engine: variables to set, and to keep away.
    #[must_use]
    pub fn command(
        &self,
        project: &ComposeProject,
        endpoint_env: &[(&'static str, Option<String>)],
    ) -> Command {
        self.on(project, &project.profiles, endpoint_env)
    }

    fn on(
        &self,
        project: &ComposeProject,
        profiles: &[String],
        endpoint_env: &[(&'static str, Option<String>)],
    ) -> Command {
        let mut command = Command::new(&self.path).folder(&self.surroundings.working_folder);
        command = command.only_env(environment(self.surroundings.of_a_shell(), endpoint_env));
        for file in &project.files {
            command = command.arg("-f").arg(file);
        }
        command = command.arg("-p").arg(&project.name);
        command = command.arg("--project-directory").arg(&project.folder);
        for file in self.env_files_to_say(project) {
            command = command.arg("--env-file").arg(file);
        }
        profiles.iter().fold(command, |command, profile| command.arg("--profile").arg(profile))
    }

    /// None when Compose reads the same by itself: each `--env-file` leaves a
    /// trace in the labels of containers.
    fn env_files_to_say<'a>(&self, project: &'a ComposeProject) -> &'a [PathBuf] {
        let by_itself = default_env_file(&project.folder, &self.surroundings);
        if by_itself.is_ok_and(|files| files == project.env_files) {
            &[]
        } else {
            &project.env_files
        }
    }

    /// The project as Compose resolves it: services of the active profiles, or
    /// of all.
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
        let all = || every_profile(project, &self.surroundings);
        let profiles = if all_profiles { all() } else { project.profiles.clone() };
        let command = self.on(project, &profiles, endpoint_env);
        let command = command.args(["config", "--format", "json"]).timeout(MODEL_TIMEOUT);
        let output = command.summary("read the Compose project").outcome().await;
        let output = output.map_err(|source| self.unusable(source))?;
        if !output.success() {
            return Err(failure::of_config(&output.stderr_text(), project));
        }
        serde_json::from_slice(&output.stdout).map_err(ComposeError::UnexpectedModel)
    }

    fn unusable(&self, source: process::ProcessError) -> ComposeError {
        ComposeError::Unusable { program: self.path.clone(), source: Box::new(source) }
    }
}

/// `*`, and by name those that can be read: older versions know no `*`.
fn every_profile(project: &ComposeProject, surroundings: &Surroundings) -> Vec<String> {
    let mentions = mentions(project, surroundings).images.into_iter();
    let named: BTreeSet<String> = mentions.flat_map(|mention| mention.profiles).collect();
    ["*".to_owned()].into_iter().chain(named).collect()
}

/// The variables of the surroundings, changed so that the engine meant is used.
fn environment(
    variables: BTreeMap<String, OsString>,
    endpoint_env: &[(&'static str, Option<String>)],
) -> BTreeMap<OsString, OsString> {
    let mut all: BTreeMap<OsString, OsString> =
        variables.into_iter().map(|(name, value)| (name.into(), value)).collect();
    for (name, value) in endpoint_env {
        match value {
            Some(value) => all.insert(name.into(), value.into()),
            None => all.remove(std::ffi::OsStr::new(name)),
        };
    }
    all
}
