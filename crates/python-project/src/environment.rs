use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use process::{Command, ProcessError};
use tempfile::TempDir;

use crate::{PythonError, build::OnLine};

/// Below this, a failure is taken to come from a full disk.
const NEXT_TO_NOTHING: u64 = 1 << 20;

/// How long pip may take to install something.
const INSTALL_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Variables that would let the user's own installations leak into the
/// environment, and credentials for uploads, which no build needs.
const KEPT_OUT: [&str; 8] = [
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "__PYVENV_LAUNCHER__",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PYTHON",
];

/// A virtual environment in a temporary folder that goes when this is dropped.
pub(crate) struct Environment {
    folder: TempDir,
    /// The Python that was asked for, when its pip can serve other environments.
    outer_pip: Option<PathBuf>,
}

impl Environment {
    pub(crate) async fn create(python: &Path, prefix: &str) -> Result<Self, PythonError> {
        let temporary = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(&temporary);
        let folder = folder.map_err(|error| PythonError::io("write into", &temporary, error))?;
        let make = clean(Command::new(python)).folder(folder.path());
        let make = make.args(["-m", "venv", "--without-pip"]).arg(folder.path().join("env"));
        let made = make.summary("cannot make a virtual environment").output().await;
        let mut environment = Self { folder, outer_pip: None };
        if let Err(error) = made {
            return environment.unless_full(no_python(python, error));
        }
        environment.outer_pip = environment.can_serve(python).await.then(|| python.to_owned());
        Ok(environment)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A folder inside, made when it is not there.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf, PythonError> {
        let path = self.folder().join(name);
        std::fs::create_dir_all(&path).map_err(|error| PythonError::io("make", &path, error))?;
        Ok(path)
    }

    /// The environment's Python, to be given arguments.
    pub(crate) fn run(&self) -> Command {
        self.start(self.scripts().join("python"))
    }

    /// A program that sees the environment's commands first.
    pub(crate) fn start(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let outer = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.scripts()].into_iter().chain(std::env::split_paths(&outer));
        let path = std::env::join_paths(folders).unwrap_or_else(|_| OsString::from(self.scripts()));
        let command = clean(Command::new(program)).folder(self.folder()).env("PATH", path);
        command.env("VIRTUAL_ENV", self.folder().join("env"))
    }

    pub(crate) fn scripts(&self) -> PathBuf {
        self.folder().join("env/bin")
    }

    /// pip, working on this environment. The outer Python's serves when it
    /// knows how (pip 22.3, `--python`), which saves installing one.
    pub(crate) async fn pip(&self) -> Result<Command, PythonError> {
        let command = match &self.outer_pip {
            Some(python) => {
                let command = clean(Command::new(python)).folder(self.folder());
                command.args(["-m", "pip", "--python"]).arg(self.scripts().join("python"))
            }
            None => {
                let own = self.run().args(["-m", "ensurepip", "--default-pip"]);
                own.summary("cannot install pip").output().await?;
                self.run().args(["-m", "pip"])
            }
        };
        let command = command.env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0");
        Ok(command.timeout(INSTALL_PATIENCE))
    }

    /// Installs requirements the way the user's pip is configured.
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
                self.unless_full(PythonError::RequirementNotInstallable { requirements, tail })
            }
            Err(other) => Err(other.into()),
        }
    }

    pub(crate) fn disk_full(&self) -> PythonError {
        PythonError::DiskFull { folder: self.folder().to_owned() }
    }

    /// A failure, or that of a full disk when next to nothing is free.
    pub(crate) fn unless_full<T>(&self, error: PythonError) -> Result<T, PythonError> {
        let free = rustix::fs::statvfs(self.folder()).map(|stat| stat.f_bavail * stat.f_frsize);
        let full = free.is_ok_and(|bytes| bytes < NEXT_TO_NOTHING);
        Err(if full { self.disk_full() } else { error })
    }

    async fn can_serve(&self, python: &Path) -> bool {
        let ask = clean(Command::new(python)).folder(self.folder());
        let ask = ask.args(["-c", "import pip; print(pip.__version__)"]).outcome().await;
        ask.is_ok_and(|output| output.success() && serves_others(&output.stdout_text()))
    }
}

/// Whether this version of pip has `--python`.
fn serves_others(version: &str) -> bool {
    let mut numbers = version.trim().split('.').map_while(|part| part.parse::<u32>().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (22, 3)
}

fn clean(command: Command) -> Command {
    let command = command.without_publishing_credentials();
    KEPT_OUT.iter().fold(command, |command, name| command.without_env(name))
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
    fn pip_serves_other_environments_since_22_3() {
        for (version, serves) in
            [("22.3\n", true), ("23.2.1", true), ("22.2.2", false), ("", false)]
        {
            assert_eq!(serves_others(version), serves, "{version}");
        }
    }
}
