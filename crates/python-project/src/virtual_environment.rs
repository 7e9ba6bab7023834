use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use process::{Command, ProcessError};
use tempfile::TempDir;

use crate::{Python, PythonError, isolation::isolated, output_line::OnLine};

/// With fewer free bytes, a failure is attributed to a full disk.
const DISK_FULL_BELOW: u64 = 1 << 20;

/// How long an installation by pip may take.
const INSTALL_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// A virtual environment in a temporary folder, which is removed when this is
/// dropped.
pub(crate) struct VirtualEnvironment {
    folder: TempDir,
    base: Python,
}

impl VirtualEnvironment {
    pub(crate) async fn create(base: &Python, prefix: &str) -> Result<Self, PythonError> {
        let temporary = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(&temporary);
        let folder = folder.map_err(|error| PythonError::io("write into", &temporary, error))?;
        let environment = Self { folder, base: base.clone() };
        let made = base.make_environment(environment.folder()).await;
        made.map_err(|error| environment.or_disk_full(error))?;
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

    /// `uv pip install` or the like, for this environment.
    pub(crate) fn uv(&self, command: Command) -> Command {
        let command = isolated(command).folder(self.folder()).arg("--python");
        command.arg(self.scripts().join("python")).timeout(INSTALL_TIMEOUT)
    }

    /// pip for this environment. That of the base Python is used if it supports that,
    /// which saves installing another.
    pub(crate) async fn pip(&self) -> Result<Command, PythonError> {
        let command = match self.base.pip_runner().await {
            Some(runner) => self.python().arg(runner),
            None => {
                let install = self.python().args(["-m", "ensurepip", "--default-pip"]);
                install.summary("cannot install pip").output().await?;
                self.python().args(["-m", "pip"])
            }
        };
        let command = command.env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0");
        Ok(command.timeout(INSTALL_TIMEOUT))
    }

    /// Installs requirements from where the user's pip would. What uv cannot install
    /// is left to pip, whose message users know.
    pub(crate) async fn install(
        &self,
        requirements: &[String],
        on_line: OnLine<'_>,
    ) -> Result<(), PythonError> {
        if requirements.is_empty() {
            return Ok(());
        }
        if let Some(uv) = self.base.uv().await {
            let install = self.uv(uv.install()).arg("--").args(requirements);
            if install.stream(on_line).await.is_ok() {
                return Ok(());
            }
        }
        self.install_with_pip(requirements, on_line).await
    }

    async fn install_with_pip(
        &self,
        requirements: &[String],
        on_line: OnLine<'_>,
    ) -> Result<(), PythonError> {
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
}

/// Some file systems report numbers without meaning, so the product may be too
/// large.
fn is_disk_full(free_blocks: u64, block_size: u64) -> bool {
    free_blocks.saturating_mul(block_size) < DISK_FULL_BELOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_without_meaning_does_not_overflow() {
        assert!(is_disk_full(255, 4096));
        assert!(!is_disk_full(256, 4096));
        assert!(!is_disk_full(u64::MAX, 4096));
    }
}
