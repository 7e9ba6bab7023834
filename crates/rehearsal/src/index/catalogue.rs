//! The projects of an index, and all file names ever used.
//!
//! Each change increments the serial, as PyPI's journal does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use pep440_rs::Version;

use super::form::UploadForm;
use super::name::normalized;
use super::project::{Project, ProjectStatus, Release, StoredFile};

/// The projects of an index; the bytes of their files are in a folder.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    projects: BTreeMap<String, Project>,
    serial: u64,
    used_filenames: BTreeSet<String>,
    stored_paths: BTreeMap<String, PathBuf>,
    created_projects: u32,
}

impl Catalogue {
    /// The projects by normalised name.
    pub(super) fn projects(&self) -> &BTreeMap<String, Project> {
        &self.projects
    }

    /// The project with this name in any spelling.
    pub(super) fn project(&self, name: &str) -> Option<&Project> {
        self.projects.get(&normalized(name))
    }

    /// The number of the last change.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// The number of projects created so far, including deleted ones.
    pub(super) fn created_projects(&self) -> u32 {
        self.created_projects
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.projects.values().flat_map(Project::files)
    }

    /// Whether a file ever had this name, even if it was deleted.
    pub(super) fn was_used(&self, filename: &str) -> bool {
        self.used_filenames.contains(filename)
    }

    /// The bytes behind `path`; they remain when the file is deleted, as on PyPI.
    pub(super) fn stored_path(&self, path: &str) -> Option<&PathBuf> {
        self.stored_paths.get(path)
    }

    /// Records where the bytes behind `path` are stored.
    pub(super) fn set_stored_path(&mut self, path: String, stored: PathBuf) {
        self.stored_paths.insert(path, stored);
    }

    /// Adds a file, and its project and release if they do not exist.
    pub(super) fn add_file(
        &mut self,
        name: &str,
        version: &Version,
        form: &UploadForm,
        file: StoredFile,
    ) {
        self.create_project(name);
        self.create_release(name, version, form, &file);
        self.used_filenames.insert(file.filename.clone());
        self.change_project(name, |project| {
            project.name = name.to_owned();
            if let Some(release) = project.releases.get_mut(version) {
                release.files.push(file);
            }
            true
        });
    }

    /// Creates the project unless it exists.
    pub(super) fn create_project(&mut self, name: &str) {
        let key = normalized(name);
        if !self.projects.contains_key(&key) {
            let project = Project { name: name.to_owned(), ..Project::default() };
            self.projects.insert(key.clone(), project);
            self.created_projects += 1;
            self.increment_serial(&key);
        }
    }

    fn create_release(
        &mut self,
        name: &str,
        version: &Version,
        form: &UploadForm,
        first_file: &StoredFile,
    ) {
        self.change_project(name, |project| {
            if project.releases.contains_key(version) {
                return false;
            }
            let release = Release {
                created: first_file.uploaded,
                form: form.clone(),
                yanked: None,
                files: Vec::new(),
            };
            project.releases.insert(version.clone(), release);
            true
        });
    }

    /// Sets or clears the yank of a release; returns false if there is no such release.
    pub(super) fn set_yanked(
        &mut self,
        name: &str,
        version: &Version,
        reason: Option<String>,
    ) -> bool {
        self.change_project(name, |project| {
            let release = project.releases.get_mut(version);
            release.map(|release| release.yanked = reason).is_some()
        })
    }

    /// Removes a release with its files; returns false if it does not exist.
    pub(super) fn remove_release(&mut self, name: &str, version: &Version) -> bool {
        self.change_project(name, |project| project.releases.remove(version).is_some())
    }

    /// Removes a file; returns false if it does not exist.
    pub(super) fn remove_file(&mut self, name: &str, filename: &str) -> bool {
        self.change_project(name, |project| {
            project.releases.values_mut().any(|release| {
                let before = release.files.len();
                release.files.retain(|file| file.filename != filename);
                release.files.len() < before
            })
        })
    }

    /// Removes a project; its file names remain used.
    pub(super) fn remove_project(&mut self, name: &str) -> bool {
        let existed = self.projects.remove(&normalized(name)).is_some();
        self.serial += u64::from(existed);
        existed
    }

    /// Sets the status of a project; returns false if it does not exist.
    pub(super) fn set_project_status(
        &mut self,
        name: &str,
        status: ProjectStatus,
        reason: Option<String>,
    ) -> bool {
        self.change_project(name, |project| {
            project.status = status;
            project.status_reason = reason;
            true
        })
    }

    /// Applies `edit`, and increments the serial if it returns true.
    fn change_project(&mut self, name: &str, edit: impl FnOnce(&mut Project) -> bool) -> bool {
        let key = normalized(name);
        let changed = self.projects.get_mut(&key).is_some_and(edit);
        if changed {
            self.increment_serial(&key);
        }
        changed
    }

    fn increment_serial(&mut self, key: &str) {
        self.serial += 1;
        if let Some(project) = self.projects.get_mut(key) {
            project.serial = self.serial;
        }
    }
}
