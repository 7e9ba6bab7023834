use serde::Deserialize;

use crate::{PythonError, normalize_name};

/// The file that pip chose for a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// Name of the file.
    pub file: String,
    /// Where it comes from.
    pub url: String,
    /// Its SHA-256 in hexadecimal digits, when the index or pip told it.
    pub sha256: Option<String>,
    /// The version that it says it is.
    pub version: String,
}

/// pip's installation report (pip documentation, "Installation Report",
/// stable since format 1).
#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    install: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    download_info: DownloadInfo,
    metadata: Metadata,
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
    hashes: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    version: String,
}

/// The entry of a project in a report.
pub(crate) fn selected(json: &[u8], name: &str) -> Result<Selected, PythonError> {
    let unreadable = |reason: String| PythonError::Report { reason };
    let report: Report = serde_json::from_slice(json).map_err(|e| unreadable(e.to_string()))?;
    let ours = |entry: &Entry| normalize_name(&entry.metadata.name) == normalize_name(name);
    let entry = report.install.into_iter().find(ours);
    let entry = entry.ok_or_else(|| unreadable(format!("it has no entry for {name}")))?;
    let archive = &entry.download_info.archive_info;
    let old = || archive.hash.as_deref()?.strip_prefix("sha256=").map(str::to_owned);
    let sha256 = archive.hashes.get("sha256").cloned().or_else(old);
    let url = entry.download_info.url;
    let file = url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next());
    let file = file.unwrap_or_default().replace("%2B", "+");
    Ok(Selected { file, url, sha256, version: entry.metadata.version })
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
            let found = selected(json.as_bytes(), "a-b").unwrap();
            assert_eq!((found.file.as_str(), found.sha256.as_deref()), ("a_b-1.whl", Some("ab")));
            assert!(matches!(selected(json.as_bytes(), "c"), Err(PythonError::Report { .. })));
        }
        assert!(matches!(selected(b"not json", "c"), Err(PythonError::Report { .. })));
    }
}
