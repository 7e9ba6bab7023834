//! A project as an index lists it.

use std::{collections::BTreeSet, str::FromStr as _};

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
    /// Where the page came from; another address than the index's when that redirects.
    pub url: Option<Url>,
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

/// The versions of a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListedVersions {
    /// Those that PEP 440 reads, oldest first.
    pub sorted: Vec<Version>,
    /// The others, as the index spells and orders them: old indexes have such as `2004d`.
    pub unreadable: Vec<String>,
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

impl Listing {
    /// The host that served the page, if it is not that of this address.
    #[must_use]
    pub fn other_host(&self, address: &Url) -> Option<&str> {
        let url = self.url.as_ref().filter(|url| url.host() != address.host())?;
        url.host_str()
    }

    /// The versions that have files, with those that PEP 440 does not read.
    #[must_use]
    pub fn read_versions(&self) -> ListedVersions {
        let mut read = ListedVersions::default();
        for text in &self.versions {
            match Version::from_str(text) {
                Ok(version) => read.sorted.push(version),
                Err(_) => read.unreadable.push(text.clone()),
            }
        }
        read.sorted.sort();
        read
    }
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

    /// Sets the versions, which an index of the first API version does not list; those
    /// that cannot be read come first, as they are in the names.
    pub(super) fn derive_versions(&mut self, project: &str) {
        if !self.versions.is_empty() {
            return;
        }
        let mut versions: Vec<&Version> =
            self.files.iter().filter_map(IndexFile::version).collect();
        versions.sort();
        versions.dedup();
        let unparsed = self.files.iter().filter(|file| file.parsed.is_none());
        let texts = unparsed.filter_map(|file| FileName::version_text(&file.file_name, project));
        let unreadable: BTreeSet<String> = texts.map(str::to_owned).collect();
        let versions = versions.into_iter().map(ToString::to_string);
        self.versions = unreadable.into_iter().chain(versions).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(versions: &[&str], files: &[&str]) -> Listing {
        let versions = versions.iter().map(ToString::to_string).collect();
        let files = files.iter().map(|name| IndexFile::sample(name)).collect();
        Listing { versions, files, ..Listing::default() }
    }

    #[test]
    fn versions_that_pep440_does_not_read_are_kept_apart() {
        let read = listing(&["2004d", "1.10", "0.1-foo", "1.9"], &[]).read_versions();
        let sorted: Vec<String> = read.sorted.iter().map(ToString::to_string).collect();
        assert_eq!(
            (sorted.join(" "), read.unreadable.join(" ")),
            ("1.9 1.10".into(), "2004d 0.1-foo".into())
        );
    }

    #[test]
    fn unreadable_versions_are_derived_from_names_of_the_project() {
        let files = [
            "my-tool-1.0.tar.gz",
            "my_tool-2004d.tar.gz",
            "my-tool-0.1-foo.zip",
            "my_tool-2004d-py3-none-any.whl",
            "other-2003.x.tar.gz",
            "my-tool-1.0.tar.gz.asc",
        ];
        let mut listing = listing(&[], &files);
        listing.derive_versions("My.Tool");
        assert_eq!(listing.versions, ["0.1-foo", "2004d", "1.0"]);
    }
}
