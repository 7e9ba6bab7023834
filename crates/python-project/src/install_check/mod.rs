mod index;
mod outcome;

use std::{path::PathBuf, time::Duration};

pub use index::PackageIndex;
use process::{Command, Line, ProcessError};

use crate::{
    PythonError, build::OnLine, environment::Environment, mentions_version, pip_report,
    pip_report::Selected,
};

/// How long an import or a command may take.
const RUN_PATIENCE: Duration = Duration::from_secs(60);

/// What a stranger would do with a released version: install it into a clean
/// environment, import it, run it.
#[derive(Debug, Clone)]
pub struct InstallCheck {
    /// The project.
    pub name: String,
    /// The version, as PEP 440 spells it.
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

/// A command to run after the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandCheck {
    /// Program and arguments; a program of the environment comes first.
    pub argv: Vec<String>,
    /// Spellings of the version, one of which must be printed; empty when
    /// running without an error is enough (`--help`).
    pub prints: Vec<String>,
}

/// What an installation showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallReport {
    /// The file that was installed.
    pub selected: Selected,
    /// What the command printed, if one was run.
    pub printed: Option<String>,
}

impl InstallCheck {
    /// Which file pip would install, without its dependencies: proof that the
    /// version can be selected. Nothing is installed.
    ///
    /// # Errors
    /// [`PythonError::NotOffered`], [`PythonError::NoPython`], [`PythonError::Program`].
    pub async fn select(&self) -> Result<Selected, PythonError> {
        let environment = Environment::create(&self.python, "tidegate-select-").await?;
        self.select_in(&environment).await
    }

    /// Installs, imports, runs, and removes everything again. Lines of
    /// children are told as they come.
    ///
    /// # Errors
    /// [`PythonError`], one variant for each way to fail.
    pub async fn run(
        &self,
        on_line: &(dyn Fn(Line<'_>) + Send + Sync),
    ) -> Result<InstallReport, PythonError> {
        let environment = Environment::create(&self.python, "tidegate-install-").await?;
        let selected = self.install(&environment, on_line).await?;
        if let Some(module) = &self.import_module {
            import(&environment, module, on_line).await?;
        }
        let printed = match &self.command {
            Some(command) => Some(command.run(&environment, on_line).await?),
            None => None,
        };
        Ok(InstallReport { selected, printed })
    }

    async fn install(
        &self,
        environment: &Environment,
        on_line: OnLine<'_>,
    ) -> Result<Selected, PythonError> {
        let report = environment.folder().join("report.json");
        let pip = self.pip(environment, &report).await?;
        let pip = if self.no_deps { pip.arg("--no-deps") } else { pip };
        match self.requirement(pip).stream(on_line).await {
            Ok(_) => self.read(&report),
            Err(ProcessError::Failed { tail, .. }) => {
                let error = self.explain(environment, tail).await;
                environment.unless_full(error)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// pip ends with the same code for every reason: ask whether the version
    /// alone could be had.
    async fn explain(&self, environment: &Environment, tail: String) -> PythonError {
        let (name, version) = (self.name.clone(), self.version.clone());
        match self.select_in(environment).await {
            Ok(_) => PythonError::NotInstallable { name, version, tail },
            Err(PythonError::NotOffered { .. }) => PythonError::NotOffered { name, version, tail },
            Err(other) => other,
        }
    }

    async fn select_in(&self, environment: &Environment) -> Result<Selected, PythonError> {
        let report = environment.folder().join("selected.json");
        let pip = self.pip(environment, &report).await?;
        let pip = pip.args(["--dry-run", "--no-deps", "--ignore-installed"]);
        match self.requirement(pip).output().await {
            Ok(_) => self.read(&report),
            Err(ProcessError::Failed { tail, .. }) => {
                let (name, version) = (self.name.clone(), self.version.clone());
                environment.unless_full(PythonError::NotOffered { name, version, tail })
            }
            Err(other) => Err(other.into()),
        }
    }

    async fn pip(
        &self,
        environment: &Environment,
        report: &std::path::Path,
    ) -> Result<Command, PythonError> {
        let pip = self.index.applied_to(environment.pip().await?).await?;
        let pip = pip.args(["install", "--no-input", "--disable-pip-version-check"]);
        let pip = pip.args(["--no-cache-dir", "--no-warn-script-location", "--progress-bar=off"]);
        Ok(pip.arg("--report").arg(report))
    }

    fn requirement(&self, pip: Command) -> Command {
        let wanted = format!("{}=={}", self.name, self.version);
        pip.summary(format!("cannot install {wanted}")).args(["--", &wanted])
    }

    fn read(&self, report: &std::path::Path) -> Result<Selected, PythonError> {
        let json = std::fs::read(report).map_err(|error| PythonError::io("read", report, error))?;
        pip_report::selected(&json, &self.name)
    }
}

async fn import(
    environment: &Environment,
    module: &str,
    on_line: OnLine<'_>,
) -> Result<(), PythonError> {
    let script = "import importlib, sys; importlib.import_module(sys.argv[1])";
    let run = environment.run().args(["-I", "-c", script, module]);
    let run = run.summary(format!("cannot import {module}")).timeout(RUN_PATIENCE);
    match run.stream(on_line).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let tail = outcome::tail_of(error)?;
            Err(PythonError::ImportFailed { module: module.to_owned(), tail })
        }
    }
}

impl CommandCheck {
    async fn run(
        &self,
        environment: &Environment,
        on_line: OnLine<'_>,
    ) -> Result<String, PythonError> {
        let (program, arguments) = self.argv.split_first().map_or(("", &[][..]), |(p, a)| (p, a));
        let installed = environment.scripts().join(program);
        let program = if installed.is_file() { installed.into() } else { program.into() };
        let program: std::ffi::OsString = program;
        let run = environment.start(program).args(arguments).timeout(RUN_PATIENCE);
        let run = run.summary(format!("cannot run `{}`", self.text()));
        let failed = |tail| PythonError::CommandFailed { command: self.text(), tail };
        let output = match run.stream(on_line).await {
            Ok(output) => output,
            Err(error) => return Err(failed(outcome::tail_of(error)?)),
        };
        self.judge(format!("{}{}", output.stdout_text(), output.stderr_text()))
    }

    fn judge(&self, printed: String) -> Result<String, PythonError> {
        let found = self.prints.iter().any(|version| mentions_version(&printed, version));
        if found || self.prints.is_empty() {
            return Ok(printed);
        }
        let (command, version) = (self.text(), self.prints.join(" or "));
        let printed = printed.trim().chars().take(200).collect();
        Err(PythonError::OtherVersionPrinted { command, version, printed })
    }

    fn text(&self) -> String {
        self.argv.join(" ")
    }
}
