//! The catalogue as a value that tests compare.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Catalogue, Project, ProjectStatus, Release};

/// All that an index holds, without times and serials: equal states are equal to every client.
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
    /// The releases by normalised version; those without files are here, too.
    pub releases: BTreeMap<String, ReleaseState>,
}

/// A release of an [`IndexState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseState {
    /// The reason (perhaps empty) if the release is yanked.
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
}

/// How often a file name was uploaded, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadCount {
    /// Uploads that were stored; more than one only after a deletion elsewhere.
    pub stored: u32,
    /// Uploads of the same bytes again, answered with 200 and without effect.
    pub repeated: u32,
    /// Uploads that were refused.
    pub refused: u32,
}

impl Catalogue {
    pub(crate) fn state(&self) -> IndexState {
        let projects = self.projects.iter().map(|(name, project)| (name.clone(), project.state()));
        IndexState { projects: projects.collect() }
    }

    /// How often each file name was uploaded.
    pub(crate) fn uploads(&self) -> BTreeMap<String, UploadCount> {
        self.uploads.clone()
    }

    pub(crate) fn count_upload(&mut self, filename: &str, count: impl FnOnce(&mut UploadCount)) {
        count(self.uploads.entry(filename.to_owned()).or_default());
    }
}

impl Project {
    fn state(&self) -> ProjectState {
        let releases = self.releases.iter().map(|(version, r)| (version.to_string(), r.state()));
        ProjectState { status: self.status, releases: releases.collect() }
    }
}

impl Release {
    fn state(&self) -> ReleaseState {
        let files = self.files.iter().map(|file| {
            let state = FileState { sha256: file.digests.sha256.clone(), size: file.size };
            (file.filename.clone(), state)
        });
        ReleaseState { yanked: self.yanked.clone(), files: files.collect() }
    }
}
