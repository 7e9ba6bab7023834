//! The content of a project's simple page.

use std::time::SystemTime;

use crate::index::name::normalized;
use crate::index::project::{Project, ProjectStatus, Release, StoredFile};

/// The version of the simple API that both formats announce.
pub(super) const SIMPLE_API_VERSION: &str = "1.4";

/// The content of a project's simple page: a copy, so that it can outlive a change.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::index) struct Listing {
    pub(super) name: String,
    pub(in crate::index) serial: u64,
    pub(super) status: ProjectStatus,
    pub(super) status_reason: Option<String>,
    pub(super) versions: Vec<String>,
    pub(super) files: Vec<ListedFile>,
}

/// A file on the page, with the properties of its release.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ListedFile {
    pub(super) file: StoredFile,
    version: String,
    pub(super) requires_python: Option<String>,
    pub(super) yanked: Option<String>,
}

impl Listing {
    /// The current page of a project.
    ///
    /// Only releases with files count as versions; a quarantined project lists nothing.
    pub(in crate::index) fn of_project(project: &Project) -> Self {
        let mut versions = Vec::new();
        let mut files = Vec::new();
        let is_listed = project.status != ProjectStatus::Quarantined;
        for (version, release) in project.releases.iter().filter(|_| is_listed) {
            let version = version.to_string();
            let mut listed = listed_files(&version, release);
            if !listed.is_empty() {
                versions.push(version);
            }
            files.append(&mut listed);
        }
        Self {
            name: normalized(&project.name),
            serial: project.serial,
            status: project.status,
            status_reason: project.status_reason.clone(),
            versions,
            files,
        }
    }
}

fn listed_files(version: &str, release: &Release) -> Vec<ListedFile> {
    let files = release.files.iter().map(|file| ListedFile {
        file: file.clone(),
        version: version.to_owned(),
        requires_python: release.form.first("requires_python").map(str::to_owned),
        yanked: release.yanked.clone(),
    });
    let mut listed: Vec<_> = files.collect();
    listed.sort_by(|a, b| a.file.filename.cmp(&b.file.filename));
    listed
}

impl ListedFile {
    /// The URL of the attestations; `None` if there are none.
    pub(super) fn provenance_url(&self, base_url: &str, project: &str) -> Option<String> {
        self.file.attestations.as_ref()?;
        let Self { file, version, .. } = self;
        Some(format!("{base_url}/integrity/{project}/{version}/{}/provenance", file.filename))
    }
}

pub(super) fn file_url(base_url: &str, file: &StoredFile) -> String {
    format!("{base_url}/files/{}", file.path())
}

/// A time in UTC with microseconds, such as `2026-08-21T10:11:12.123456Z`.
pub(super) fn upload_timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(time).to_string()
}
