use std::path::{Path, PathBuf};

use process::Line;

use super::{
    backend::Backend,
    output::{check_file_name, move_into},
};
use crate::{
    BuildSystem, Python, PythonError, output_line::OnLine, virtual_environment::VirtualEnvironment,
};

/// A build of the distributions of one version, by the backend of the project
/// (PEP 517) in an environment that contains only the requirements of the build.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The source tree, with its `pyproject.toml`.
    pub source: &'a Path,
    /// The folder for the built files. Files of the same names are replaced.
    pub out: &'a Path,
    /// The Python to build with.
    pub python: &'a Python,
    /// The project expected.
    pub name: &'a str,
    /// The version expected, in the spelling of PEP 440.
    pub version: &'a str,
    /// Whether a wheel is built, too.
    pub wheel: bool,
    /// Seconds since 1970 for files that record a time (`SOURCE_DATE_EPOCH`).
    pub source_date_epoch: Option<u64>,
}

/// The files of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltDistributions {
    /// The source distribution.
    pub sdist: PathBuf,
    /// The wheel, built from that source distribution, if one was wanted.
    pub wheel: Option<PathBuf>,
}

impl BuiltDistributions {
    /// The files, the wheel first: the order in which they are uploaded.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.wheel.iter().chain([&self.sdist]).map(PathBuf::as_path)
    }
}

impl Build<'_> {
    /// Builds the sdist from the source tree and the wheel, if it is wanted, from the
    /// sdist, so the wheel proves that the sdist is complete. `on_line` gets the lines of
    /// child programs as they are printed.
    ///
    /// # Errors
    /// [`PythonError`]: no Python, no backend, a requirement that cannot be
    /// installed, a backend that fails, a file of another name or version, a
    /// full disk.
    pub async fn run(
        &self,
        on_line: &(dyn Fn(Line<'_>) + Send + Sync),
    ) -> Result<BuiltDistributions, PythonError> {
        let environment = VirtualEnvironment::create(self.python, "tidegate-build-").await?;
        let source = self.source.canonicalize();
        let source = source.map_err(|error| PythonError::io("read", self.source, error))?;
        let sdist =
            self.build_distribution(&environment, &source, BuildKind::Sdist, on_line).await?;
        let mut wheel = None;
        if self.wheel {
            let unpacked = self.unpack(&environment, &sdist, on_line).await?;
            let built =
                self.build_distribution(&environment, &unpacked, BuildKind::Wheel, on_line).await?;
            wheel = Some(move_into(&built, self.out)?);
        }
        Ok(BuiltDistributions { sdist: move_into(&sdist, self.out)?, wheel })
    }

    async fn build_distribution(
        &self,
        environment: &VirtualEnvironment,
        source: &Path,
        kind: BuildKind,
        on_line: OnLine<'_>,
    ) -> Result<PathBuf, PythonError> {
        let system = BuildSystem::read(source)?;
        let backend = self.backend(environment, source, &system, on_line);
        environment.install(&system.requires, on_line).await?;
        let out = environment.subfolder("dist")?;
        let arguments = [Some(out.as_path()), None];
        let file = backend.build(kind.requires_hook(), kind.build_hook(), &arguments).await?;
        check_file_name(&file, self.name, self.version)?;
        Ok(out.join(file))
    }

    async fn unpack(
        &self,
        environment: &VirtualEnvironment,
        sdist: &Path,
        on_line: OnLine<'_>,
    ) -> Result<PathBuf, PythonError> {
        let folder = environment.subfolder("source")?;
        let system = BuildSystem { requires: vec![], backend: String::new(), backend_path: vec![] };
        let backend = self.backend(environment, &folder, &system, on_line);
        let top = backend.call("unpack", &[Some(sdist), Some(&folder)]).await?;
        Ok(folder.join(top))
    }

    fn backend<'a>(
        &self,
        environment: &'a VirtualEnvironment,
        source: &'a Path,
        system: &'a BuildSystem,
        on_line: OnLine<'a>,
    ) -> Backend<'a> {
        let source_date_epoch = self.source_date_epoch;
        Backend { environment, source, system, source_date_epoch, on_line }
    }
}

#[derive(Clone, Copy)]
enum BuildKind {
    Sdist,
    Wheel,
}

impl BuildKind {
    fn requires_hook(self) -> &'static str {
        match self {
            Self::Sdist => "get_requires_for_build_sdist",
            Self::Wheel => "get_requires_for_build_wheel",
        }
    }

    fn build_hook(self) -> &'static str {
        match self {
            Self::Sdist => "build_sdist",
            Self::Wheel => "build_wheel",
        }
    }
}
