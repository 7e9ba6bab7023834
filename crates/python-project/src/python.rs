use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use process::{Command, ProcessError};
use tokio::sync::OnceCell;

use crate::{
    PythonError, environment_template::EnvironmentTemplate, isolation::isolated,
    pip_settings::PipSettings, uv::Uv,
};

/// Prints the interpreter, the file that pip runs in other environments, and the
/// settings of pip.
const FIND_PIP: &str = "\
import sys
print(sys.executable)
import os, pip, runpy
print(os.path.join(os.path.dirname(pip.__file__), '__pip-runner__.py'), flush=True)
sys.argv = ['pip', 'config', 'list']
runpy.run_module('pip', run_name='__main__')
";

const PLATFORM_TAGS: &str = include_str!("platform_tags.py");

/// Which wheels a CPython accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonTags {
    /// Its version, such as `3.12`.
    pub version: String,
    /// Platform tags besides `any`, such as `manylinux_2_28_x86_64`.
    pub platforms: Vec<String>,
}

/// The Python that builds packages and makes clean environments, with what installs
/// packages for it: uv, if it is on `PATH` and can follow the settings of pip, else
/// pip. What is found out about them is kept, also by clones.
#[derive(Clone)]
pub struct Python {
    program: PathBuf,
    uses_uv: bool,
    findings: Arc<Findings>,
}

#[derive(Default)]
struct Findings {
    pip: OnceCell<Pip>,
    uv: OnceCell<Option<Uv>>,
    template: OnceCell<EnvironmentTemplate>,
}

/// pip of the base Python, and where both are.
#[derive(Default)]
struct Pip {
    /// The interpreter itself: on `PATH` is often a script that looks for it.
    executable: Option<PathBuf>,
    /// What pip runs in another environment for its option `--python` (since pip 22.3).
    /// Called directly it starts one interpreter instead of two.
    runner: Option<PathBuf>,
    /// `None` if they could not be listed.
    settings: Option<PipSettings>,
}

impl fmt::Debug for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Python").field(&self.program).finish()
    }
}

impl Python {
    /// A Python by name (looked up on `PATH`) or path.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), uses_uv: true, findings: Arc::default() }
    }

    /// The Python of a version, such as `3.12`: `python3.12` on `PATH`, else one that uv
    /// has installed. `None` if there is neither.
    pub async fn of_version(version: &str) -> Option<Self> {
        if let Some(program) = process::find_program(&format!("python{version}")) {
            return Some(Self::new(program));
        }
        let find = Command::new("uv").args(["python", "find", "--no-python-downloads", version]);
        let found = find.folder(std::env::temp_dir()).output().await.ok()?.stdout_text();
        found.lines().next().map(Self::new)
    }

    /// The program, by name or path.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Starts to look for pip and uv now and to make an environment, so that nothing waits for
    /// them later: pip takes half a second to answer. A failure is reported by who needs it.
    pub fn look_ahead(&self) {
        let python = self.clone();
        tokio::spawn(async move { python.template().await.is_ok() });
    }

    /// The version and the platform tags whose wheels it accepts, the best first; `None`
    /// for a Python of which that is not clear.
    pub async fn wheel_tags(&self) -> Option<PythonTags> {
        let query = self.command().folder(std::env::temp_dir()).args(["-c", PLATFORM_TAGS]);
        let text = query.output().await.ok()?.stdout_text();
        let mut lines = text.lines().map(str::to_owned);
        Some(PythonTags { version: lines.next()?, platforms: lines.collect() })
    }

    /// The same Python with pip only.
    #[must_use]
    pub fn without_uv(self) -> Self {
        Self { uses_uv: false, findings: Arc::default(), ..self }
    }

    /// Makes an environment without pip, named `env`, in `folder`.
    pub(crate) async fn make_environment(&self, folder: &Path) -> Result<(), PythonError> {
        self.template().await?.copy_into(folder)
    }

    async fn template(&self) -> Result<&EnvironmentTemplate, PythonError> {
        let make = async || {
            let template = EnvironmentTemplate::new()?;
            self.make_template(template.folder()).await?;
            Ok(template)
        };
        self.findings.template.get_or_try_init(make).await
    }

    async fn make_template(&self, folder: &Path) -> Result<(), PythonError> {
        if let Some(uv) = self.uv().await
            && let Some(executable) = &self.pip().await.executable
        {
            let make = isolated(uv.command()).args(["venv", "--no-project", "--python"]);
            if make.arg(executable).arg("env").folder(folder).output().await.is_ok() {
                return Ok(());
            }
        }
        let make = self.command().folder(folder).args(["-m", "venv", "--without-pip", "env"]);
        let made = make.summary("cannot make a virtual environment").output().await;
        made.map(drop).map_err(|error| no_python(&self.program, error))
    }

    /// uv, if it installs for this Python.
    pub(crate) async fn uv(&self) -> Option<&Uv> {
        self.findings.uv.get_or_init(|| self.find_uv()).await.as_ref()
    }

    /// The script by which pip of this Python installs into the environment whose
    /// Python runs it.
    pub(crate) async fn pip_runner(&self) -> Option<&Path> {
        self.pip().await.runner.as_deref()
    }

    /// The settings of pip; none if they could not be listed.
    pub(crate) async fn pip_settings(&self) -> Option<&PipSettings> {
        self.pip().await.settings.as_ref()
    }

    async fn find_uv(&self) -> Option<Uv> {
        let program = process::find_program("uv").filter(|_| self.uses_uv)?;
        Uv::with_settings_of(self.pip_settings().await?, program)
    }

    async fn pip(&self) -> &Pip {
        self.findings.pip.get_or_init(|| self.find_pip()).await
    }

    /// One start of pip for all questions: it takes a quarter of a second.
    async fn find_pip(&self) -> Pip {
        let query = self.command().folder(std::env::temp_dir()).args(["-c", FIND_PIP]);
        let Ok(output) = query.outcome().await else { return Pip::default() };
        let text = output.stdout_text();
        let mut lines = text.splitn(3, '\n');
        let mut path = || lines.next().filter(|line| !line.is_empty()).map(PathBuf::from);
        let (executable, runner) = (path(), path().filter(|runner| runner.is_file()));
        let settings = output.success().then(|| PipSettings::parse(lines.next().unwrap_or("")));
        Pip { executable, runner, settings }
    }

    fn command(&self) -> Command {
        isolated(Command::new(&self.program))
    }
}

fn no_python(python: &Path, error: ProcessError) -> PythonError {
    let reason = match error {
        ProcessError::NotFound { .. } => "there is no such program".to_owned(),
        ProcessError::Failed { tail, .. } => tail,
        other => return other.into(),
    };
    PythonError::NoPython { python: python.display().to_string(), reason }
}
