use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{PythonError, normalize_name};

/// The file that pip selected for a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedFile {
    /// Name of the file.
    pub file: String,
    /// Its address.
    pub url: String,
    /// Its SHA-256 in hexadecimal digits, if the index or pip states it.
    pub sha256: Option<String>,
    /// The version in its metadata.
    pub version: String,
}

/// pip's installation report (pip documentation, "Installation Report",
/// stable since format 1).
#[derive(Deserialize)]
struct PipReport {
    #[serde(default)]
    install: Vec<PipReportEntry>,
}

#[derive(Deserialize)]
struct PipReportEntry {
    download_info: DownloadInfo,
    metadata: EntryMetadata,
}

#[derive(Deserialize)]
struct DownloadInfo {
    url: String,
    #[serde(default)]
    archive_info: ArchiveInfo,
}

#[derive(Deserialize, Default)]
struct ArchiveInfo {
    hash: Option<String>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct EntryMetadata {
    name: String,
    version: String,
}

impl ArchiveInfo {
    /// From `hashes`, or from `hash` in reports of older versions of pip.
    fn sha256(&self) -> Option<String> {
        let sha256 = self.hashes.get("sha256").map(String::as_str);
        sha256.or_else(|| self.hash.as_deref()?.strip_prefix("sha256=")).map(str::to_owned)
    }
}

/// The file of a project in a report.
pub(crate) fn parse_pip_report(json: &[u8], name: &str) -> Result<SelectedFile, PythonError> {
    let report: PipReport = serde_json::from_slice(json)
        .map_err(|error| PythonError::Report { reason: error.to_string() })?;
    let name = normalize_name(name);
    let mut entries = report.install.into_iter();
    let Some(entry) = entries.find(|entry| normalize_name(&entry.metadata.name) == name) else {
        return Err(PythonError::Report { reason: format!("it has no entry for {name}") });
    };
    let (url, sha256) = (entry.download_info.url, entry.download_info.archive_info.sha256());
    let file = url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next());
    let file = file.unwrap_or_default().replace("%2B", "+");
    Ok(SelectedFile { file, url, sha256, version: entry.metadata.version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_and_hash_are_read_in_both_spellings() {
        for archive in [r#"{"hashes": {"sha256": "ab"}}"#, r#"{"hash": "sha256=ab"}"#] {
            let json = format!(
                r#"{{"version": "1", "install": [{{"download_info": {{"url": "http://h/a_b-1.whl#x",
                "archive_info": {archive}}}, "metadata": {{"name": "A.b", "version": "1"}}}}]}}"#
            );
            let selected = parse_pip_report(json.as_bytes(), "a-b").unwrap();
            assert_eq!(
                (selected.file.as_str(), selected.sha256.as_deref()),
                ("a_b-1.whl", Some("ab"))
            );
            assert!(matches!(
                parse_pip_report(json.as_bytes(), "c"),
                Err(PythonError::Report { .. })
            ));
        }
        assert!(matches!(parse_pip_report(b"not json", "c"), Err(PythonError::Report { .. })));
    }
}
