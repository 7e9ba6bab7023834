//! What the index holds: projects, their releases and files, and every file name ever used.

mod admission;
mod changes;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::SystemTime;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};

pub(crate) use admission::{Limits, Offer, Verdict};
pub use state::{FileState, IndexState, ProjectState, ReleaseState, UploadCount};

use super::digests::Digests;
use super::form::{Form, Kind};
use super::name::normalized;

/// Everything that the index knows; the bytes of the files lie in a folder.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) projects: BTreeMap<String, Project>,
    pub(crate) serial: u64,
    used_names: BTreeSet<String>,
    objects: BTreeMap<String, PathBuf>,
    uploads: BTreeMap<String, UploadCount>,
    created_projects: u32,
}

/// A project under its normalised name.
#[derive(Debug, Default)]
pub(crate) struct Project {
    /// The name as its maintainers spell it.
    pub(crate) name: String,
    pub(crate) serial: u64,
    pub(crate) status: ProjectStatus,
    pub(crate) status_reason: Option<String>,
    pub(crate) releases: BTreeMap<Version, Release>,
}

/// A release; its first file made it, and gave it the metadata.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) created: SystemTime,
    pub(crate) form: Form,
    /// The reason, perhaps empty, if the release is yanked.
    pub(crate) yanked: Option<String>,
    pub(crate) files: Vec<StoredFile>,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredFile {
    pub(crate) filename: String,
    pub(crate) kind: Kind,
    pub(crate) python_version: String,
    pub(crate) comment: String,
    pub(crate) size: u64,
    pub(crate) digests: Digests,
    pub(crate) uploaded: SystemTime,
    /// The digest of a wheel's core metadata, served beside it (PEP 658).
    pub(crate) core_metadata_sha256: Option<String>,
    pub(crate) attestations: Option<serde_json::Value>,
}

/// The status of a project (PEP 792).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectStatus {
    /// Takes new files.
    #[default]
    Active,
    /// Its maintainers expect no more releases; takes no new files.
    Archived,
    /// Withdrawn by the index as suspicious: no file is listed, none is accepted.
    Quarantined,
    /// Its maintainers advise against it; takes new files.
    Deprecated,
}

impl ProjectStatus {
    /// The word of the simple API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Quarantined => "quarantined",
            Self::Deprecated => "deprecated",
        }
    }
}

impl StoredFile {
    /// Where the file lies under the storage folder and under `/files/`.
    ///
    /// PyPI derives it from the digest, so it never names other bytes.
    pub(crate) fn path(&self) -> String {
        let digest = &self.digests.blake2_256;
        let (first, rest) = digest.split_at(2);
        let (second, rest) = rest.split_at(2);
        format!("{first}/{second}/{rest}/{}", self.filename)
    }
}

impl Project {
    /// The release that the project's page shows: not yanked before yanked, final before
    /// pre-release, then the highest version.
    pub(crate) fn latest(&self) -> Option<(&Version, &Release)> {
        self.releases.iter().max_by_key(|(version, release)| {
            (release.yanked.is_none(), !version.any_prerelease(), *version)
        })
    }

    fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.releases.values().flat_map(|release| &release.files)
    }

    fn size(&self) -> u64 {
        self.files().map(|file| file.size).sum()
    }
}

impl Catalogue {
    /// The project of this name in any spelling.
    pub(crate) fn project(&self, name: &str) -> Option<&Project> {
        self.projects.get(&normalized(name))
    }

    /// Where the bytes of `path` lie; they stay when the file is deleted, as on PyPI.
    pub(crate) fn object(&self, path: &str) -> Option<&PathBuf> {
        self.objects.get(path)
    }

    fn all_files(&self) -> impl Iterator<Item = &StoredFile> {
        self.projects.values().flat_map(Project::files)
    }
}
