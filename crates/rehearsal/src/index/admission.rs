//! The rules for uploads, in the order in which PyPI applies them.

use std::time::{Duration, SystemTime};

use pep440_rs::Version;
use serde_json::Value;

use super::archive::Inspection;
use super::catalogue::Catalogue;
use super::digests::{FileDigests, sha256_hex};
use super::error::UploadError;
use super::filename::{check_characters_and_extension, check_name_and_version, check_platforms};
use super::form::{DistributionKind, UploadForm};
use super::name::normalized;
use super::project::{Project, ProjectStatus, StoredFile};
use super::tokens::Uploader;

/// A release accepts new files for this long after its first file.
const RELEASE_OPEN_FOR: Duration = Duration::from_secs(14 * 24 * 60 * 60);
const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// The limits of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UploadLimits {
    pub(super) file_bytes: u64,
    pub(super) project_bytes: u64,
    pub(super) new_projects: Option<u32>,
    /// Whether it is a private index, which has few of PyPI's rules.
    pub(super) private: bool,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self { file_bytes: 100 * MIB, project_bytes: 10 * GIB, new_projects: None, private: false }
    }
}

/// An upload whose form and archive have been checked on their own.
#[derive(Debug)]
pub(super) struct CheckedUpload {
    pub(super) form: UploadForm,
    pub(super) kind: DistributionKind,
    pub(super) version: Version,
    pub(super) filename: String,
    pub(super) is_image: bool,
    pub(super) size: u64,
    pub(super) digests: FileDigests,
    pub(super) inspection: Inspection,
    pub(super) attestations: Option<Value>,
}

impl CheckedUpload {
    pub(super) fn project_name(&self) -> &str {
        self.form.first("name").unwrap_or_default()
    }

    /// The core metadata of a wheel.
    pub(super) fn core_metadata(&self) -> Option<&[u8]> {
        self.inspection.contents.as_ref().ok()?.as_deref()
    }

    /// The file as the catalogue lists it.
    pub(super) fn to_stored_file(&self, now: SystemTime) -> StoredFile {
        StoredFile {
            filename: self.filename.clone(),
            kind: self.kind,
            python_version: self.form.first("pyversion").unwrap_or("source").to_owned(),
            comment: self.form.first("comment").unwrap_or_default().to_owned(),
            size: self.size,
            digests: self.digests.clone(),
            uploaded: now,
            core_metadata_sha256: self.core_metadata().map(sha256_hex),
            attestations: self.attestations.clone(),
        }
    }
}

/// How to treat an accepted upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Store the file.
    New,
    /// The same file exists already: succeed and change nothing.
    Duplicate,
}

/// Decides on an upload; changes nothing.
pub(super) fn admit_upload(
    catalogue: &Catalogue,
    upload: &CheckedUpload,
    uploader: &Uploader,
    limits: UploadLimits,
    now: SystemTime,
) -> Result<Admission, UploadError> {
    let project = catalogue.project(upload.project_name());
    check_new_project(catalogue, project, uploader, limits)?;
    check_rights(upload, project, uploader)?;
    check_characters_and_extension(&upload.filename, upload.kind)?;
    if upload.is_image {
        return Err(UploadError::Archive(String::new()));
    }
    check_size(upload, project, limits)?;
    if !upload.form.matches_digests(&upload.digests) {
        return Err(UploadError::DigestMismatch);
    }
    if is_duplicate(catalogue, upload)? {
        return Ok(Admission::Duplicate);
    }
    if limits.private {
        return upload.inspection.layout.clone().map(|()| Admission::New);
    }
    if catalogue.was_used(&upload.filename) {
        return Err(UploadError::NameReused);
    }
    check_release(upload, project, now)?;
    upload.inspection.layout.clone()?;
    if upload.kind == DistributionKind::Wheel {
        check_platforms(&upload.filename)?;
    }
    check_name_and_version(&upload.filename, upload.kind, upload.project_name(), &upload.version)?;
    upload.inspection.contents.clone()?;
    Ok(Admission::New)
}

fn check_new_project(
    catalogue: &Catalogue,
    project: Option<&Project>,
    uploader: &Uploader,
    limits: UploadLimits,
) -> Result<(), UploadError> {
    if project.is_some() {
        return Ok(());
    }
    if uploader.is_publisher() {
        return Err(UploadError::PublisherCreatesProject);
    }
    if limits.new_projects.is_some_and(|limit| catalogue.created_projects() >= limit) {
        return Err(UploadError::TooManyNewProjects);
    }
    Ok(())
}

fn check_rights(
    upload: &CheckedUpload,
    project: Option<&Project>,
    uploader: &Uploader,
) -> Result<(), UploadError> {
    let name = upload.project_name();
    if !uploader.may_upload_to(&normalized(name)) {
        return Err(UploadError::OtherProject { project: name.to_owned() });
    }
    match project.map(|project| project.status) {
        Some(status @ (ProjectStatus::Archived | ProjectStatus::Quarantined)) => {
            Err(UploadError::ClosedProject { project: name.to_owned(), status: status.as_str() })
        }
        _ => Ok(()),
    }
}

fn check_size(
    upload: &CheckedUpload,
    project: Option<&Project>,
    limits: UploadLimits,
) -> Result<(), UploadError> {
    if upload.size > limits.file_bytes {
        return Err(UploadError::FileTooLarge {
            project: upload.project_name().to_owned(),
            limit_mib: limits.file_bytes / MIB,
        });
    }
    if upload.size + project.map_or(0, Project::total_size) > limits.project_bytes {
        return Err(UploadError::ProjectTooLarge {
            project: upload.project_name().to_owned(),
            limit_gib: limits.project_bytes / GIB,
        });
    }
    Ok(())
}

/// Whether exactly this file exists; an error if only its name or only its bytes exist.
fn is_duplicate(catalogue: &Catalogue, upload: &CheckedUpload) -> Result<bool, UploadError> {
    let mut matches = catalogue.files().filter_map(|file| {
        let same_name = file.filename == upload.filename;
        let same_bytes = file.digests.blake2_256 == upload.digests.blake2_256;
        (same_name || same_bytes).then_some(same_name && same_bytes)
    });
    match matches.next() {
        None => Ok(false),
        Some(true) => Ok(true),
        Some(false) => Err(UploadError::AlreadyExists {
            filename: upload.filename.clone(),
            blake2_256: upload.digests.blake2_256.clone(),
        }),
    }
}

fn check_release(
    upload: &CheckedUpload,
    project: Option<&Project>,
    now: SystemTime,
) -> Result<(), UploadError> {
    let Some(release) = project.and_then(|project| project.releases.get(&upload.version)) else {
        return Ok(());
    };
    let age = now.duration_since(release.created).unwrap_or_default();
    if age > RELEASE_OPEN_FOR {
        return Err(UploadError::ReleaseTooOld);
    }
    let has_sdist = release.files.iter().any(|file| file.kind == DistributionKind::Sdist);
    if upload.kind == DistributionKind::Sdist && has_sdist {
        return Err(UploadError::SecondSdist);
    }
    Ok(())
}
