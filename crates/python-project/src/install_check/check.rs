use std::path::{Path, PathBuf};

use process::{Command, Line, ProcessError};

use super::{
    command::{CommandCheck, check_import},
    index::PackageIndex,
};
use crate::{
    PythonError, SelectedFile, output_line::OnLine, pip_report::parse_pip_report,
    virtual_environment::VirtualEnvironment,
};

/// A check of a released version as its users would do it: install it into a
/// clean environment, import it, run it.
#[derive(Debug, Clone)]
pub struct InstallCheck {
    /// The project.
    pub name: String,
    /// The version in the spelling of PEP 440.
    pub version: String,
    /// Where to install from.
    pub index: PackageIndex,
    /// Leaves dependencies out, for indexes that do not have them.
    pub no_deps: bool,
    /// A module to import after the installation.
    pub import_module: Option<String>,
    /// A command to run after the installation.
    pub command: Option<CommandCheck>,
    /// The Python to install with, by name or path.
    pub python: PathBuf,
}

/// The result of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallReport {
    /// The file that was installed.
    pub selected: SelectedFile,
    /// The output of the command, if one was run.
    pub printed: Option<String>,
}

impl InstallCheck {
    /// The file that pip would install, without its dependencies: proof that
    /// the version can be selected. Nothing is installed.
    ///
    /// # Errors
    /// [`PythonError::NotOffered`], [`PythonError::NoPython`], [`PythonError::Program`].
    pub async fn select(&self) -> Result<SelectedFile, PythonError> {
        let environment = VirtualEnvironment::create(&self.python, "tidegate-select-").await?;
        self.select_in(&environment).await
    }

    /// Installs, imports, runs, and removes everything again. `on_line` gets the
    /// lines of child programs as they are printed.
    ///
    /// # Errors
    /// [`PythonError`], with a variant for each kind of failure.
    pub async fn run(
        &self,
        on_line: &(dyn Fn(Line<'_>) + Send + Sync),
    ) -> Result<InstallReport, PythonError> {
        let environment = VirtualEnvironment::create(&self.python, "tidegate-install-").await?;
        let selected = self.install(&environment, on_line).await?;
        if let Some(module) = &self.import_module {
            check_import(&environment, module, on_line).await?;
        }
        let printed = match &self.command {
            Some(command) => Some(command.run_in(&environment, on_line).await?),
            None => None,
        };
        Ok(InstallReport { selected, printed })
    }

    async fn install(
        &self,
        environment: &VirtualEnvironment,
        on_line: OnLine<'_>,
    ) -> Result<SelectedFile, PythonError> {
        let report = environment.folder().join("report.json");
        let pip = self.pip_install(environment, &report).await?;
        let pip = if self.no_deps { pip.arg("--no-deps") } else { pip };
        match self.with_requirement(pip).stream(on_line).await {
            Ok(_) => self.read_report(&report),
            Err(ProcessError::Failed { tail, .. }) => {
                let error = self.explain_failure(environment, tail).await;
                Err(environment.or_disk_full(error))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// pip has the same exit code for every reason: find out whether the version
    /// itself can be selected.
    async fn explain_failure(&self, environment: &VirtualEnvironment, tail: String) -> PythonError {
        let (name, version) = (self.name.clone(), self.version.clone());
        match self.select_in(environment).await {
            Ok(_) => PythonError::NotInstallable { name, version, tail },
            Err(PythonError::NotOffered { .. }) => PythonError::NotOffered { name, version, tail },
            Err(other) => other,
        }
    }

    async fn select_in(
        &self,
        environment: &VirtualEnvironment,
    ) -> Result<SelectedFile, PythonError> {
        let report = environment.folder().join("selected.json");
        let pip = self.pip_install(environment, &report).await?;
        let pip = pip.args(["--dry-run", "--no-deps", "--ignore-installed"]);
        match self.with_requirement(pip).output().await {
            Ok(_) => self.read_report(&report),
            Err(ProcessError::Failed { tail, .. }) => {
                let (name, version) = (self.name.clone(), self.version.clone());
                Err(environment.or_disk_full(PythonError::NotOffered { name, version, tail }))
            }
            Err(other) => Err(other.into()),
        }
    }

    async fn pip_install(
        &self,
        environment: &VirtualEnvironment,
        report: &Path,
    ) -> Result<Command, PythonError> {
        let pip = self.index.configure(environment.pip().await?).await?;
        let pip = pip.args(["install", "--no-input", "--disable-pip-version-check"]);
        let pip = pip.args(["--no-cache-dir", "--no-warn-script-location", "--progress-bar=off"]);
        Ok(pip.arg("--report").arg(report))
    }

    fn with_requirement(&self, pip: Command) -> Command {
        let requirement = format!("{}=={}", self.name, self.version);
        pip.summary(format!("cannot install {requirement}")).args(["--", &requirement])
    }

    fn read_report(&self, report: &Path) -> Result<SelectedFile, PythonError> {
        let json = std::fs::read(report).map_err(|error| PythonError::io("read", report, error))?;
        parse_pip_report(&json, &self.name)
    }
}
