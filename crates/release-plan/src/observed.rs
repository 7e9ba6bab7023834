use std::{collections::BTreeMap, path::PathBuf};

use image_ref::Digest;
use release_version::{ReleaseVersion, VersionRequest};
use serde::Serialize;

use crate::{ObservedBuild, ObservedSetup, ObservedUnreadableLock, ReleaseTags};

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
    pub changelog: ObservedChangelog,
    /// Programs and services that are needed and missing: name and advice.
    pub missing_tools: Vec<(String, String)>,
    /// What files and machine have ready.
    pub setup: ObservedSetup,
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
    /// Files that the release would change and leaves as they are: those that have the new
    /// version already, and configured ones that do not exist.
    pub untouched: Vec<PathBuf>,
    /// Lock files that cannot be read.
    pub unreadable_locks: Vec<ObservedUnreadableLock>,
    /// Whether attestations of its files can be made.
    pub attestations: Attestations,
    /// Why the wheels of the forge's workflows are left out, if they are.
    pub wheels_left_out: Option<String>,
}

/// Whether attestations of the package's files can be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attestations {
    /// Nobody wants them, or nothing suggests that they are possible.
    Unwanted,
    /// A trusted publisher's identity and the program that signs are present.
    Possible,
    /// What is missing.
    Impossible(String),
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
    /// It was not queried.
    Unchecked,
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
    /// Whether it is a public index, or the configuration has its addresses.
    pub has_addresses: bool,
    /// Whether we may upload.
    pub access: Access,
    /// Versions it serves.
    pub versions: Vec<ReleaseVersion>,
    /// Versions it serves that are not compared: PEP 440 does not read them, or they have
    /// too many or too large numbers.
    pub unreadable: Vec<String>,
    /// Another host that serves its pages, to which its address redirects.
    pub other_host: Option<String>,
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
    /// How it is built.
    pub build: ObservedBuild,
}

/// The forge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedForge {
    /// Whether we may publish releases.
    pub access: Access,
    /// Whether the branch takes the release commit.
    pub branch: BranchState,
}

/// Whether the forge lets us push to a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BranchState {
    /// Nothing is against it.
    Open,
    /// It was not queried.
    Unchecked,
    /// Pushes are refused: what is required instead.
    Protected(Vec<String>),
    /// It is protected, and whether that concerns us cannot be read: the reason.
    Unclear(String),
    /// Whether it is protected cannot be read: the reason.
    Unreadable(String),
}

/// The changelog, and what it has for the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedChangelog {
    /// The file, relative to the project; `None` when there is none.
    pub file: Option<PathBuf>,
    /// What it has for the version.
    pub state: ChangelogState,
    /// The fragments of a tool that makes the section.
    pub fragments: Option<ObservedFragments>,
}

impl ObservedChangelog {
    /// A project without changelog.
    pub const NONE: Self = Self { file: None, state: ChangelogState::NoFile, fragments: None };
}

/// What the changelog has for the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangelogState {
    /// There is no changelog file.
    NoFile,
    /// A section for exactly this version, which is kept as it is.
    VersionSection,
    /// Content that becomes the section of the version.
    UnreleasedSection,
    /// Fragments, of which a tool makes the section.
    Fragments,
    /// No page for this version, where each has its own.
    NoPage,
    /// No heading of a version or of unreleased changes, so no place for a section.
    NoHeading,
    /// Nothing for this version: what there is instead.
    NothingWritten(String),
    /// Nothing is written, and the history cannot be read that would be needed to
    /// generate it.
    MissingHistory(MissingHistory),
    /// What contradicts a section for the version, and what to do.
    Unusable(String, String),
    /// Several files may be the changelog.
    SeveralFiles(Vec<PathBuf>),
    /// The configured file is not part of the commit.
    NotCommitted,
}

/// Why the commits since the release before cannot be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingHistory {
    /// The clone is shallow.
    ShallowClone,
    /// The clone does not have the tag of this earlier release.
    NoTag(ReleaseVersion),
}

/// The fragments of a tool that makes a changelog's section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedFragments {
    /// The program.
    pub tool: String,
    /// Whether it was found.
    pub is_available: bool,
    /// Their folders, relative to the project.
    pub folders: Vec<PathBuf>,
    /// How many there are.
    pub count: usize,
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
