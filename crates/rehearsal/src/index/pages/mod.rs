//! The documents that the index serves, as pure functions of what it holds.

mod html;
mod json_api;
mod simple_json;

use std::time::SystemTime;

pub(crate) use html::{index_html, project_html};
pub(crate) use json_api::{project_document, release_document};
pub(crate) use simple_json::{index_json, project_json};

use super::catalogue::{Project, ProjectStatus, StoredFile};
use super::name::normalized;

/// The version of the simple API that both representations announce.
const SIMPLE_API_VERSION: &str = "1.4";

/// What the simple page of a project shows: a copy, so that it can outlive a change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listing {
    pub(crate) name: String,
    pub(crate) serial: u64,
    status: ProjectStatus,
    status_reason: Option<String>,
    versions: Vec<String>,
    files: Vec<ListedFile>,
}

#[derive(Debug, Clone, PartialEq)]
struct ListedFile {
    file: StoredFile,
    version: String,
    requires_python: Option<String>,
    yanked: Option<String>,
}

impl Listing {
    /// The page of a project as it is now.
    ///
    /// Only releases with files count as versions; a quarantined project lists nothing.
    pub(crate) fn of(project: &Project) -> Self {
        let mut versions = Vec::new();
        let mut files = Vec::new();
        let shown = project.status != ProjectStatus::Quarantined;
        for (version, release) in project.releases.iter().filter(|_| shown) {
            let version = version.to_string();
            let mut listed: Vec<_> = release
                .files
                .iter()
                .map(|file| ListedFile {
                    file: file.clone(),
                    version: version.clone(),
                    requires_python: release.form.one("requires_python").map(str::to_owned),
                    yanked: release.yanked.clone(),
                })
                .collect();
            listed.sort_by(|a, b| a.file.filename.cmp(&b.file.filename));
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

impl ListedFile {
    fn provenance_url(&self, base_url: &str, project: &str) -> Option<String> {
        self.file.attestations.as_ref()?;
        let Self { file, version, .. } = self;
        Some(format!("{base_url}/integrity/{project}/{version}/{}/provenance", file.filename))
    }
}

fn file_url(base_url: &str, file: &StoredFile) -> String {
    format!("{base_url}/files/{}", file.path())
}

/// A time in UTC with microseconds, such as `2026-08-21T10:11:12.123456Z`.
fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(time).to_string()
}
