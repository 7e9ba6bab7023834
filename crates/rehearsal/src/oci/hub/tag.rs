//! Tags as Docker Hub shows them, and their deletion.

use std::time::SystemTime;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::access::Action;
use super::super::call::{Answer, Call, bare};
use super::super::document::{Descriptor, Document, Platform};
use super::super::refusal::Refusal;
use super::super::service::RegistryService;
use super::super::state::{Manifest, Repository, State, TagRecord};
use super::{not_found, page};
use crate::server::reply;

impl RegistryService {
    pub(super) fn hub_tags(&self, call: &Call, name: &str) -> Answer {
        self.hub_admit(call, name, Action::Pull)?;
        let state = self.state();
        let repository = state.view(name, call.stale).ok_or_else(|| not_found(name))?;
        let mut tags: Vec<_> = repository.tags().iter().collect();
        tags.sort_by_key(|(_, record)| std::cmp::Reverse(record.pushed));
        let entries = tags.into_iter().map(|(tag, record)| {
            let entry = Entry { state: &state, repository: &repository };
            entry.describe(tag, record)
        });
        match call.method {
            Method::GET => page::page(call, entries.collect()),
            Method::HEAD => Ok(bare(StatusCode::OK, [])),
            _ => Err(call.wrong_method("GET, HEAD")),
        }
    }

    pub(super) fn hub_tag(&self, call: &Call, name: &str, tag: &str) -> Answer {
        match call.method {
            Method::GET | Method::HEAD => self.hub_get_tag(call, name, tag),
            // Not in the OpenAPI document; hub-tool deletes tags this way.
            Method::DELETE if call.path.starts_with("/v2/repositories/") => {
                self.hub_delete_tag(call, name, tag)
            }
            _ => Err(call.wrong_method("GET, HEAD")),
        }
    }

    fn hub_get_tag(&self, call: &Call, name: &str, tag: &str) -> Answer {
        self.hub_admit(call, name, Action::Pull)?;
        let state = self.state();
        let repository = state.view(name, call.stale).ok_or_else(|| not_found(name))?;
        let record = repository.tags().get(tag).ok_or_else(|| not_found(tag))?;
        let entry = Entry { state: &state, repository: &repository };
        Ok(reply::json(StatusCode::OK, &entry.describe(tag, record)))
    }

    fn hub_delete_tag(&self, call: &Call, name: &str, tag: &str) -> Answer {
        self.hub_admit(call, name, Action::Delete)?;
        let immutable = self.is_immutable(name, tag);
        let mut state = self.state();
        let repository = state.repositories.get_mut(name);
        let repository = repository.ok_or_else(|| not_found(name))?;
        if immutable && repository.tags().contains_key(tag) {
            let document = json!({"message": format!("tag {tag} is immutable")});
            return Err(Refusal::document(StatusCode::FORBIDDEN, document));
        }
        if repository.untag(tag) {
            Ok(bare(StatusCode::NO_CONTENT, []))
        } else {
            Err(not_found(tag))
        }
    }
}

/// Where the parts of a tag's description come from.
struct Entry<'a> {
    state: &'a State,
    repository: &'a Repository,
}

impl Entry<'_> {
    fn describe(&self, tag: &str, record: &TagRecord) -> Value {
        let manifest = self.repository.manifests().get(&record.digest);
        let images = manifest.map_or_else(Vec::new, |manifest| self.images(manifest));
        let size = images.first().map_or(0, |image| image["size"].as_u64().unwrap_or(0));
        let pushed = time(record.pushed);
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
            "tag_last_pulled": record.pulled.map(time),
            "tag_last_pushed": pushed,
            "media_type": manifest.map(|manifest| manifest.content_type.clone()),
            "content_type": "image",
            "digest": record.digest,
        })
    }

    fn images(&self, manifest: &Manifest) -> Vec<Value> {
        match &manifest.document.manifests {
            None => vec![self.image(manifest, &self.platform(manifest))],
            Some(children) => children.iter().filter_map(|it| self.child(it)).collect(),
        }
    }

    fn child(&self, child: &Descriptor) -> Option<Value> {
        let manifest = self.repository.manifests().get(&child.digest)?;
        let platform = child.platform.clone();
        let platform = platform.unwrap_or_else(|| self.platform(manifest));
        Some(self.image(manifest, &platform))
    }

    /// The platform that the configuration of an image names.
    fn platform(&self, manifest: &Manifest) -> Platform {
        let config = manifest.document.config.as_ref();
        let content = config.and_then(|config| self.state.blobs.get(&config.digest));
        let bytes = content.and_then(|content| content.bytes().ok());
        let platform = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        platform.unwrap_or_else(Platform::unknown)
    }

    fn image(&self, manifest: &Manifest, platform: &Platform) -> Value {
        json!({
            "architecture": platform.architecture,
            "features": "",
            "variant": platform.variant,
            "digest": manifest.digest,
            "os": platform.os,
            "os_features": "",
            "os_version": platform.os_version,
            "size": size(&manifest.document),
            "status": "active",
            "last_pulled": null,
            "last_pushed": null,
        })
    }
}

impl Platform {
    fn unknown() -> Self {
        Self {
            os: "unknown".to_owned(),
            architecture: "unknown".to_owned(),
            variant: None,
            os_version: None,
            os_features: None,
        }
    }
}

fn size(document: &Document) -> u64 {
    let config = document.config.iter();
    let descriptors = config.chain(document.layers.iter().flatten());
    descriptors.map(|descriptor| descriptor.size).sum()
}

pub(super) fn time(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_with_microseconds() {
        assert_eq!(time(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00.000000Z");
    }
}
