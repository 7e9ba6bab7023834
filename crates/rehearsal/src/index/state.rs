//! The content of an index as plain values, for comparisons in tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use super::project::{Project, ProjectStatus, Release};

/// The content of an index, without times and serials: equal states look the same to every client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexState {
    /// The projects by normalised name.
    pub projects: BTreeMap<String, ProjectState>,
}

/// A project of an [`IndexState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectState {
    /// The status of the project.
    pub status: ProjectStatus,
    /// The releases by normalised version, including those without files.
    pub releases: BTreeMap<String, ReleaseState>,
}

/// A release of an [`IndexState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseState {
    /// The reason, possibly empty, if the release is yanked.
    pub yanked: Option<String>,
    /// The files by name.
    pub files: BTreeMap<String, FileState>,
}

/// A file of an [`IndexState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// The SHA-256 in hexadecimal.
    pub sha256: String,
    /// The size in bytes.
    pub size: u64,
    /// Whether it has attestations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attested: bool,
}

/// The number of uploads of a file name, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadCount {
    /// Uploads that were stored.
    pub stored: u32,
    /// Repeated uploads of the same bytes, accepted with 200 and without effect.
    pub repeated: u32,
    /// Uploads that were refused.
    pub refused: u32,
}

impl From<&Catalogue> for IndexState {
    fn from(catalogue: &Catalogue) -> Self {
        let projects =
            catalogue.projects().iter().map(|(name, project)| (name.clone(), project.into()));
        Self { projects: projects.collect() }
    }
}

impl From<&Project> for ProjectState {
    fn from(project: &Project) -> Self {
        let releases =
            project.releases.iter().map(|(version, release)| (version.to_string(), release.into()));
        Self { status: project.status, releases: releases.collect() }
    }
}

impl From<&Release> for ReleaseState {
    fn from(release: &Release) -> Self {
        let files = release.files.iter().map(|file| {
            let state = FileState {
                sha256: file.digests.sha256.clone(),
                size: file.size,
                attested: file.attestations.is_some(),
            };
            (file.filename.clone(), state)
        });
        Self { yanked: release.yanked.clone(), files: files.collect() }
    }
}
