//! The simple API as JSON (PEPs 691, 700, 714, 740, 792).

use serde_json::{Value, json};

use super::listing::{ListedFile, Listing, SIMPLE_API_VERSION, file_url, upload_timestamp};
use crate::index::catalogue::Catalogue;

/// The list of all projects.
pub(in crate::index) fn project_list_json(catalogue: &Catalogue) -> Value {
    let projects: Vec<Value> = catalogue
        .projects()
        .values()
        .map(|project| json!({ "name": project.name, "_last-serial": project.serial }))
        .collect();
    json!({ "meta": page_meta(catalogue.serial()), "projects": projects })
}

/// The page of one project.
pub(in crate::index) fn project_page_json(listing: &Listing, base_url: &str) -> Value {
    let files: Vec<Value> =
        listing.files.iter().map(|file| listed_file_json(file, &listing.name, base_url)).collect();
    let mut status = json!({ "status": listing.status.as_str() });
    if let Some(reason) = &listing.status_reason {
        status["reason"] = reason.as_str().into();
    }
    json!({
        "alternate-locations": [],
        "files": files,
        "meta": page_meta(listing.serial),
        "name": listing.name,
        "project-status": status,
        "versions": listing.versions,
    })
}

fn page_meta(serial: u64) -> Value {
    json!({ "_last-serial": serial, "api-version": SIMPLE_API_VERSION })
}

fn listed_file_json(listed: &ListedFile, project: &str, base_url: &str) -> Value {
    let file = &listed.file;
    let core_metadata = match &file.core_metadata_sha256 {
        Some(digest) => json!({ "sha256": digest }),
        None => false.into(),
    };
    json!({
        "core-metadata": core_metadata,
        "data-dist-info-metadata": core_metadata,
        "filename": file.filename,
        "hashes": { "sha256": file.digests.sha256 },
        "provenance": listed.provenance_url(base_url, project),
        "requires-python": listed.requires_python,
        "size": file.size,
        "upload-time": upload_timestamp(file.uploaded),
        "url": file_url(base_url, file),
        "yanked": yanked_json(listed.yanked.as_deref()),
    })
}

/// The reason of a yank, `true` for an empty reason, `false` if the release is not yanked.
fn yanked_json(reason: Option<&str>) -> Value {
    match reason {
        None => false.into(),
        Some("") => true.into(),
        Some(reason) => reason.into(),
    }
}
