//! The changes of the catalogue: each counts up the serial, as PyPI's journal does.

use std::path::PathBuf;
use std::time::SystemTime;

use pep440_rs::Version;

use super::{Catalogue, Offer, Project, ProjectStatus, Release, StoredFile};
use crate::index::digests::sha256;
use crate::index::name::normalized;

impl Catalogue {
    /// Takes an accepted upload in; returns the path under which the file is served.
    pub(crate) fn store(
        &mut self,
        offer: Offer,
        attestations: Option<serde_json::Value>,
        now: SystemTime,
    ) -> String {
        self.create_project(offer.name());
        self.create_release(&offer, now);
        let file = stored_file(&offer, attestations, now);
        let path = file.path();
        self.used_names.insert(file.filename.clone());
        self.journal(&normalized(offer.name()));
        let project = self.projects.entry(normalized(offer.name())).or_default();
        project.name = offer.name().to_owned();
        if let Some(release) = project.releases.get_mut(&offer.version) {
            release.files.push(file);
        }
        path
    }

    /// Makes the project unless it is there.
    pub(crate) fn create_project(&mut self, name: &str) {
        let key = normalized(name);
        if !self.projects.contains_key(&key) {
            let project = Project { name: name.to_owned(), ..Project::default() };
            self.projects.insert(key.clone(), project);
            self.created_projects += 1;
            self.journal(&key);
        }
    }

    /// Remembers where the bytes of a path lie.
    pub(crate) fn keep_object(&mut self, path: String, place: PathBuf) {
        self.objects.insert(path, place);
    }

    /// Sets or clears the yank of a release; false if there is no such release.
    pub(crate) fn set_yank(&mut self, name: &str, version: &Version, yank: Option<String>) -> bool {
        self.change(name, |project| {
            let release = project.releases.get_mut(version);
            release.map(|release| release.yanked = yank).is_some()
        })
    }

    /// Deletes a release with its files; false if there is none.
    pub(crate) fn delete_release(&mut self, name: &str, version: &Version) -> bool {
        self.change(name, |project| project.releases.remove(version).is_some())
    }

    /// Deletes one file; false if there is none.
    pub(crate) fn delete_file(&mut self, name: &str, filename: &str) -> bool {
        self.change(name, |project| {
            project.releases.values_mut().any(|release| {
                let before = release.files.len();
                release.files.retain(|file| file.filename != filename);
                release.files.len() < before
            })
        })
    }

    /// Deletes a project; its file names stay used.
    pub(crate) fn delete_project(&mut self, name: &str) -> bool {
        let found = self.projects.remove(&normalized(name)).is_some();
        self.serial += u64::from(found);
        found
    }

    /// Sets the status of a project; false if there is none.
    pub(crate) fn set_status(
        &mut self,
        name: &str,
        status: ProjectStatus,
        reason: Option<String>,
    ) -> bool {
        self.change(name, |project| {
            project.status = status;
            project.status_reason = reason;
            true
        })
    }

    fn create_release(&mut self, offer: &Offer, now: SystemTime) {
        let key = normalized(offer.name());
        let Some(project) = self.projects.get_mut(&key) else { return };
        if !project.releases.contains_key(&offer.version) {
            let release =
                Release { created: now, form: offer.form.clone(), yanked: None, files: Vec::new() };
            project.releases.insert(offer.version.clone(), release);
            self.journal(&key);
        }
    }

    fn change(&mut self, name: &str, edit: impl FnOnce(&mut Project) -> bool) -> bool {
        let key = normalized(name);
        let changed = self.projects.get_mut(&key).is_some_and(edit);
        if changed {
            self.journal(&key);
        }
        changed
    }

    fn journal(&mut self, key: &str) {
        self.serial += 1;
        if let Some(project) = self.projects.get_mut(key) {
            project.serial = self.serial;
        }
    }
}

fn stored_file(
    offer: &Offer,
    attestations: Option<serde_json::Value>,
    now: SystemTime,
) -> StoredFile {
    let core_metadata = offer.inspection.contents.clone().ok().flatten();
    StoredFile {
        filename: offer.filename.clone(),
        kind: offer.kind,
        python_version: offer.form.one("pyversion").unwrap_or("source").to_owned(),
        comment: offer.form.one("comment").unwrap_or_default().to_owned(),
        size: offer.size,
        digests: offer.digests.clone(),
        uploaded: now,
        core_metadata_sha256: core_metadata.as_deref().map(sha256),
        attestations,
    }
}
