//! Simple pages as JSON (PEP 691, 700, 714, 740, 792).

use std::collections::HashMap;

use serde::Deserialize;
use transport::Url;

use super::{CoreMetadataFile, IndexFile, Listing, ListingFormat, address::split_fragment};
use crate::FileName;

pub(super) const CONTENT_TYPE: &str = "application/vnd.pypi.simple.v1+json";

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct SimplePage {
    meta: PageMeta,
    #[serde(default)]
    versions: Vec<String>,
    files: Vec<SimpleFile>,
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    project_status: Option<ProjectStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PageMeta {
    api_version: String,
    #[serde(rename = "_last-serial", default, deserialize_with = "transport::lenient::number")]
    last_serial: Option<u64>,
}

#[derive(Deserialize)]
struct ProjectStatus {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct SimpleFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: HashMap<String, String>,
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    requires_python: Option<String>,
    #[serde(default, deserialize_with = "transport::lenient::number")]
    size: Option<u64>,
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    upload_time: Option<String>,
    /// Not lenient: whether a file is yanked decides what installers select.
    #[serde(default)]
    yanked: Option<Flag<String>>,
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    core_metadata: Option<Flag<HashMap<String, String>>>,
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    data_dist_info_metadata: Option<Flag<HashMap<String, String>>>,
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    dist_info_metadata: Option<Flag<HashMap<String, String>>>,
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    provenance: Option<String>,
}

/// A boolean, or details in place of `true`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag<T> {
    Plain(bool),
    Details(T),
}

impl<T> Default for Flag<T> {
    fn default() -> Self {
        Self::Plain(false)
    }
}

/// Parses a page with the address `base`.
///
/// # Errors
/// What is wrong with it, as a fragment.
pub(super) fn parse_json_page(body: &[u8], base: &Url, project: &str) -> Result<Listing, String> {
    let page: SimplePage = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if !page.meta.api_version.starts_with("1.") {
        return Err(format!("unknown interface version {}", page.meta.api_version));
    }
    let files: Result<_, _> =
        page.files.into_iter().map(|file| index_file(file, base, project)).collect();
    let mut listing = Listing {
        format: Some(ListingFormat::Json),
        api_version: Some(page.meta.api_version),
        serial: page.meta.last_serial,
        url: None,
        status: page.project_status.and_then(|status| status.status),
        versions: page.versions,
        files: files?,
    };
    listing.derive_versions(project);
    Ok(listing)
}

fn index_file(file: SimpleFile, base: &Url, project: &str) -> Result<IndexFile, String> {
    let metadata = file.core_metadata.or(file.data_dist_info_metadata).or(file.dist_info_metadata);
    let (url, fragment) = split_fragment(join_url(base, &file.url)?);
    Ok(IndexFile {
        parsed: FileName::for_project(&file.filename, project),
        sha256: file.hashes.get("sha256").filter(|hash| !hash.is_empty()).cloned().or(fragment),
        url,
        size: file.size,
        requires_python: file.requires_python.filter(|range| !range.trim().is_empty()),
        upload_time: file.upload_time,
        yanked: match file.yanked.unwrap_or_default() {
            Flag::Plain(yanked) => yanked.then(String::new),
            Flag::Details(reason) => Some(reason),
        },
        core_metadata: match metadata.unwrap_or_default() {
            Flag::Plain(false) => CoreMetadataFile::NotServed,
            Flag::Plain(true) => CoreMetadataFile::Served,
            Flag::Details(mut hashes) => {
                hashes.remove("sha256").map_or(CoreMetadataFile::Served, CoreMetadataFile::Sha256)
            }
        },
        provenance: file.provenance.and_then(|link| join_url(base, &link).ok()),
        file_name: file.filename,
    })
}

fn join_url(base: &Url, text: &str) -> Result<Url, String> {
    base.join(text).map_err(|_| format!("`{text}` is not an address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Listing, String> {
        parse_json_page(text.as_bytes(), &"https://index.example/simple/x/".parse().unwrap(), "x")
    }

    #[test]
    fn every_key_of_the_newest_version_is_parsed() {
        let listing = parsed(
            r#"{"meta":{"api-version":"1.4","_last-serial":7},"name":"x","versions":["1.0"],
            "project-status":{"status":"archived"},"files":[{"filename":"x-1.0-py3-none-any.whl",
            "url":"../../files/x-1.0-py3-none-any.whl","hashes":{"sha256":"aa"},"size":3,
            "requires-python":">=3.8","upload-time":"2026-01-01T00:00:00Z","yanked":"broken",
            "core-metadata":{"sha256":"bb"},"provenance":"https://index.example/p"}]}"#,
        )
        .unwrap();
        let file = listing.file("x-1.0-py3-none-any.whl").unwrap();
        assert_eq!(file.url.as_str(), "https://index.example/files/x-1.0-py3-none-any.whl");
        assert_eq!((listing.serial, listing.status.as_deref()), (Some(7), Some("archived")));
        assert_eq!((file.yanked.as_deref(), file.size), (Some("broken"), Some(3)));
        assert_eq!(file.core_metadata, CoreMetadataFile::Sha256("bb".into()));
        assert!(file.provenance.is_some() && file.upload_time.is_some());
    }

    #[test]
    fn version_one_zero_lacks_keys_and_versions_come_from_the_names() {
        let listing = parsed(
            r#"{"meta":{"api-version":"1.0"},"name":"x","files":[
            {"filename":"x-1.10.tar.gz","url":"x-1.10.tar.gz#sha256=cc","hashes":{}},
            {"filename":"x-1.9.tar.gz","url":"x-1.9.tar.gz","hashes":{"sha256":""},"yanked":true}]}"#,
        )
        .unwrap();
        assert_eq!(listing.versions, ["1.9", "1.10"]);
        assert_eq!(listing.files[0].sha256.as_deref(), Some("cc"));
        assert_eq!((&listing.files[1].sha256, listing.files[1].is_yanked()), (&None, true));
    }

    #[test]
    fn keys_that_are_not_needed_never_make_a_page_unreadable() {
        let listing = parsed(
            r#"{"meta":{"api-version":"1.4","_last-serial":"31415926"},"versions":["1.0"],
            "project-status":"active","files":[{"filename":"x-1.0.tar.gz","url":"x-1.0.tar.gz",
            "hashes":{"sha256":"aa"},"size":"3","requires-python":3,"upload-time":0,"yanked":null,
            "core-metadata":null,"provenance":{"a":1}}]}"#,
        )
        .unwrap();
        assert_eq!((listing.serial, listing.files[0].size), (Some(31_415_926), Some(3)));
        assert!(!listing.files[0].is_yanked());
    }

    #[test]
    fn another_major_version_and_other_json_are_refused() {
        assert!(parsed(r#"{"meta":{"api-version":"2.0"},"files":[]}"#).is_err());
        assert!(parsed(r#"{"error":"try later"}"#).is_err());
    }
}
