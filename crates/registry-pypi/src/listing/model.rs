//! What an index says about a project.

use pep440_rs::Version;
use transport::Url;

use crate::FileName;

/// In which form an index answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ListingFormat {
    /// Simple page as JSON (PEP 691).
    Json,
    /// Simple page as HTML (PEP 503).
    Html,
}

/// Everything that an index lists of one project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// In which form; `None` when the index has no such project.
    pub format: Option<ListingFormat>,
    /// Version of the interface, such as `1.4`; HTML may not say.
    pub api_version: Option<String>,
    /// PyPI's counter of changes, as of this page.
    pub serial: Option<u64>,
    /// Status of the project (PEP 792), such as `archived`, when stated.
    pub status: Option<String>,
    /// Versions that have files, as the index spells and orders them; derived
    /// from the file names where the index does not say (API 1.0, HTML).
    pub versions: Vec<String>,
    /// All files.
    pub files: Vec<IndexFile>,
}

/// One file as an index lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFile {
    /// File name.
    pub file_name: String,
    /// Where it is downloaded, without the fragment.
    pub url: Url,
    /// SHA-256 in lower-case hexadecimal, where listed.
    pub sha256: Option<String>,
    /// Size in bytes, where listed.
    pub size: Option<u64>,
    /// Versions of Python it is for, where stated.
    pub requires_python: Option<String>,
    /// When it was uploaded, as the index writes it (RFC 3339).
    pub upload_time: Option<String>,
    /// Why it was yanked (PEP 592), empty without a reason; `None` when it was not.
    pub yanked: Option<String>,
    /// Whether the metadata is served beside it, and its SHA-256 (PEP 658, PEP 714).
    pub core_metadata: CoreMetadataFile,
    /// Where its provenance is (PEP 740), where stated.
    pub provenance: Option<Url>,
    /// Its name taken apart; `None` for a file of another kind or project.
    pub parsed: Option<FileName>,
}

/// Whether `<url>.metadata` is served.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CoreMetadataFile {
    /// Not stated, or stated not to be.
    #[default]
    NotServed,
    /// Served, without a digest.
    Served,
    /// Served with this SHA-256.
    Sha256(String),
}

impl IndexFile {
    /// Its version, when the name has one.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.parsed.as_ref().map(|name| &name.version)
    }

    /// Whether installers pass it over.
    #[must_use]
    pub fn is_yanked(&self) -> bool {
        self.yanked.is_some()
    }
}

impl Listing {
    /// Whether the index has such a project at all.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.format.is_some()
    }

    /// The files of one version; spellings of the same version are one (`1.0`, `1.0.0`).
    #[must_use]
    pub fn files_of(&self, version: &Version) -> Vec<&IndexFile> {
        self.files.iter().filter(|file| file.version() == Some(version)).collect()
    }

    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&IndexFile> {
        self.files.iter().find(|file| file.file_name == name)
    }

    /// Fills in what an index of the first API version does not list.
    pub(super) fn derive_versions(&mut self) {
        if self.versions.is_empty() {
            let mut versions: Vec<&Version> =
                self.files.iter().filter_map(IndexFile::version).collect();
            versions.sort();
            versions.dedup();
            self.versions = versions.into_iter().map(ToString::to_string).collect();
        }
    }
}
