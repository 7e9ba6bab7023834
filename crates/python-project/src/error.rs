use std::path::PathBuf;

use process::ProcessError;

/// Why something with a Python project did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PythonError {
    /// The folder has no `pyproject.toml`.
    #[error("no pyproject.toml in {}; a Python project needs one (PEP 621)", .folder.display())]
    NotAProject {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {purpose} {}", .path.display())]
    Io {
        /// What was to be done, for instance `read`.
        purpose: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
    /// `pyproject.toml` is not TOML.
    #[error("pyproject.toml cannot be read, line {line}: {reason}")]
    Toml {
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A key of `pyproject.toml` is missing or of the wrong kind.
    #[error("pyproject.toml: `{key}` {problem}")]
    Key {
        /// The key with its table, for instance `project.name`.
        key: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `pyproject.toml` leaves the version to the build backend.
    #[error("pyproject.toml declares the version as dynamic ({from}); it is set there, not here")]
    DynamicVersion {
        /// Where the version comes from.
        from: String,
    },
    /// The pattern of a version file is not a regular expression with one group.
    #[error("`{pattern}` is not a pattern for a version: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A version file has no place for the version, or several.
    #[error("the version file has {found} places that match `{pattern}`; exactly one is needed")]
    VersionPlace {
        /// What was looked for.
        pattern: String,
        /// How often it was found.
        found: usize,
    },
    /// No Python of this name, or it cannot make virtual environments.
    #[error(
        "cannot make a virtual environment with `{python}`: {reason}; install Python with its venv module"
    )]
    NoPython {
        /// The program asked for.
        python: String,
        /// Why not.
        reason: String,
    },
    /// A child program could not be run or did not end in time.
    #[error(transparent)]
    Program(#[from] ProcessError),
    /// The build backend cannot be imported.
    #[error(
        "the build backend `{backend}` cannot be imported: {reason}; check `[build-system]` in pyproject.toml"
    )]
    NoBackend {
        /// `build-backend`.
        backend: String,
        /// Python's reason.
        reason: String,
    },
    /// pip could not install what the build needs.
    #[error("build requirements cannot be installed ({}):\n{tail}", requirements.join(", "))]
    RequirementNotInstallable {
        /// What was asked for.
        requirements: Vec<String>,
        /// pip's last lines.
        tail: String,
    },
    /// The build backend failed.
    #[error("the build backend failed in `{hook}`:\n{tail}")]
    BackendFailed {
        /// The hook (PEP 517).
        hook: &'static str,
        /// The last lines.
        tail: String,
    },
    /// A built file is not of the project and version asked for.
    #[error(
        "the build made `{file}`, which is not {name} {version}; is the version set in a second place?"
    )]
    UnexpectedDistribution {
        /// Name of the file built.
        file: String,
        /// Project expected.
        name: String,
        /// Version expected.
        version: String,
    },
    /// No space is left for temporary or built files.
    #[error("no space left in {}; free some and start again", .folder.display())]
    DiskFull {
        /// The folder that is full.
        folder: PathBuf,
    },
    /// The index does not offer an installable file of the version.
    #[error("pip finds no installable file of {name} {version}:\n{tail}")]
    NotOffered {
        /// Project.
        name: String,
        /// Version.
        version: String,
        /// pip's last lines.
        tail: String,
    },
    /// The version is offered, and something that it depends on cannot be installed.
    #[error("{name} {version} is offered, but cannot be installed with its dependencies:\n{tail}")]
    NotInstallable {
        /// Project.
        name: String,
        /// Version.
        version: String,
        /// pip's last lines.
        tail: String,
    },
    /// pip's report is not of the documented format.
    #[error("pip's installation report cannot be read: {reason}")]
    Report {
        /// What is wrong with it.
        reason: String,
    },
    /// The installed module cannot be imported.
    #[error("the installed module `{module}` cannot be imported:\n{tail}")]
    ImportFailed {
        /// Module.
        module: String,
        /// Python's last lines.
        tail: String,
    },
    /// The installed command is missing or failed.
    #[error("the installed command `{command}` failed:\n{tail}")]
    CommandFailed {
        /// The command.
        command: String,
        /// Its last lines.
        tail: String,
    },
    /// The installed command does not say that it is the version expected.
    #[error("the installed command `{command}` does not print {version}, but: {printed}")]
    OtherVersionPrinted {
        /// The command.
        command: String,
        /// Version expected.
        version: String,
        /// The beginning of what it printed.
        printed: String,
    },
}

impl PythonError {
    /// An error of a file operation; a full disk is told apart.
    pub(crate) fn io(
        purpose: &'static str,
        path: &std::path::Path,
        source: std::io::Error,
    ) -> Self {
        let path = path.to_owned();
        if source.kind() == std::io::ErrorKind::StorageFull {
            return Self::DiskFull { folder: path };
        }
        Self::Io { purpose, path, source }
    }
}
