//! The versions of Python that a project is checked with.

use process::Command;
use python_project::Python;
use tempfile::TempDir;

use crate::step_error::ReleaseStepError;

/// The Python of a version that the configuration names.
pub(crate) async fn python_of(version: &str) -> Result<Python, ReleaseStepError> {
    let found = Python::of_version(version).await;
    found.ok_or_else(|| ReleaseStepError::Failed {
        problem: format!("Python {version} is not installed"),
        advice: Some(format!(
            "install python{version}, or change `pythons` in [checks]; with uv: `uv python install \
             {version}`"
        )),
    })
}

/// A folder in which `python` and `python3` are one Python.
pub(crate) struct PythonFolder {
    folder: TempDir,
    python: Python,
}

impl PythonFolder {
    pub(crate) async fn of_version(version: &str) -> Result<Self, ReleaseStepError> {
        let python = python_of(version).await?;
        let folder = tempfile::tempdir()
            .map_err(ReleaseStepError::io("write into", &std::env::temp_dir()))?;
        let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", python.program().display());
        for name in ["python", "python3"] {
            write_program(&folder.path().join(name), &script)?;
        }
        Ok(Self { folder, python })
    }

    /// The command with this Python first on its `PATH`, and as `TIDEGATE_PYTHON`.
    pub(crate) fn first_on_path(&self, command: Command) -> Command {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.folder.path().to_owned()].into_iter();
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&inherited)));
        let command = command.env("TIDEGATE_PYTHON", self.python.program());
        command.env("PATH", path.unwrap_or(inherited))
    }
}

fn write_program(path: &std::path::Path, script: &str) -> Result<(), ReleaseStepError> {
    use std::os::unix::fs::PermissionsExt as _;
    let executable = std::fs::Permissions::from_mode(0o755);
    let written = std::fs::write(path, script);
    let written = written.and_then(|()| std::fs::set_permissions(path, executable));
    written.map_err(ReleaseStepError::io("write", path))
}
