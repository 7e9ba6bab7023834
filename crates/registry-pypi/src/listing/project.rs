//! A project as an index lists it.

use pep440_rs::Version;
use transport::Url;

use crate::FileName;

/// The format of a simple page.
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
    /// The format of the page; `None` when the index has no such project.
    pub format: Option<ListingFormat>,
    /// Version of the interface, such as `1.4`; may be missing in HTML.
    pub api_version: Option<String>,
    /// PyPI's counter of changes, as of this page.
    pub serial: Option<u64>,
    /// Status of the project (PEP 792), such as `archived`, if listed.
    pub status: Option<String>,
    /// Versions that have files, as the index spells and orders them; derived
    /// from the file names if the index does not list them (API 1.0, HTML).
    pub versions: Vec<String>,
    /// All files.
    pub files: Vec<IndexFile>,
}

/// One file as an index lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFile {
    /// File name.
    pub file_name: String,
    /// Download address, without the fragment.
    pub url: Url,
    /// SHA-256 in lower-case hexadecimal, if listed.
    pub sha256: Option<String>,
    /// Size in bytes, if listed.
    pub size: Option<u64>,
    /// Supported Python versions, if listed.
    pub requires_python: Option<String>,
    /// Time of the upload, as the index writes it (RFC 3339).
    pub upload_time: Option<String>,
    /// Why it was yanked (PEP 592), empty without a reason; `None` if it was not.
    pub yanked: Option<String>,
    /// Whether its metadata is served beside it, and the SHA-256 (PEP 658, PEP 714).
    pub core_metadata: CoreMetadataFile,
    /// Address of its provenance (PEP 740), if listed.
    pub provenance: Option<Url>,
    /// Its parsed name; `None` for a file of another kind or project.
    pub parsed: Option<FileName>,
}

/// Whether `<url>.metadata` is served.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CoreMetadataFile {
    /// It is not.
    #[default]
    NotServed,
    /// Served, without a digest.
    Served,
    /// Served with this SHA-256.
    Sha256(String),
}

impl IndexFile {
    /// The version in its name.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.parsed.as_ref().map(|name| &name.version)
    }

    /// Whether it was yanked, so that installers skip it.
    #[must_use]
    pub fn is_yanked(&self) -> bool {
        self.yanked.is_some()
    }
}

impl Listing {
    /// Whether the index has the project.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.format.is_some()
    }

    /// The files of one version; other spellings of it count (`1.0`, `1.0.0`).
    #[must_use]
    pub fn files_of(&self, version: &Version) -> Vec<&IndexFile> {
        self.files.iter().filter(|file| file.version() == Some(version)).collect()
    }

    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&IndexFile> {
        self.files.iter().find(|file| file.file_name == name)
    }

    /// Sets the versions, which an index of the first API version does not list.
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

#[cfg(test)]
impl IndexFile {
    /// A file of which nothing but the name is known.
    pub(crate) fn sample(name: &str) -> Self {
        Self {
            file_name: name.to_owned(),
            url: format!("http://127.0.0.1/{name}").parse().unwrap(),
            sha256: None,
            size: None,
            requires_python: None,
            upload_time: None,
            yanked: None,
            core_metadata: CoreMetadataFile::NotServed,
            provenance: None,
            parsed: name.parse().ok(),
        }
    }
}
