mod distribution;
mod hook;

use std::path::{Path, PathBuf};

pub(crate) use hook::OnLine;
use process::Line;

use self::hook::Hook;
use crate::{BuildSystem, PythonError, environment::Environment};

/// A build of one version's distributions, through the project's own backend
/// (PEP 517) in an environment that has nothing but what the build asks for.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The source tree, with its `pyproject.toml`.
    pub source: &'a Path,
    /// Where the files go. Files of the same names are replaced.
    pub out: &'a Path,
    /// The Python to build with, by name or path.
    pub python: &'a Path,
    /// The project expected.
    pub name: &'a str,
    /// The version expected, as PEP 440 spells it.
    pub version: &'a str,
    /// Seconds since 1970 for files that record a time (`SOURCE_DATE_EPOCH`).
    pub source_date_epoch: Option<u64>,
}

/// The files that a build made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltDistributions {
    /// The source distribution.
    pub sdist: PathBuf,
    /// The wheel, built from that source distribution.
    pub wheel: PathBuf,
}

impl BuiltDistributions {
    /// Both files, the wheel first: the order in which they are uploaded.
    #[must_use]
    pub fn files(&self) -> [&Path; 2] {
        [&self.wheel, &self.sdist]
    }
}

impl Build<'_> {
    /// Builds the sdist from the source tree and the wheel from the sdist, so
    /// the wheel proves that the sdist is complete. Lines of children are told
    /// as they come.
    ///
    /// # Errors
    /// [`PythonError`]: no Python, no backend, a requirement that cannot be
    /// installed, a backend that fails, a file of another name or version, a
    /// full disk.
    pub async fn run(
        &self,
        on_line: &(dyn Fn(Line<'_>) + Send + Sync),
    ) -> Result<BuiltDistributions, PythonError> {
        let environment = Environment::create(self.python, "tidegate-build-").await?;
        let source = self.source.canonicalize();
        let source = source.map_err(|error| PythonError::io("read", self.source, error))?;
        let sdist = self.make(&environment, &source, Kind::Sdist, on_line).await?;
        let unpacked = self.unpack(&environment, &sdist, on_line).await?;
        let wheel = self.make(&environment, &unpacked, Kind::Wheel, on_line).await?;
        let place = |file: &Path| distribution::place(file, self.out);
        Ok(BuiltDistributions { sdist: place(&sdist)?, wheel: place(&wheel)? })
    }

    async fn make(
        &self,
        environment: &Environment,
        source: &Path,
        kind: Kind,
        on_line: OnLine<'_>,
    ) -> Result<PathBuf, PythonError> {
        let system = BuildSystem::read(source)?;
        let hook = self.hook(environment, source, &system, on_line);
        environment.install(&system.requires, on_line).await?;
        let more: Vec<String> = hook.call(kind.requirements(), &[None]).await?;
        environment.install(&more, on_line).await?;
        let out = environment.subfolder("dist")?;
        let file: String = hook.call(kind.build(), &[Some(&out), None]).await?;
        distribution::check(&file, self.name, self.version)?;
        Ok(out.join(file))
    }

    async fn unpack(
        &self,
        environment: &Environment,
        sdist: &Path,
        on_line: OnLine<'_>,
    ) -> Result<PathBuf, PythonError> {
        let folder = environment.subfolder("source")?;
        let system = BuildSystem { requires: vec![], backend: String::new(), backend_path: vec![] };
        let hook = self.hook(environment, &folder, &system, on_line);
        let top: String = hook.call("unpack", &[Some(sdist), Some(&folder)]).await?;
        Ok(folder.join(top))
    }

    fn hook<'a>(
        &self,
        environment: &'a Environment,
        source: &'a Path,
        system: &'a BuildSystem,
        on_line: OnLine<'a>,
    ) -> Hook<'a> {
        let source_date_epoch = self.source_date_epoch;
        Hook { environment, source, system, source_date_epoch, on_line }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Sdist,
    Wheel,
}

impl Kind {
    fn requirements(self) -> &'static str {
        match self {
            Self::Sdist => "get_requires_for_build_sdist",
            Self::Wheel => "get_requires_for_build_wheel",
        }
    }

    fn build(self) -> &'static str {
        match self {
            Self::Sdist => "build_sdist",
            Self::Wheel => "build_wheel",
        }
    }
}
