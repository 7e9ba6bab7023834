use std::{collections::BTreeMap, path::PathBuf};

use image_ref::Digest;
use release_version::{ReleaseVersion, VersionRequest};
use serde::Serialize;

use crate::ReleaseTags;

/// Everything that was observed before a release is planned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Observed {
    /// Name of the project.
    pub project: String,
    /// The request of the user.
    pub request: VersionRequest,
    /// The Python package, if there is one.
    pub package: Option<ObservedPackage>,
    /// The work tree and its remote.
    pub git: ObservedGit,
    /// The indexes the package goes to, in order.
    pub indexes: Vec<ObservedIndex>,
    /// The images, in the order of the configuration.
    pub images: Vec<ObservedImage>,
    /// The forge, if releases are published there.
    pub forge: Option<ObservedForge>,
    /// The changelog.
    pub changelog: ChangelogState,
    /// Programs and services that are needed and missing: name and advice.
    pub missing_tools: Vec<(String, String)>,
    /// What an earlier, unfinished run of the same request recorded.
    pub recorded: Option<Recorded>,
    /// Another version whose release is unfinished and partly published.
    pub blocking: Option<ReleaseVersion>,
}

/// The Python package in the work tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedPackage {
    /// Normalised name.
    pub name: String,
    /// The version that the package states; `None` when it comes from git or from a
    /// source that is not recognised.
    pub version: Option<String>,
    /// Why the stated version cannot be read.
    pub unreadable: Option<String>,
    /// The file that states the version, relative to the project.
    pub version_file: Option<PathBuf>,
    /// Further files of the package that state it, with the version that they state.
    pub module_versions: Vec<(PathBuf, String)>,
    /// Lock files that hold the package's own version.
    pub locks: Vec<ObservedLock>,
}

/// A lock file that holds the package's own version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedLock {
    /// The file, relative to the top of the repository.
    pub path: PathBuf,
    /// The program that refreshes it.
    pub tool: String,
    /// Whether that program was found.
    pub is_available: bool,
}

/// The work tree and its remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedGit {
    /// Branch checked out; `None` on a detached head.
    pub branch: Option<String>,
    /// Commit checked out.
    pub head: String,
    /// Files under version control with changes that are not committed.
    pub dirty: Vec<String>,
    /// Files that git neither tracks nor ignores; they are not part of a release.
    pub untracked: Vec<String>,
    /// How the branch relates to its remote.
    pub remote: RemoteState,
    /// Whether the commit checked out is, or contains, the recorded release commit.
    pub contains_release: bool,
    /// The release tags, local and at the remote, without the local one of a release
    /// that is continued and has published nothing.
    pub tags: ReleaseTags,
}

/// How a branch relates to the same branch of the remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemoteState {
    /// The remote has nothing that is missing locally.
    UpToDate,
    /// The remote does not have the branch yet.
    NewBranch,
    /// The remote has commits that are missing locally.
    Ahead,
    /// No remote of that name.
    Missing,
    /// The remote did not answer: the reason.
    Unreachable(String),
}

/// Whether a service lets us publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// The service accepted the credentials.
    Granted,
    /// Nothing is known: the service has no way to check, or was not queried.
    Unchecked,
    /// There are no credentials: where they were searched for.
    NoCredentials(String),
    /// The service refused them: its answer.
    Refused(String),
    /// The service did not answer: the reason.
    Unreachable(String),
}

/// A package index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedIndex {
    /// Its name in the configuration.
    pub name: String,
    /// Whether we may upload.
    pub access: Access,
    /// Versions it serves.
    pub versions: Vec<ReleaseVersion>,
    /// Versions it serves that PEP 440 cannot read.
    pub unreadable: Vec<String>,
    /// A failure does not stop the release.
    pub optional: bool,
}

/// An image and its repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedImage {
    /// Its name for reports.
    pub name: String,
    /// Whether we may push.
    pub access: Access,
    /// Tags of the repository, with digests for floating tags only.
    pub tags: BTreeMap<String, Option<Digest>>,
    /// Whether the Dockerfile exists.
    pub dockerfile_found: bool,
}

/// The forge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedForge {
    /// Whether we may publish releases.
    pub access: Access,
}

/// The changelog's entry for the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangelogState {
    /// There is no changelog file.
    NoFile,
    /// A section for exactly this version.
    VersionSection,
    /// A section `Unreleased` with content.
    UnreleasedSection,
    /// Neither.
    NothingWritten,
}

/// The journal of an unfinished release, as far as planning needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// The version that was being released.
    pub version: ReleaseVersion,
    /// The request of the user then.
    pub request: VersionRequest,
    /// The commit that release started from.
    pub base: String,
    /// The release commit, once made.
    pub commit: Option<String>,
    /// How far it got.
    pub progress: Progress,
}

/// How far an unfinished release got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Nothing left this machine.
    Private,
    /// Everything required is done; optional targets are open.
    OptionalOpen,
    /// Something was published, or may have been, and something required is open.
    Public,
}
