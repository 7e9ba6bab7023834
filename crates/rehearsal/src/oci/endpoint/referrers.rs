//! `/v2/<name>/referrers/<digest>`

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::call::{Answer, Call, OCI_FILTERS, with_headers};
use super::super::digest::Digest;
use super::super::media::OCI_INDEX;
use super::super::service::RegistryService;
use super::super::state::{Manifest, Repository};
use crate::server::reply;

impl RegistryService {
    pub(in super::super) fn referrers(&self, call: &Call, name: &str, subject: &Digest) -> Answer {
        if call.method != Method::GET {
            return Err(call.wrong_method("GET"));
        }
        let wanted = call.query("artifactType");
        let state = self.state();
        let descriptors = match state.view(name, call.stale) {
            Some(repository) => descriptors(&repository, subject, wanted),
            None => Vec::new(),
        };
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": descriptors});
        let response = reply::typed(StatusCode::OK, OCI_INDEX, index.to_string());
        let filter = wanted.map(|_| (OCI_FILTERS, "artifactType".to_owned()));
        Ok(with_headers(response, filter))
    }
}

fn descriptors(repository: &Repository, subject: &Digest, wanted: Option<&str>) -> Vec<Value> {
    let refers = |manifest: &&Manifest| {
        let found = manifest.document.subject.as_ref();
        found.is_some_and(|descriptor| descriptor.digest == *subject)
    };
    repository
        .manifests()
        .values()
        .map(AsRef::as_ref)
        .filter(refers)
        .filter(|manifest| wanted.is_none_or(|it| manifest.document.artifact_type() == it))
        .map(descriptor)
        .collect()
}

fn descriptor(manifest: &Manifest) -> Value {
    let mut descriptor = json!({
        "mediaType": manifest.content_type,
        "digest": manifest.digest,
        "size": manifest.bytes.len(),
        "artifactType": manifest.document.artifact_type(),
    });
    if !manifest.document.annotations.is_empty() {
        descriptor["annotations"] = json!(manifest.document.annotations);
    }
    descriptor
}
