use std::path::Path;

use process::{Command, Line, ProcessError};
use url::Url;

use super::{command::CommandCheck, installed_package::InspectionRequest, source::InstallSource};
use crate::{
    Python, PythonError, SelectedFile, output_line::OnLine, pip_report::parse_pip_report, uv::Uv,
    virtual_environment::VirtualEnvironment,
};

/// A check of a version as its users would do it: install it into a clean
/// environment, import it, run it.
#[derive(Debug, Clone)]
pub struct InstallCheck {
    /// The project.
    pub name: String,
    /// The version in the spelling of PEP 440.
    pub version: String,
    /// Where to install from.
    pub source: InstallSource,
    /// Extras to install with it.
    pub extras: Vec<String>,
    /// Leaves dependencies out, for indexes that do not have them. A package that has
    /// any is then neither imported nor run.
    pub no_deps: bool,
    /// Modules to import; `None` for the module of the package's name, or the only
    /// one that it has.
    pub modules: Option<Vec<String>>,
    /// Commands to run after the installation.
    pub commands: Vec<CommandCheck>,
    /// The Python to install with.
    pub python: Python,
}

/// The result of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallReport {
    /// The file that was installed.
    pub selected: SelectedFile,
    /// The modules that were imported.
    pub imported: Vec<String>,
    /// The commands that were run, with their output.
    pub ran: Vec<(String, String)>,
}

impl InstallReport {
    /// What was done: `installed x-1.0-py3-none-any.whl, imported x, ran x --version`.
    #[must_use]
    pub fn summary(&self) -> String {
        let imported = self.imported.iter().map(|module| format!(", imported {module}"));
        let ran = self.ran.iter().map(|(command, _)| format!(", ran {command}"));
        let installed = format!("installed {}", self.selected.file);
        [installed].into_iter().chain(imported).chain(ran).collect()
    }
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
        match self.python.uv().await {
            Some(uv) => self.run_with_uv(uv, &environment, on_line).await,
            None => self.run_with_pip(&environment, on_line).await,
        }
    }

    /// Which file is selected is always pip's decision; uv installs it faster, and what it
    /// installed is used while pip decides. What uv cannot install is left to pip, with which
    /// most users install.
    async fn run_with_uv(
        &self,
        uv: &Uv,
        environment: &VirtualEnvironment,
        on_line: OnLine<'_>,
    ) -> Result<InstallReport, PythonError> {
        let command = self.source.configure_uv(uv, self.python.pip_settings().await);
        let install = self.with_dependencies(environment.uv(command));
        let install = self.with_requirement(install);
        let installed_and_used = async {
            match install.stream(on_line).await {
                Ok(_) => Some(self.use_installed(environment, on_line).await),
                Err(_) => None,
            }
        };
        // pip only reads what the index serves.
        let (selected, used) = tokio::join!(self.selected(environment), installed_and_used);
        match (selected?, used) {
            (selected, Some(used)) => {
                let (imported, ran) = used?;
                Ok(InstallReport { selected, imported, ran })
            }
            (_, None) => self.run_with_pip(environment, on_line).await,
        }
    }

    async fn run_with_pip(
        &self,
        environment: &VirtualEnvironment,
        on_line: OnLine<'_>,
    ) -> Result<InstallReport, PythonError> {
        let selected = self.install_with_pip(environment, on_line).await?;
        let (imported, ran) = self.use_installed(environment, on_line).await?;
        Ok(InstallReport { selected, imported, ran })
    }

    /// Imports the modules and runs the commands, each with its output.
    async fn use_installed(
        &self,
        environment: &VirtualEnvironment,
        on_line: OnLine<'_>,
    ) -> Result<(Vec<String>, Vec<(String, String)>), PythonError> {
        let request = InspectionRequest {
            name: &self.name,
            has_dependencies: !self.no_deps,
            extras: &self.extras,
            modules: self.modules.as_deref(),
        };
        let installed = request.run_in(environment, on_line).await?;
        let runs = !installed.lacks_dependencies;
        let imported = installed.check_version(&self.version)?;
        let mut ran = Vec::new();
        for command in self.commands.iter().filter(|_| runs) {
            ran.push((command.line(), command.run_in(environment, on_line).await?));
        }
        Ok((imported, ran))
    }

    async fn selected(
        &self,
        environment: &VirtualEnvironment,
    ) -> Result<SelectedFile, PythonError> {
        match &self.source {
            InstallSource::Wheel(path) => Ok(self.wheel(path)),
            InstallSource::Index { .. } => self.select_in(environment).await,
        }
    }

    async fn install_with_pip(
        &self,
        environment: &VirtualEnvironment,
        on_line: OnLine<'_>,
    ) -> Result<SelectedFile, PythonError> {
        let report = environment.folder().join("report.json");
        let pip = self.pip_install(environment, &report).await?;
        match self.with_requirement(self.with_dependencies(pip)).stream(on_line).await {
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
        let settings = self.python.pip_settings().await;
        let pip = self.source.configure_pip(environment.pip().await?, settings);
        let pip = pip.args(["install", "--no-input", "--disable-pip-version-check"]);
        let pip = pip.args(["--no-warn-script-location", "--progress-bar=off"]);
        Ok(pip.arg("--report").arg(report))
    }

    fn with_dependencies(&self, installer: Command) -> Command {
        if self.no_deps { installer.arg("--no-deps") } else { installer }
    }

    fn with_requirement(&self, installer: Command) -> Command {
        let Self { name, version, .. } = self;
        let extras = self.extras.join(",");
        let name = if extras.is_empty() { name.clone() } else { format!("{name}[{extras}]") };
        let requirement = match &self.source {
            InstallSource::Wheel(path) => format!("{name} @ {}", file_url(path)),
            InstallSource::Index { .. } => format!("{name}=={version}"),
        };
        installer.summary(format!("cannot install {name} {version}")).args(["--", &requirement])
    }

    fn wheel(&self, path: &Path) -> SelectedFile {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        SelectedFile { file, url: file_url(path), sha256: None, version: self.version.clone() }
    }

    fn read_report(&self, report: &Path) -> Result<SelectedFile, PythonError> {
        let json = std::fs::read(report).map_err(|error| PythonError::io("read", report, error))?;
        parse_pip_report(&json, &self.name)
    }
}

fn file_url(path: &Path) -> String {
    Url::from_file_path(path).map(String::from).unwrap_or_default()
}
