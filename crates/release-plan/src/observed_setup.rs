use std::path::PathBuf;

use image_ref::Platform;
use serde::Serialize;

/// What the project's files and this machine have ready for a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ObservedSetup {
    /// Programs of the configured commands.
    pub programs: Vec<ObservedProgram>,
    /// Files and folders that the configuration names.
    pub paths: Vec<ObservedPath>,
    /// What builds images; `None` without images or without an engine.
    pub builder: Option<ObservedBuilder>,
    /// File systems that the release writes to.
    pub disks: Vec<ObservedDisk>,
}

/// The program of a configured command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedProgram {
    /// What it belongs to, such as `checks` or `image server`.
    pub subject: String,
    /// The command's key in the configuration.
    pub key: String,
    /// The program as it is written.
    pub program: String,
    /// Whether it was found.
    pub state: ProgramState,
    /// A command that runs before it in the same place, and may make it.
    pub maker: Option<String>,
    /// A failure of the command does not stop the release.
    pub is_optional: bool,
}

/// Whether a program was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramState {
    /// It can be started.
    Found,
    /// No program of this name is on `PATH`.
    NotOnPath,
    /// The file is not executable.
    NotExecutable,
    /// The file is not part of the checkout that the command runs in.
    NoFile(PathState),
}

/// A file or folder that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedPath {
    /// What it belongs to, such as `package` or `image server`.
    pub subject: String,
    /// Its key in the configuration.
    pub key: String,
    /// The path, relative to the project.
    pub path: PathBuf,
    /// Whether the release's checkout has it.
    pub state: PathState,
    /// A command that runs before it is needed, and may make it.
    pub maker: Option<String>,
    /// What is wrong with its content.
    pub problem: Option<String>,
}

/// Whether the checkouts of a release have a file or folder. They have what is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathState {
    /// It is committed.
    Committed,
    /// It exists in the work tree only.
    Uncommitted,
    /// It exists in the work tree only, and git ignores it.
    Ignored,
    /// It does not exist, and git would ignore it: something makes it.
    IgnoredAndMissing,
    /// It does not exist.
    Missing,
}

/// A lock file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedUnreadableLock {
    /// The file, relative to the top of the repository.
    pub path: PathBuf,
    /// The line at fault, from 1, where it is one.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub reason: String,
}

/// What builds images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedBuilder {
    /// Its name for messages, such as "the builder `default`".
    pub name: String,
    /// Whether it is BuildKit, and not the classic builder of an engine.
    pub is_buildkit: bool,
    /// What the engine's containers run on.
    pub engine_platform: Platform,
    /// Platforms whose programs it can run.
    pub platforms: Vec<Platform>,
    /// Whether these are all.
    pub is_complete: bool,
}

/// How an image is built, as far as it can be read before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ObservedBuild {
    /// The Dockerfile, relative to the project.
    pub dockerfile: PathBuf,
    /// Build arguments of the configuration that look like secrets.
    pub secret_arguments: Vec<ObservedSecret>,
    /// Values in the Dockerfile that look like secrets.
    pub secrets: Vec<ObservedSecret>,
    /// Line and name of what only BuildKit can do.
    pub buildkit_features: Vec<(usize, String)>,
    /// The first `RUN` of each configured platform that has one: its line.
    pub runs: Vec<(Platform, usize)>,
    /// For each configured platform, the line of a `COPY --from` of an image in a Dockerfile
    /// that has stages for another platform, too.
    pub mixed_copies: Vec<(Platform, usize)>,
}

/// An argument or variable whose value looks like a secret. The value itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedSecret {
    /// Its name.
    pub name: String,
    /// Its line in the Dockerfile; 0 for an argument of the configuration.
    pub line: usize,
    /// What makes it look like one.
    pub sign: SecretSign,
}

/// What makes a value look like a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSign {
    /// The form of the value.
    Value,
    /// The name alone.
    Name,
    /// A value that looks random, alone.
    Random,
}

/// A file system that a release writes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedDisk {
    /// What is on it, such as `the state folder /home/ada/.local/state/tidegate`.
    pub uses: Vec<String>,
    /// Free bytes.
    pub free: u64,
    /// Bytes that the release is likely to write: from the sizes of earlier builds.
    pub expected: u64,
}
