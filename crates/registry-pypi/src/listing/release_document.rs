//! The JSON API of one release (`/pypi/<project>/<version>/json`; docs.pypi.org,
//! "JSON API").

use std::collections::HashMap;

use serde::Deserialize;

/// The record of a release at PyPI, which may precede its simple pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Release {
    /// Version as the index spells it.
    pub version: String,
    /// PyPI's counter of changes, as of this document.
    pub serial: Option<u64>,
    /// Its files.
    pub files: Vec<RecordedFile>,
}

/// A file in the record of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFile {
    /// File name.
    pub file_name: String,
    /// SHA-256 in lower-case hexadecimal, if listed.
    pub sha256: Option<String>,
    /// Size in bytes, if listed.
    pub size: Option<u64>,
}

#[derive(Deserialize)]
struct ReleaseDocument {
    info: ReleaseInfo,
    #[serde(default, deserialize_with = "transport::lenient::number")]
    last_serial: Option<u64>,
    urls: Vec<ReleaseFile>,
}

#[derive(Deserialize)]
struct ReleaseInfo {
    version: String,
}

#[derive(Deserialize)]
struct ReleaseFile {
    filename: String,
    #[serde(default)]
    digests: HashMap<String, String>,
    #[serde(default, deserialize_with = "transport::lenient::number")]
    size: Option<u64>,
}

/// Parses the document.
///
/// # Errors
/// What is wrong with it, as a fragment.
pub(super) fn parse_release_document(body: &[u8]) -> Result<Release, String> {
    let document: ReleaseDocument =
        serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let files = document.urls.into_iter().map(|file| RecordedFile {
        sha256: file.digests.get("sha256").filter(|hash| !hash.is_empty()).cloned(),
        file_name: file.filename,
        size: file.size,
    });
    Ok(Release {
        version: document.info.version,
        serial: document.last_serial,
        files: files.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_digests_and_serial_are_parsed() {
        let release = parse_release_document(
            br#"{"info":{"version":"1.0","name":"x"},"last_serial":9,"urls":[{"filename":"x-1.0.tar.gz",
            "digests":{"sha256":"ab","md5":"cd"},"size":4,"yanked":false}],"vulnerabilities":[]}"#,
        )
        .unwrap();
        assert_eq!((release.serial, release.version.as_str()), (Some(9), "1.0"));
        assert_eq!(release.files[0].sha256.as_deref(), Some("ab"));
        assert!(parse_release_document(b"{}").is_err());
    }
}
