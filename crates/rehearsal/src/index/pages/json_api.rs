//! PyPI's own JSON API: `/pypi/<project>/json` and `/pypi/<project>/<version>/json`.
//!
//! Source: `warehouse/legacy/api/json.py` of pypi/warehouse and its API documentation.

use pep440_rs::Version;
use serde_json::{Map, Value, json};

use super::{file_url, timestamp};
use crate::index::catalogue::{Project, Release, StoredFile};

/// Form fields that appear in `info` under their own name, one value each.
const TEXTS: &[&str] = &[
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
/// Texts that are null, and not empty, when they are absent.
const NULLABLE: &[&str] = &["license_expression", "requires_python", "description_content_type"];

/// The document of the newest release, with the files of all releases; nothing when there is no
/// release.
pub(crate) fn project_document(project: &Project, base_url: &str) -> Option<Value> {
    let (version, release) = project.latest()?;
    let mut document = release_document(project, version, release, base_url);
    let releases = project
        .releases
        .iter()
        .map(|(version, release)| (version.to_string(), Value::Array(files(release, base_url))));
    document["releases"] = Value::Object(releases.collect());
    Some(document)
}

/// The document of one release.
pub(crate) fn release_document(
    project: &Project,
    version: &Version,
    release: &Release,
    base_url: &str,
) -> Value {
    json!({
        "info": info(project, version, release, base_url),
        "last_serial": project.serial,
        "ownership": {
            "organization": null,
            "roles": [{ "role": "Owner", "user": "rehearsal" }],
        },
        "urls": files(release, base_url),
        "vulnerabilities": [],
    })
}

fn info(project: &Project, version: &Version, release: &Release, base_url: &str) -> Value {
    let form = &release.form;
    let page = format!("{base_url}/project/{}/", project.name);
    let mut info = Map::new();
    for &field in TEXTS {
        let absent = if NULLABLE.contains(&field) { Value::Null } else { "".into() };
        info.insert(field.into(), form.one(field).map_or(absent, Value::from));
    }
    info.insert("name".into(), project.name.as_str().into());
    info.insert("version".into(), version.to_string().into());
    info.insert("classifiers".into(), form.list("classifiers").into());
    for (key, field) in [
        ("dynamic", "dynamic"),
        ("license_files", "license_file"),
        ("provides_extra", "provides_extra"),
        ("requires_dist", "requires_dist"),
    ] {
        let list = form.list(field);
        let absent = list.is_empty();
        info.insert(key.into(), if absent { Value::Null } else { list.into() });
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
        .all("project_urls")
        .filter_map(|entry| entry.split_once(','))
        .map(|(label, url)| (label.trim().to_owned(), url.trim().into()))
        .collect();
    if entries.is_empty() { Value::Null } else { entries.into() }
}

fn yanked_reason(release: &Release) -> Value {
    release.yanked.as_deref().filter(|reason| !reason.is_empty()).into()
}

fn files(release: &Release, base_url: &str) -> Vec<Value> {
    release.files.iter().map(|file| file_entry(file, release, base_url)).collect()
}

fn file_entry(file: &StoredFile, release: &Release, base_url: &str) -> Value {
    let uploaded = timestamp(file.uploaded);
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
        "requires_python": release.form.one("requires_python"),
        "size": file.size,
        "upload_time": uploaded.split('.').next(),
        "upload_time_iso_8601": uploaded,
        "url": file_url(base_url, file),
        "yanked": release.yanked.is_some(),
        "yanked_reason": yanked_reason(release),
    })
}
