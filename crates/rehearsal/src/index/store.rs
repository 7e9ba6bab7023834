//! The content of an index behind one lock, and the files on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use tempfile::{TempDir, TempPath};

use super::admission::{Admission, CheckedUpload, UploadLimits, admit_upload};
use super::catalogue::Catalogue;
use super::error::UploadError;
use super::name::normalized;
use super::options::IndexOptions;
use super::pages::Listing;
use super::propagation::{PageFormat, Propagation};
use super::state::UploadCount;
use super::tokens::{UploadTokens, Uploader};
use super::trusted_publishing::TrustedPublishing;
use crate::clock::Clock;
use crate::error::RehearsalError;
use crate::sync::lock;

/// The state that the service and the handle of an index share.
#[derive(Debug)]
pub(super) struct IndexStore {
    pub(super) clock: Clock,
    pub(super) limits: UploadLimits,
    folder: StorageFolder,
    content: Mutex<IndexContent>,
}

/// What changes while the index runs.
#[derive(Debug)]
pub(super) struct IndexContent {
    pub(super) catalogue: Catalogue,
    pub(super) propagation: Propagation,
    pub(super) tokens: UploadTokens,
    pub(super) publishing: TrustedPublishing,
    pub(super) read_only: bool,
    uploads: BTreeMap<String, UploadCount>,
}

#[derive(Debug)]
enum StorageFolder {
    Temporary(TempDir),
    Given(PathBuf),
}

impl IndexStore {
    pub(super) fn new(options: IndexOptions) -> Result<Self, RehearsalError> {
        let folder = match options.folder {
            Some(path) => StorageFolder::Given(path),
            None => StorageFolder::Temporary(tempfile::tempdir().map_err(|source| {
                RehearsalError::Storage { path: std::env::temp_dir(), source }
            })?),
        };
        let content = IndexContent {
            catalogue: Catalogue::default(),
            propagation: Propagation::default(),
            tokens: UploadTokens::new(options.anonymous, options.tokens),
            publishing: TrustedPublishing::new(options.audience, options.publishers),
            read_only: false,
            uploads: BTreeMap::new(),
        };
        let (clock, limits) = (options.clock, options.limits);
        Ok(Self { clock, limits, folder, content: Mutex::new(content) })
    }

    /// The folder of the files, which also receives uploads.
    pub(super) fn folder(&self) -> &Path {
        match &self.folder {
            StorageFolder::Temporary(folder) => folder.path(),
            StorageFolder::Given(path) => path,
        }
    }

    pub(super) fn content(&self) -> MutexGuard<'_, IndexContent> {
        lock(&self.content)
    }

    /// Decides on an upload, stores it if it is new, and counts it.
    pub(super) fn accept_upload(
        &self,
        upload: &CheckedUpload,
        uploader: &Uploader,
        file: TempPath,
    ) -> Result<(), UploadError> {
        let mut content = self.content();
        let now = self.clock.now();
        let mut result = admit_upload(&content.catalogue, upload, uploader, self.limits, now);
        if result == Ok(Admission::New)
            && let Err(error) = self.store_upload(&mut content, upload, file)
        {
            result = Err(error);
        }
        content.count_upload(&upload.filename, |count| match result {
            Ok(Admission::New) => count.stored += 1,
            Ok(Admission::Duplicate) => count.repeated += 1,
            Err(_) => count.refused += 1,
        });
        result.map(drop)
    }

    fn store_upload(
        &self,
        content: &mut IndexContent,
        upload: &CheckedUpload,
        file: TempPath,
    ) -> Result<(), UploadError> {
        let name = upload.project_name();
        let listed = upload.to_stored_file(self.clock.now());
        let path = listed.path();
        self.change_project(content, name, |catalogue| {
            catalogue.add_file(name, &upload.version, &upload.form, listed);
        });
        let stored = self
            .write_file(&path, file, upload.core_metadata())
            .map_err(|error| UploadError::Unreadable(error.to_string()))?;
        content.catalogue.set_stored_path(path, stored);
        Ok(())
    }

    fn write_file(
        &self,
        path: &str,
        file: TempPath,
        core_metadata: Option<&[u8]>,
    ) -> io::Result<PathBuf> {
        let stored = self.folder().join(path);
        if let Some(folder) = stored.parent() {
            fs::create_dir_all(folder)?;
        }
        file.persist(&stored).map_err(|error| error.error)?;
        if let Some(core_metadata) = core_metadata {
            fs::write(core_metadata_path(&stored), core_metadata)?;
        }
        Ok(stored)
    }

    /// Changes a project; its simple pages follow with the configured delay.
    pub(super) fn change_project<T>(
        &self,
        content: &mut IndexContent,
        project: &str,
        edit: impl FnOnce(&mut Catalogue) -> T,
    ) -> T {
        let before = content.current_page(project);
        let result = edit(&mut content.catalogue);
        if content.current_page(project) != before {
            content.propagation.record_change(&normalized(project), before, self.clock.now());
        }
        result
    }
}

/// The file with the core metadata of a wheel: beside the wheel, named as in its URL (PEP 658).
pub(super) fn core_metadata_path(wheel: &Path) -> PathBuf {
    let mut path = wheel.as_os_str().to_owned();
    path.push(".metadata");
    path.into()
}

impl IndexContent {
    fn current_page(&self, project: &str) -> Option<Listing> {
        self.catalogue.project(project).map(Listing::of_project)
    }

    /// The page of a project that a client gets, which may be stale.
    pub(super) fn served_page(
        &mut self,
        project: &str,
        format: PageFormat,
        stale: bool,
        clock: &Clock,
    ) -> Option<Listing> {
        if stale && let Some(previous) = self.propagation.page_before_change(project) {
            return previous;
        }
        match self.propagation.take_stale_page(project, format, clock.now()) {
            Some(stale_page) => stale_page,
            None => self.current_page(project),
        }
    }

    /// The number of uploads of each file name.
    pub(super) fn upload_counts(&self) -> BTreeMap<String, UploadCount> {
        self.uploads.clone()
    }

    pub(super) fn count_upload(&mut self, filename: &str, count: impl FnOnce(&mut UploadCount)) {
        count(self.uploads.entry(filename.to_owned()).or_default());
    }
}
