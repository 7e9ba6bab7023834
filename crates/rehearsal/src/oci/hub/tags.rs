//! Tags in Docker Hub's API, and their deletion.

use std::cmp::Reverse;
use std::time::SystemTime;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::protocol::{authorize_hub, not_found, page_response};
use crate::oci::access::Action;
use crate::oci::backend::Backend;
use crate::oci::error::ErrorResponse;
use crate::oci::manifest::{Descriptor, Manifest, ManifestDocument, Platform};
use crate::oci::request::{EndpointResult, RegistryRequest, empty_with_headers};
use crate::oci::store::{RegistryStore, Repository, TagRecord};
use crate::server::reply;

/// Lists the tags of a repository, newest first.
pub(super) fn list_tags(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
) -> EndpointResult {
    authorize_hub(backend, request, name, Action::Pull)?;
    let store = backend.store();
    let repository = store.view(name, request.stale).ok_or_else(|| not_found(name))?;
    let mut tags: Vec<_> = repository.tags().iter().collect();
    tags.sort_by_key(|(_, record)| Reverse(record.pushed));
    match request.method {
        Method::GET => {
            let renderer = TagRenderer { store: &store, repository: &repository };
            let entries = tags.into_iter().map(|(tag, record)| renderer.tag_json(tag, record));
            page_response(request, entries.collect())
        }
        Method::HEAD => Ok(empty_with_headers(StatusCode::OK, [])),
        _ => Err(ErrorResponse::method_not_allowed("GET, HEAD")),
    }
}

/// Shows or deletes a tag.
pub(super) fn serve_tag(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    tag: &str,
) -> EndpointResult {
    match request.method {
        Method::GET | Method::HEAD => get_tag(backend, request, name, tag),
        // Not in the OpenAPI document, but hub-tool deletes tags with this request.
        Method::DELETE if request.path.starts_with("/v2/repositories/") => {
            delete_tag(backend, request, name, tag)
        }
        _ => Err(ErrorResponse::method_not_allowed("GET, HEAD")),
    }
}

fn get_tag(backend: &Backend, request: &RegistryRequest, name: &str, tag: &str) -> EndpointResult {
    authorize_hub(backend, request, name, Action::Pull)?;
    let store = backend.store();
    let repository = store.view(name, request.stale).ok_or_else(|| not_found(name))?;
    let record = repository.tags().get(tag).ok_or_else(|| not_found(tag))?;
    let renderer = TagRenderer { store: &store, repository: &repository };
    Ok(reply::json(StatusCode::OK, &renderer.tag_json(tag, record)))
}

fn delete_tag(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    tag: &str,
) -> EndpointResult {
    authorize_hub(backend, request, name, Action::Delete)?;
    let immutable = backend.is_immutable(name, tag);
    let mut store = backend.store();
    let repository = store.repositories.get_mut(name).ok_or_else(|| not_found(name))?;
    if immutable && repository.tags().contains_key(tag) {
        let document = json!({"message": format!("tag {tag} is immutable")});
        return Err(ErrorResponse::json(StatusCode::FORBIDDEN, document));
    }
    if repository.remove_tag(tag) {
        Ok(empty_with_headers(StatusCode::NO_CONTENT, []))
    } else {
        Err(not_found(tag))
    }
}

/// Renders the tags of one repository.
struct TagRenderer<'a> {
    store: &'a RegistryStore,
    repository: &'a Repository,
}

impl TagRenderer<'_> {
    fn tag_json(&self, tag: &str, record: &TagRecord) -> Value {
        let manifest = self.repository.manifests().get(&record.digest);
        let images = manifest.map_or_else(Vec::new, |manifest| self.image_list(manifest));
        let size = images.first().map_or(0, |image| image["size"].as_u64().unwrap_or(0));
        let pushed = format_time(record.pushed);
        json!({
            "creator": 1,
            "id": 1,
            "images": images,
            "last_updated": pushed,
            "last_updater": 1,
            "last_updater_username": "rehearsal",
            "name": tag,
            "repository": 1,
            "full_size": size,
            "v2": true,
            "tag_status": "active",
            "tag_last_pulled": record.pulled.map(format_time),
            "tag_last_pushed": pushed,
            "media_type": manifest.map(|manifest| manifest.content_type.clone()),
            "content_type": "image",
            "digest": record.digest,
        })
    }

    fn image_list(&self, manifest: &Manifest) -> Vec<Value> {
        match &manifest.document.manifests {
            None => vec![image_json(manifest, &self.configured_platform(manifest))],
            Some(children) => {
                children.iter().filter_map(|child| self.child_image_json(child)).collect()
            }
        }
    }

    fn child_image_json(&self, child: &Descriptor) -> Option<Value> {
        let manifest = self.repository.manifests().get(&child.digest)?;
        let platform = child.platform.clone();
        let platform = platform.unwrap_or_else(|| self.configured_platform(manifest));
        Some(image_json(manifest, &platform))
    }

    /// The platform in the configuration of an image.
    fn configured_platform(&self, manifest: &Manifest) -> Platform {
        let config = manifest.document.config.as_ref();
        let content = config.and_then(|config| self.store.blobs.get(&config.digest));
        let bytes = content.and_then(|content| content.read_all().ok());
        let platform = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        platform.unwrap_or_else(unknown_platform)
    }
}

fn image_json(manifest: &Manifest, platform: &Platform) -> Value {
    json!({
        "architecture": platform.architecture,
        "features": "",
        "variant": platform.variant,
        "digest": manifest.digest,
        "os": platform.os,
        "os_features": "",
        "os_version": platform.os_version,
        "size": image_size(&manifest.document),
        "status": "active",
        "last_pulled": null,
        "last_pushed": null,
    })
}

fn unknown_platform() -> Platform {
    Platform {
        os: "unknown".to_owned(),
        architecture: "unknown".to_owned(),
        variant: None,
        os_version: None,
        os_features: None,
    }
}

fn image_size(document: &ManifestDocument) -> u64 {
    let config = document.config.iter();
    let descriptors = config.chain(document.layers.iter().flatten());
    descriptors.map(|descriptor| descriptor.size).sum()
}

/// A time in UTC with microseconds.
pub(super) fn format_time(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_with_microseconds() {
        assert_eq!(format_time(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00.000000Z");
    }
}
