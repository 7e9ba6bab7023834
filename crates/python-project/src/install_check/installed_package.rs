use std::{collections::BTreeMap, str::FromStr as _, time::Duration};

use pep440_rs::Version;
use process::ProcessError;
use serde::{Deserialize, Serialize};

use crate::{PythonError, output_line::OnLine, virtual_environment::VirtualEnvironment};

const SCRIPT: &str = include_str!("installed_package.py");

/// How long an import or a command may take.
pub(super) const RUN_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Serialize)]
pub(super) struct InspectionRequest<'a> {
    pub(super) name: &'a str,
    pub(super) has_dependencies: bool,
    pub(super) extras: &'a [String],
    /// `None`: those that a user would import first.
    pub(super) modules: Option<&'a [String]>,
}

/// What an installation contains.
#[derive(Deserialize)]
pub(super) struct InstalledPackage {
    /// The version in its metadata.
    version: String,
    /// Whether it has dependencies that are not installed; then nothing is imported.
    pub(super) lacks_dependencies: bool,
    /// The modules that were imported, with their `__version__`.
    modules: BTreeMap<String, Option<String>>,
    /// The extras that were to be installed and that it does not have.
    missing_extras: Vec<String>,
    /// The module that could not be imported.
    failed: Option<String>,
}

impl InspectionRequest<'_> {
    /// Imports the modules in the environment and reads the metadata.
    pub(super) async fn run_in(
        &self,
        environment: &VirtualEnvironment,
        on_line: OnLine<'_>,
    ) -> Result<InstalledPackage, PythonError> {
        let file = environment.folder().join("installed.json");
        let request = serde_json::to_string(self).unwrap_or_default();
        let command = environment.python().args(["-I", "-u", "-c", SCRIPT]).arg(&file);
        let command = command.stdin(request.into()).timeout(RUN_TIMEOUT);
        let command = command.summary(format!("cannot inspect the installed {}", self.name));
        let tail = match command.stream(on_line).await {
            Ok(output) => output.tail(),
            Err(error) => failure_tail(error)?,
        };
        let installed = std::fs::read(&file).ok();
        let installed = installed.and_then(|json| serde_json::from_slice(&json).ok());
        let installed: InstalledPackage = installed.ok_or_else(|| PythonError::NotInspected {
            name: self.name.to_owned(),
            tail: tail.clone(),
        })?;
        match (installed.missing_extras.first(), installed.failed) {
            (Some(extra), _) => Err(PythonError::NoSuchExtra { extra: extra.clone() }),
            (None, Some(module)) => Err(PythonError::ImportFailed { module, tail }),
            (None, None) => Ok(InstalledPackage { failed: None, ..installed }),
        }
    }
}

impl InstalledPackage {
    /// The names of the imported modules. All must be of this version.
    pub(super) fn check_version(self, version: &str) -> Result<Vec<String>, PythonError> {
        let expected = version.to_owned();
        if !is_version(&self.version, version) {
            return Err(PythonError::OtherVersionInstalled { expected, found: self.version });
        }
        for (module, found) in &self.modules {
            if let Some(found) = found
                && !is_version(found, version)
            {
                let (module, found) = (module.clone(), found.clone());
                return Err(PythonError::OtherModuleVersion { module, expected, found });
            }
        }
        Ok(self.modules.into_keys().collect())
    }
}

/// Whether a text is this version, in any spelling.
fn is_version(text: &str, version: &str) -> bool {
    match (Version::from_str(text), Version::from_str(version)) {
        (Ok(text), Ok(version)) => text == version,
        _ => text == version,
    }
}

/// The last lines of a failed program; any other error stays an error.
pub(super) fn failure_tail(error: ProcessError) -> Result<String, PythonError> {
    match error {
        ProcessError::Failed { tail, .. } => Ok(tail),
        ProcessError::NotFound { .. } => Ok("there is no such program".to_owned()),
        other => Err(other.into()),
    }
}
