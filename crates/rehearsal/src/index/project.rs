//! Projects with their releases and files.

use std::collections::BTreeMap;
use std::time::SystemTime;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digests::FileDigests;
use super::form::{DistributionKind, UploadForm};

/// A project under its normalised name.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// The name as its maintainers spell it.
    pub(super) name: String,
    pub(super) serial: u64,
    pub(super) status: ProjectStatus,
    pub(super) status_reason: Option<String>,
    pub(super) releases: BTreeMap<Version, Release>,
}

/// A release; its first file created it and supplied its metadata.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) created: SystemTime,
    pub(super) form: UploadForm,
    /// The reason, possibly empty, if the release is yanked.
    pub(super) yanked: Option<String>,
    pub(super) files: Vec<StoredFile>,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StoredFile {
    pub(super) filename: String,
    pub(super) kind: DistributionKind,
    pub(super) python_version: String,
    pub(super) comment: String,
    pub(super) size: u64,
    pub(super) digests: FileDigests,
    pub(super) uploaded: SystemTime,
    /// The digest of a wheel's core metadata, which is served beside it (PEP 658).
    pub(super) core_metadata_sha256: Option<String>,
    pub(super) attestations: Option<Value>,
}

/// The status of a project (PEP 792).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectStatus {
    /// Accepts new files.
    #[default]
    Active,
    /// Its maintainers expect no more releases; accepts no new files.
    Archived,
    /// Withdrawn by the index as suspicious: lists no files and accepts none.
    Quarantined,
    /// Its maintainers advise against its use; accepts new files.
    Deprecated,
}

impl ProjectStatus {
    /// The value in the simple API.
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
    /// The path of the file in the storage folder and below `/files/`.
    ///
    /// PyPI derives it from the digest, so a path always names the same bytes.
    pub(super) fn path(&self) -> String {
        let digest = &self.digests.blake2_256;
        let (first, rest) = digest.split_at(2);
        let (second, rest) = rest.split_at(2);
        format!("{first}/{second}/{rest}/{}", self.filename)
    }
}

impl Project {
    /// The release that the project's page shows: not yanked before yanked, final before
    /// pre-release, then the highest version.
    pub(super) fn newest_release(&self) -> Option<(&Version, &Release)> {
        self.releases.iter().max_by_key(|(version, release)| {
            (release.yanked.is_none(), !version.any_prerelease(), *version)
        })
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.releases.values().flat_map(|release| &release.files)
    }

    pub(super) fn total_size(&self) -> u64 {
        self.files().map(|file| file.size).sum()
    }
}
