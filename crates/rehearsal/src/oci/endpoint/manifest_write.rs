//! `PUT /v2/<name>/manifests/<reference>`

use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::Value;

use super::manifest_read::check_reference;
use crate::oci::backend::Backend;
use crate::oci::digest::Digest;
use crate::oci::error::{ErrorCode, ErrorResponse};
use crate::oci::manifest::{
    Manifest, ManifestDocument, ManifestKind, OCI_MANIFEST, media_type_essence,
};
use crate::oci::profile::Profile;
use crate::oci::reference::Reference;
use crate::oci::request::{
    CONTENT_DIGEST, EndpointResult, OCI_SUBJECT, RegistryRequest, empty_with_headers,
};
use crate::oci::store::Repository;
use crate::server::Body;

/// The limit of `distribution`, larger than the specification requires.
const MAX_MANIFEST_SIZE: usize = 4 * 1024 * 1024;

pub(super) async fn put_manifest(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    reference: &Reference,
    body: &mut Body,
) -> EndpointResult {
    check_reference(backend.profile(), reference)?;
    let bytes = body.read(MAX_MANIFEST_SIZE).await;
    let bytes = bytes.map_err(|_| ErrorResponse::new(ErrorCode::ManifestInvalid))?;
    let content_type = request.header(header::CONTENT_TYPE).map(media_type_essence);
    let manifest = check_manifest(backend.profile(), content_type, reference, bytes)?;
    let digest = manifest.digest.clone();
    let subject = manifest.document.subject_digest().map(ToString::to_string);
    store_manifest(backend, name, reference.as_tag(), manifest)?;

    let location = request.absolute_url(&format!("/v2/{name}/manifests/{digest}"));
    let mut headers = vec![(header::LOCATION, location), (CONTENT_DIGEST, digest.to_string())];
    if backend.options.serve_referrers {
        headers.extend(subject.map(|digest| (OCI_SUBJECT, digest)));
    }
    Ok(empty_with_headers(StatusCode::CREATED, headers))
}

/// Checks everything that does not depend on the repository.
pub(in crate::oci) fn check_manifest(
    profile: Profile,
    content_type: Option<&str>,
    reference: &Reference,
    bytes: Bytes,
) -> Result<Manifest, ErrorResponse> {
    let content_type = match content_type.filter(|text| !text.is_empty()) {
        Some(content_type) => content_type.to_owned(),
        None if profile.is_distribution() => return Err(manifest_invalid()),
        None => media_type_in_body(&bytes),
    };
    let kind = ManifestKind::from_media_type(&content_type);
    let document = match kind {
        Some(kind) => {
            ManifestDocument::read(kind, &content_type, &bytes).ok_or_else(manifest_invalid)?
        }
        None if profile.refuses_unknown_types() => return Err(manifest_invalid()),
        None => serde_json::from_slice(&bytes).unwrap_or_default(),
    };
    let digest = manifest_digest(profile, reference, &bytes)?;
    Ok(Manifest { digest, content_type, bytes, kind, document })
}

fn manifest_invalid() -> ErrorResponse {
    ErrorResponse::with_detail(ErrorCode::ManifestInvalid, Value::Null)
}

fn media_type_in_body(bytes: &Bytes) -> String {
    let document: ManifestDocument = serde_json::from_slice(bytes).unwrap_or_default();
    document.media_type.unwrap_or_else(|| OCI_MANIFEST.to_owned())
}

/// A digest in the path must be that of the bytes; `distribution` accepts only sha256.
fn manifest_digest(
    profile: Profile,
    reference: &Reference,
    bytes: &Bytes,
) -> Result<Digest, ErrorResponse> {
    let Reference::Digest(expected) = reference else {
        return Ok(Digest::sha256(bytes));
    };
    let supported = !(expected.is_sha512() && profile.is_distribution());
    if supported && expected.same_algorithm([&bytes[..]].into_iter()) == *expected {
        Ok(expected.clone())
    } else {
        Err(ErrorResponse::new(ErrorCode::DigestInvalid))
    }
}

/// Checks a manifest against the repository, and adds it.
pub(in crate::oci) fn store_manifest(
    backend: &Backend,
    name: &str,
    tag: Option<&str>,
    manifest: Manifest,
) -> Result<(), ErrorResponse> {
    let mut store = backend.store();
    let empty = Repository::default();
    let repository = store.repositories.get(name).unwrap_or(&empty);
    check_contents(backend.profile(), repository, &manifest)?;
    if let Some(tag) = tag {
        check_immutability(backend, name, repository, tag, &manifest.digest)?;
    }
    store.repository_mut(name).put_manifest(manifest, tag);
    Ok(())
}

/// Blobs and children must exist before the manifest; its subject need not.
fn check_contents(
    profile: Profile,
    repository: &Repository,
    manifest: &Manifest,
) -> Result<(), ErrorResponse> {
    let missing_blobs: Vec<Value> = manifest
        .document
        .required_blobs()
        .filter(|digest| !repository.blobs.contains(*digest))
        .map(|digest| digest.as_str().into())
        .collect();
    if !missing_blobs.is_empty() {
        return Err(ErrorResponse::with_details(ErrorCode::ManifestBlobUnknown, missing_blobs));
    }
    let missing_children: Vec<Value> = manifest
        .document
        .children()
        .filter(|digest| !repository.manifests().contains_key(*digest))
        .map(|digest| digest.as_str().into())
        .collect();
    if missing_children.is_empty() {
        return Ok(());
    }
    let code = match profile.is_distribution() {
        true => ErrorCode::ManifestBlobUnknown,
        false => ErrorCode::ManifestUnknown,
    };
    Err(ErrorResponse::with_details(code, missing_children))
}

fn check_immutability(
    backend: &Backend,
    name: &str,
    repository: &Repository,
    tag: &str,
    digest: &Digest,
) -> Result<(), ErrorResponse> {
    let current = repository.tags().get(tag);
    let moves = current.is_some_and(|record| record.digest != *digest);
    if moves && backend.is_immutable(name, tag) {
        let message = format!("tag {tag} is immutable");
        return Err(ErrorResponse::with_message(ErrorCode::Denied, &message));
    }
    Ok(())
}
