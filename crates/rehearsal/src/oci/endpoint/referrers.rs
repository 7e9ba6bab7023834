//! `/v2/<name>/referrers/<digest>`

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::oci::backend::Backend;
use crate::oci::digest::Digest;
use crate::oci::error::ErrorResponse;
use crate::oci::manifest::{Manifest, OCI_INDEX};
use crate::oci::request::{EndpointResult, OCI_FILTERS, RegistryRequest, with_headers};
use crate::oci::store::Repository;
use crate::server::reply;

/// Lists the manifests whose subject is `subject`.
pub(in crate::oci) fn serve_referrers(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    subject: &Digest,
) -> EndpointResult {
    if request.method != Method::GET {
        return Err(ErrorResponse::method_not_allowed("GET"));
    }
    let artifact_type = request.query_value("artifactType");
    let descriptors = match backend.store().view(name, request.stale) {
        Some(repository) => referrer_descriptors(&repository, subject, artifact_type),
        None => Vec::new(),
    };
    let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": descriptors});
    let response = reply::typed(StatusCode::OK, OCI_INDEX, index.to_string());
    let filter = artifact_type.map(|_| (OCI_FILTERS, "artifactType".to_owned()));
    Ok(with_headers(response, filter))
}

fn referrer_descriptors(
    repository: &Repository,
    subject: &Digest,
    artifact_type: Option<&str>,
) -> Vec<Value> {
    repository
        .manifests()
        .values()
        .filter(|manifest| manifest.document.subject_digest() == Some(subject))
        .filter(|manifest| {
            artifact_type.is_none_or(|expected| manifest.document.referrer_type() == expected)
        })
        .map(|manifest| referrer_descriptor(manifest))
        .collect()
}

fn referrer_descriptor(manifest: &Manifest) -> Value {
    let mut descriptor = json!({
        "mediaType": manifest.content_type,
        "digest": manifest.digest,
        "size": manifest.bytes.len(),
        "artifactType": manifest.document.referrer_type(),
    });
    if !manifest.document.annotations.is_empty() {
        descriptor["annotations"] = json!(manifest.document.annotations);
    }
    descriptor
}
