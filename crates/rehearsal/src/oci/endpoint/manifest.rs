//! `/v2/<name>/manifests/<reference>`: methods, and deletion.

use http::{Method, StatusCode};

use super::manifest_read::get_manifest;
use super::manifest_write::put_manifest;
use crate::oci::backend::Backend;
use crate::oci::digest::Digest;
use crate::oci::error::{ErrorCode, ErrorResponse};
use crate::oci::profile::TagDeletion;
use crate::oci::reference::Reference;
use crate::oci::request::{EndpointResult, RegistryRequest, empty_with_headers};
use crate::server::Body;

/// Reads, writes or deletes a manifest.
pub(in crate::oci) async fn serve_manifest(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    reference: &Reference,
    body: &mut Body,
) -> EndpointResult {
    match request.method {
        Method::GET | Method::HEAD => get_manifest(backend, request, name, reference),
        Method::PUT => put_manifest(backend, request, name, reference, body).await,
        Method::DELETE => delete_manifest(backend, name, reference),
        _ => Err(ErrorResponse::method_not_allowed("DELETE, GET, HEAD, PUT")),
    }
}

fn delete_manifest(backend: &Backend, name: &str, reference: &Reference) -> EndpointResult {
    match reference {
        Reference::Invalid if backend.profile().is_distribution() => {
            Err(ErrorResponse::page_not_found())
        }
        _ if !backend.options.allow_deletion => Err(ErrorResponse::new(ErrorCode::Unsupported)),
        Reference::Digest(digest) => delete_by_digest(backend, name, digest),
        Reference::Tag(tag) => delete_by_tag(backend, name, tag),
        Reference::MalformedDigest(_) | Reference::Invalid => {
            Err(ErrorResponse::new(ErrorCode::DigestInvalid))
        }
    }
}

fn delete_by_tag(backend: &Backend, name: &str, tag: &str) -> EndpointResult {
    match backend.profile().tag_deletion() {
        TagDeletion::InvalidDigest => return Err(ErrorResponse::new(ErrorCode::DigestInvalid)),
        TagDeletion::Unsupported => return Err(ErrorResponse::new(ErrorCode::Unsupported)),
        TagDeletion::RemovesTag => {}
    }
    let mut store = backend.store();
    let repository = store.repositories.get_mut(name);
    deletion_result(repository.is_some_and(|repository| repository.remove_tag(tag)))
}

fn delete_by_digest(backend: &Backend, name: &str, digest: &Digest) -> EndpointResult {
    let mut store = backend.store();
    let Some(repository) = store.repositories.get_mut(name) else {
        return deletion_result(false);
    };
    if backend.profile().protects_referenced_manifests() && repository.is_referenced(digest) {
        let message = "a tag or an index refers to this manifest";
        return Err(ErrorResponse::with_message(ErrorCode::Denied, message));
    }
    deletion_result(repository.remove_manifest(digest))
}

fn deletion_result(existed: bool) -> EndpointResult {
    if existed {
        Ok(empty_with_headers(StatusCode::ACCEPTED, []))
    } else {
        Err(ErrorResponse::new(ErrorCode::ManifestUnknown))
    }
}
