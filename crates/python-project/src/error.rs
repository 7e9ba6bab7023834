use std::path::PathBuf;

use process::ProcessError;

/// Why an operation on a Python project failed.
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
        /// What was attempted, for instance `read`.
        purpose: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A file of the project is not TOML.
    #[error("{file} cannot be read, line {line}: {reason}")]
    Toml {
        /// Name of the file.
        file: String,
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
    #[error("pyproject.toml declares the version as dynamic ({from}); set it there")]
    DynamicVersion {
        /// The source of the version.
        from: String,
    },
    /// The source of a dynamic version does not exist.
    #[error("pyproject.toml takes the version from {from}, which does not exist")]
    VersionSourceMissing {
        /// The source of the version.
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
    /// The pattern of a version file matches not exactly once.
    #[error("the version file has {count} places that match `{pattern}`; exactly one is needed")]
    VersionMatches {
        /// The pattern.
        pattern: String,
        /// How often it matches.
        count: usize,
    },
    /// A Python file assigns a variable not exactly once.
    #[error("`{variable}` is assigned {count} times in the first column; exactly once is needed")]
    VersionAssignments {
        /// The variable.
        variable: String,
        /// How often it is assigned.
        count: usize,
    },
    /// A Python file computes its version.
    #[error(
        "`{variable}` in line {line} is an expression; assign a string, or name the place of the \
         version with a pattern"
    )]
    VersionExpression {
        /// The variable.
        variable: String,
        /// Line, from 1.
        line: usize,
    },
    /// A version that a tuple of numbers cannot have.
    #[error("the version is a tuple of numbers, which cannot be {version}; assign a string")]
    VersionTuple {
        /// The version.
        version: String,
    },
    /// Python is missing, or cannot make virtual environments.
    #[error(
        "cannot make a virtual environment with `{python}`: {reason}; install Python with its venv module"
    )]
    NoPython {
        /// The program.
        python: String,
        /// The reason.
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
    /// pip could not install the requirements of the build.
    #[error("build requirements cannot be installed ({}):\n{tail}", requirements.join(", "))]
    RequirementNotInstallable {
        /// The requirements.
        requirements: Vec<String>,
        /// pip's last lines.
        tail: String,
    },
    /// The build backend failed.
    #[error("the build backend failed in `{hook}`:\n{tail}")]
    BackendFailed {
        /// The hook (PEP 517).
        hook: &'static str,
        /// Its last lines.
        tail: String,
    },
    /// A built file is not of the project and version expected.
    #[error(
        "the build made `{file}`, which is not {name} {version}; if another file states the version, \
         add the file to package.version-files"
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
    /// The version is offered, but a dependency cannot be installed.
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
    /// The installation could not be inspected.
    #[error("the installed package {name} cannot be inspected:\n{tail}")]
    NotInspected {
        /// Package.
        name: String,
        /// Python's last lines.
        tail: String,
    },
    /// The package has no such extra.
    #[error("the package has no extra `{extra}`")]
    NoSuchExtra {
        /// The extra.
        extra: String,
    },
    /// The metadata of the installed package has another version.
    #[error("the installed package has version {found} in its metadata instead of {expected}")]
    OtherVersionInstalled {
        /// Version expected.
        expected: String,
        /// Version found.
        found: String,
    },
    /// A module of the installed package has another version.
    #[error("the installed `{module}.__version__` is {found} instead of {expected}")]
    OtherModuleVersion {
        /// Module.
        module: String,
        /// Version expected.
        expected: String,
        /// Version found.
        found: String,
    },
    /// The installed command is missing or failed.
    #[error("the installed command `{command}` failed:\n{tail}")]
    CommandFailed {
        /// The command.
        command: String,
        /// Its last lines.
        tail: String,
    },
    /// The installed command does not print the version expected.
    #[error("the installed command `{command}` does not print {version}, but: {printed}")]
    OtherVersionPrinted {
        /// The command.
        command: String,
        /// Version expected.
        version: String,
        /// The start of its output.
        printed: String,
    },
}

impl PythonError {
    /// The error of a file operation, with a variant for a full disk.
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
