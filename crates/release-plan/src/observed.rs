use std::collections::BTreeMap;

use image_ref::Digest;
use release_version::{ReleaseVersion, VersionRequest};
use serde::Serialize;

/// Everything that was looked at before a release is planned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Observed {
    /// Name of the project.
    pub project: String,
    /// What was asked for.
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
    /// Version stated in `pyproject.toml`; `None` when it is dynamic.
    pub version: Option<String>,
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
    /// How the branch stands to its remote.
    pub remote: RemoteState,
    /// Whether the commit checked out is, or contains, the recorded release commit.
    pub contains_release: bool,
    /// Versions of the release tags, here and at the remote; only those at the
    /// remote while a release that published nothing is continued.
    pub tagged: Vec<ReleaseVersion>,
}

/// How a branch stands to the same branch of the remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemoteState {
    /// The remote has nothing that is missing here.
    UpToDate,
    /// The remote does not have the branch yet.
    NewBranch,
    /// The remote has commits that are missing here.
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
    /// Credentials are there and the service accepted them.
    Granted,
    /// Credentials are there; the service gives no way to ask.
    Unasked,
    /// There are no credentials: where they were looked for.
    NoCredentials(String),
    /// The service refused them: what it said.
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
    /// Tags of the repository. Digests are known for floating tags only.
    pub tags: BTreeMap<String, Option<Digest>>,
    /// Whether the Dockerfile is there.
    pub dockerfile_found: bool,
}

/// The forge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedForge {
    /// Whether we may publish releases.
    pub access: Access,
}

/// What the changelog has for the version.
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

/// What the journal of an unfinished release says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// The version that was being released.
    pub version: ReleaseVersion,
    /// What was typed then.
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
