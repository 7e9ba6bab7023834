use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use process::{Command, ProcessError};
use tempfile::TempDir;

use crate::{PythonError, output_line::OnLine};

/// With fewer free bytes, a failure is attributed to a full disk.
const DISK_FULL_BELOW: u64 = 1 << 20;

/// How long an installation by pip may take.
const INSTALL_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Variables by which the user's installations would leak into the environment.
const REMOVED_VARIABLES: [&str; 8] = [
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "__PYVENV_LAUNCHER__",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PYTHON",
];

/// A virtual environment in a temporary folder, which is removed when this is
/// dropped.
pub(crate) struct VirtualEnvironment {
    folder: TempDir,
    /// The base Python, if its pip can install into other environments.
    base_pip: Option<PathBuf>,
}

impl VirtualEnvironment {
    pub(crate) async fn create(python: &Path, prefix: &str) -> Result<Self, PythonError> {
        let temporary = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(&temporary);
        let folder = folder.map_err(|error| PythonError::io("write into", &temporary, error))?;
        let make = isolated(Command::new(python)).folder(folder.path());
        let make = make.args(["-m", "venv", "--without-pip"]).arg(folder.path().join("env"));
        let made = make.summary("cannot make a virtual environment").output().await;
        let mut environment = Self { folder, base_pip: None };
        if let Err(error) = made {
            return Err(environment.or_disk_full(no_python(python, error)));
        }
        if environment.supports_base_pip(python).await {
            environment.base_pip = Some(python.to_owned());
        }
        Ok(environment)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A subfolder, created if it is missing.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf, PythonError> {
        let path = self.folder().join(name);
        std::fs::create_dir_all(&path).map_err(|error| PythonError::io("make", &path, error))?;
        Ok(path)
    }

    /// The Python of the environment, without arguments.
    pub(crate) fn python(&self) -> Command {
        self.program(self.scripts().join("python"))
    }

    /// A program that finds the commands of the environment first.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.scripts()].into_iter().chain(std::env::split_paths(&inherited));
        let path = std::env::join_paths(folders).unwrap_or_else(|_| OsString::from(self.scripts()));
        let command = isolated(Command::new(program)).folder(self.folder()).env("PATH", path);
        command.env("VIRTUAL_ENV", self.folder().join("env"))
    }

    pub(crate) fn scripts(&self) -> PathBuf {
        self.folder().join("env/bin")
    }

    /// pip for this environment. The pip of the base Python is used if it
    /// supports that (pip 22.3, `--python`), which saves installing another.
    pub(crate) async fn pip(&self) -> Result<Command, PythonError> {
        let command = match &self.base_pip {
            Some(python) => {
                let command = isolated(Command::new(python)).folder(self.folder());
                command.args(["-m", "pip", "--python"]).arg(self.scripts().join("python"))
            }
            None => {
                let install = self.python().args(["-m", "ensurepip", "--default-pip"]);
                install.summary("cannot install pip").output().await?;
                self.python().args(["-m", "pip"])
            }
        };
        let command = command.env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0");
        Ok(command.timeout(INSTALL_TIMEOUT))
    }

    /// Installs requirements with the configuration of the user's pip.
    pub(crate) async fn install(
        &self,
        requirements: &[String],
        on_line: OnLine<'_>,
    ) -> Result<(), PythonError> {
        if requirements.is_empty() {
            return Ok(());
        }
        let pip = self.pip().await?.args(["install", "--no-input", "--disable-pip-version-check"]);
        let pip = pip.args(["--no-warn-script-location", "--progress-bar=off", "--"]);
        let pip = pip.args(requirements).summary("cannot install build requirements");
        match pip.stream(on_line).await {
            Ok(_) => Ok(()),
            Err(ProcessError::Failed { tail, .. }) => {
                let requirements = requirements.to_owned();
                let error = PythonError::RequirementNotInstallable { requirements, tail };
                Err(self.or_disk_full(error))
            }
            Err(other) => Err(other.into()),
        }
    }

    pub(crate) fn disk_full(&self) -> PythonError {
        PythonError::DiskFull { folder: self.folder().to_owned() }
    }

    /// The error, or that of a full disk if that is the likely reason.
    pub(crate) fn or_disk_full(&self, error: PythonError) -> PythonError {
        match rustix::fs::statvfs(self.folder()) {
            Ok(stat) if is_disk_full(stat.f_bavail, stat.f_frsize) => self.disk_full(),
            _ => error,
        }
    }

    async fn supports_base_pip(&self, python: &Path) -> bool {
        let query = isolated(Command::new(python)).folder(self.folder());
        let query = query.args(["-c", "import pip; print(pip.__version__)"]).outcome().await;
        query.is_ok_and(|output| output.success() && has_python_option(&output.stdout_text()))
    }
}

/// Some file systems report numbers without meaning, so the product may be too
/// large.
fn is_disk_full(free_blocks: u64, block_size: u64) -> bool {
    free_blocks.saturating_mul(block_size) < DISK_FULL_BELOW
}

/// Whether this version of pip has `--python`.
fn has_python_option(version: &str) -> bool {
    let mut numbers = version.trim().split('.').map_while(|part| part.parse::<u32>().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (22, 3)
}

fn isolated(command: Command) -> Command {
    let command = command.without_publishing_credentials();
    REMOVED_VARIABLES.iter().fold(command, |command, name| command.without_env(name))
}

fn no_python(python: &Path, error: ProcessError) -> PythonError {
    let reason = match error {
        ProcessError::NotFound { .. } => "there is no such program".to_owned(),
        ProcessError::Failed { tail, .. } => tail,
        other => return other.into(),
    };
    PythonError::NoPython { python: python.display().to_string(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pip_has_the_option_since_22_3() {
        for (version, has_option) in
            [("22.3\n", true), ("23.2.1", true), ("22.2.2", false), ("", false)]
        {
            assert_eq!(has_python_option(version), has_option, "{version}");
        }
    }

    #[test]
    fn free_space_without_meaning_does_not_overflow() {
        assert!(is_disk_full(255, 4096));
        assert!(!is_disk_full(256, 4096));
        assert!(!is_disk_full(u64::MAX, 4096));
    }
}
