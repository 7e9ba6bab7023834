//! `GET` and `HEAD` of `/v2/<name>/manifests/<reference>`

use std::sync::Arc;

use http::{HeaderName, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::oci::backend::Backend;
use crate::oci::error::{ErrorCode, ErrorResponse};
use crate::oci::manifest::{DOCKER_LIST, DOCKER_MANIFEST, Manifest, ManifestKind, accepts_exactly};
use crate::oci::profile::Profile;
use crate::oci::reference::Reference;
use crate::oci::request::{
    CONTENT_DIGEST, EndpointResult, RegistryRequest, empty_with_headers, with_headers,
};
use crate::server::{Body, Response, reply};

pub(super) fn get_manifest(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    reference: &Reference,
) -> EndpointResult {
    let text = check_reference(backend.profile(), reference)?;
    let is_pull = request.method == Method::GET;
    let limit_headers = backend.limits.count_manifest_read(is_pull)?;
    let manifest = find_manifest(backend, request, name, reference)
        .ok_or_else(|| manifest_unknown(name, text))?;
    if request.client_has(&manifest.digest) {
        return Ok(empty_with_headers(StatusCode::NOT_MODIFIED, limit_headers));
    }
    let manifest = negotiate(backend, request, name, reference, manifest)?;
    if is_pull && let Some(repository) = backend.store().repositories.get_mut(name) {
        repository.record_pull(reference.as_tag());
    }
    Ok(with_headers(manifest_response(request, &manifest), limit_headers))
}

fn find_manifest(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    reference: &Reference,
) -> Option<Arc<Manifest>> {
    backend.store().view(name, request.stale)?.find_manifest(reference)
}

/// The text of a reference, or the error of this profile for an invalid one.
pub(super) fn check_reference(
    profile: Profile,
    reference: &Reference,
) -> Result<&str, ErrorResponse> {
    match reference {
        Reference::Tag(tag) => Ok(tag),
        Reference::Digest(digest) => Ok(digest.as_str()),
        // Docker's registry takes it for a tag, and then its storage fails.
        Reference::MalformedDigest(_) if profile.is_distribution() => {
            Err(ErrorResponse::new(ErrorCode::Unknown))
        }
        Reference::MalformedDigest(_) => Err(ErrorResponse::new(ErrorCode::DigestInvalid)),
        Reference::Invalid if profile.is_distribution() => Err(ErrorResponse::page_not_found()),
        Reference::Invalid => Err(ErrorResponse::with_message(
            ErrorCode::ManifestInvalid,
            "the reference is neither a tag nor a digest",
        )),
    }
}

/// The manifest to send to a client that may not accept the type of the requested one.
fn negotiate(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    reference: &Reference,
    manifest: Arc<Manifest>,
) -> Result<Arc<Manifest>, ErrorResponse> {
    let accepted = accepts_exactly(&request.headers, &manifest.content_type);
    if accepted || !backend.profile().hides_unaccepted_types() {
        return Ok(manifest);
    }
    let by_tag = reference.as_tag().is_some();
    match manifest.kind {
        Some(ManifestKind::OciManifest) => Err(oci_type_hidden("manifest", "manifests")),
        Some(ManifestKind::OciIndex) => Err(oci_type_hidden("index", "indexes")),
        Some(ManifestKind::DockerList) if by_tag => {
            default_child(backend, request, name, &manifest)
        }
        // Replaces the conversion to schema 1, which needs more than such images contain.
        Some(ManifestKind::DockerManifest) if by_tag => {
            Err(ErrorResponse::new(ErrorCode::ManifestInvalid))
        }
        _ => Ok(manifest),
    }
}

/// Clients that do not support lists get the image for `linux/amd64`.
fn default_child(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    list: &Manifest,
) -> Result<Arc<Manifest>, ErrorResponse> {
    debug_assert_eq!(list.content_type, DOCKER_LIST);
    let default = list.document.manifests.iter().flatten().find(|child| {
        let platform = child.platform.as_ref();
        platform.is_some_and(|platform| platform.os == "linux" && platform.architecture == "amd64")
    });
    let child = default.and_then(|child| {
        let reference = Reference::Digest(child.digest.clone());
        find_manifest(backend, request, name, &reference)
    });
    let child = child.ok_or_else(|| ErrorResponse::new(ErrorCode::ManifestUnknown))?;
    if accepts_exactly(&request.headers, DOCKER_MANIFEST) {
        Ok(child)
    } else {
        Err(ErrorResponse::new(ErrorCode::ManifestInvalid))
    }
}

fn oci_type_hidden(singular: &str, plural: &str) -> ErrorResponse {
    let message = format!("OCI {singular} found, but accept header does not support OCI {plural}");
    ErrorResponse::with_message(ErrorCode::ManifestUnknown, &message)
}

fn manifest_unknown(name: &str, reference: &str) -> ErrorResponse {
    let detail: Value = if reference.contains(':') {
        json!({"Name": name, "Revision": reference})
    } else {
        json!({"Tag": reference})
    };
    ErrorResponse::with_detail(ErrorCode::ManifestUnknown, detail)
}

fn manifest_response(request: &RegistryRequest, manifest: &Manifest) -> Response {
    let body =
        if request.method == Method::HEAD { Body::empty() } else { manifest.bytes.clone().into() };
    let headers: [(HeaderName, String); 4] = [
        (header::CONTENT_TYPE, manifest.content_type.clone()),
        (header::CONTENT_LENGTH, manifest.bytes.len().to_string()),
        (header::ETAG, format!("\"{}\"", manifest.digest)),
        (CONTENT_DIGEST, manifest.digest.to_string()),
    ];
    with_headers(reply::with_body(StatusCode::OK, body), headers)
}
