//! PyPI's JSON API: `/pypi/<project>/json` and `/pypi/<project>/<version>/json`.
//!
//! Source: `warehouse/legacy/api/json.py` of pypi/warehouse and its API documentation.

use pep440_rs::Version;
use serde_json::{Map, Value, json};

use super::listing::{file_url, upload_timestamp};
use crate::index::project::{Project, Release, StoredFile};

/// Form fields that appear in `info` under the same name, with a single value.
const TEXT_FIELDS: &[&str] = &[
    "author",
    "author_email",
    "description",
    "description_content_type",
    "download_url",
    "home_page",
    "keywords",
    "license",
    "license_expression",
    "maintainer",
    "maintainer_email",
    "platform",
    "requires_python",
    "summary",
];
/// Text fields that are null, not empty, when they are absent.
const NULLABLE_FIELDS: &[&str] =
    &["license_expression", "requires_python", "description_content_type"];

/// The document of the newest release, with the files of all releases; `None` without releases.
pub(in crate::index) fn project_api_json(project: &Project, base_url: &str) -> Option<Value> {
    let (version, release) = project.newest_release()?;
    let mut document = release_api_json(project, version, release, base_url);
    let releases = project.releases.iter().map(|(version, release)| {
        (version.to_string(), Value::Array(release_files(release, base_url)))
    });
    document["releases"] = Value::Object(releases.collect());
    Some(document)
}

/// The document of one release.
pub(in crate::index) fn release_api_json(
    project: &Project,
    version: &Version,
    release: &Release,
    base_url: &str,
) -> Value {
    json!({
        "info": release_info(project, version, release, base_url),
        "last_serial": project.serial,
        "ownership": {
            "organization": null,
            "roles": [{ "role": "Owner", "user": "rehearsal" }],
        },
        "urls": release_files(release, base_url),
        "vulnerabilities": [],
    })
}

fn release_info(project: &Project, version: &Version, release: &Release, base_url: &str) -> Value {
    let form = &release.form;
    let page = format!("{base_url}/project/{}/", project.name);
    let mut info = Map::new();
    for &field in TEXT_FIELDS {
        let absent = if NULLABLE_FIELDS.contains(&field) { Value::Null } else { "".into() };
        info.insert(field.into(), form.first(field).map_or(absent, Value::from));
    }
    info.insert("name".into(), project.name.as_str().into());
    info.insert("version".into(), version.to_string().into());
    info.insert("classifiers".into(), form.owned_values("classifiers").into());
    for (key, field) in [
        ("dynamic", "dynamic"),
        ("license_files", "license_file"),
        ("provides_extra", "provides_extra"),
        ("requires_dist", "requires_dist"),
    ] {
        let values = form.owned_values(field);
        let value = if values.is_empty() { Value::Null } else { values.into() };
        info.insert(key.into(), value);
    }
    info.insert("project_urls".into(), project_urls(release));
    info.insert("release_url".into(), format!("{page}{version}/").into());
    info.insert("package_url".into(), page.as_str().into());
    info.insert("project_url".into(), page.into());
    info.insert("downloads".into(), json!({ "last_day": -1, "last_month": -1, "last_week": -1 }));
    info.insert("yanked".into(), release.yanked.is_some().into());
    info.insert("yanked_reason".into(), yanked_reason(release));
    info.into()
}

fn project_urls(release: &Release) -> Value {
    let entries: Map<String, Value> = release
        .form
        .values("project_urls")
        .filter_map(|entry| entry.split_once(','))
        .map(|(label, url)| (label.trim().to_owned(), url.trim().into()))
        .collect();
    if entries.is_empty() { Value::Null } else { entries.into() }
}

fn yanked_reason(release: &Release) -> Value {
    release.yanked.as_deref().filter(|reason| !reason.is_empty()).into()
}

fn release_files(release: &Release, base_url: &str) -> Vec<Value> {
    release.files.iter().map(|file| release_file_json(file, release, base_url)).collect()
}

fn release_file_json(file: &StoredFile, release: &Release, base_url: &str) -> Value {
    let uploaded = upload_timestamp(file.uploaded);
    json!({
        "comment_text": file.comment,
        "digests": {
            "blake2b_256": file.digests.blake2_256,
            "md5": file.digests.md5,
            "sha256": file.digests.sha256,
        },
        "downloads": -1,
        "filename": file.filename,
        "has_sig": false,
        "md5_digest": file.digests.md5,
        "packagetype": file.kind.packagetype(),
        "python_version": file.python_version,
        "requires_python": release.form.first("requires_python"),
        "size": file.size,
        "upload_time": uploaded.split('.').next(),
        "upload_time_iso_8601": uploaded,
        "url": file_url(base_url, file),
        "yanked": release.yanked.is_some(),
        "yanked_reason": yanked_reason(release),
    })
}
