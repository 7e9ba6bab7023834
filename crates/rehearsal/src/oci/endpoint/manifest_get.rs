//! `GET` and `HEAD` of `/v2/<name>/manifests/<reference>`

use std::sync::Arc;

use http::{HeaderName, Method, StatusCode, header};
use serde_json::{Value, json};

use super::super::call::{Answer, CONTENT_DIGEST, Call, bare, with_headers};
use super::super::media::{DOCKER_LIST, DOCKER_MANIFEST, Kind, accepts};
use super::super::refusal::{Code, Refusal};
use super::super::route::Reference;
use super::super::service::{RegistryService, page_not_found};
use super::super::state::{Manifest, Repository};
use super::blob::is_known_to_client;
use crate::server::{Body, Response, reply};

impl RegistryService {
    pub(super) fn get_manifest(&self, call: &Call, name: &str, reference: &Reference) -> Answer {
        let shown = self.check_reference(reference)?;
        let pulls = call.method == Method::GET;
        let limit = self.limits.manifest_read(pulls)?;
        let unknown = || Refusal::detailed(Code::ManifestUnknown, detail(name, shown));
        let manifest = self.find_manifest(call, name, reference).ok_or_else(unknown)?;
        if is_known_to_client(call, &manifest.digest) {
            return Ok(bare(StatusCode::NOT_MODIFIED, limit));
        }
        let manifest = self.negotiate(call, name, reference, manifest)?;
        if pulls && let Some(repository) = self.state().repositories.get_mut(name) {
            repository.pulled(reference.tag());
        }
        Ok(with_headers(respond(call, &manifest), limit))
    }

    fn find_manifest(
        &self,
        call: &Call,
        name: &str,
        reference: &Reference,
    ) -> Option<Arc<Manifest>> {
        let state = self.state();
        let repository = state.view(name, call.stale)?;
        resolve(&repository, reference)
    }

    /// The text of a reference, or how this profile refuses one that is none.
    pub(super) fn check_reference<'a>(&self, reference: &'a Reference) -> Result<&'a str, Refusal> {
        let distribution = self.profile().is_distribution();
        match reference {
            Reference::Tag(tag) => Ok(tag),
            Reference::Digest(digest) => Ok(digest.as_str()),
            // Docker's registry takes it for a tag, and then its storage fails.
            Reference::BrokenDigest(_) if distribution => Err(Refusal::new(Code::Unknown)),
            Reference::BrokenDigest(_) => Err(Refusal::new(Code::DigestInvalid)),
            Reference::Invalid if distribution => Err(page_not_found()),
            Reference::Invalid => Err(Refusal::message(
                Code::ManifestInvalid,
                "the reference is neither a tag nor a digest",
            )),
        }
    }

    /// What a client gets that does not accept the manifest's type.
    fn negotiate(
        &self,
        call: &Call,
        name: &str,
        reference: &Reference,
        manifest: Arc<Manifest>,
    ) -> Result<Arc<Manifest>, Refusal> {
        let accepted = accepts(&call.headers, &manifest.content_type);
        if accepted || !self.profile().hides_unaccepted_types() {
            return Ok(manifest);
        }
        let by_tag = reference.tag().is_some();
        match manifest.kind {
            Some(Kind::OciManifest) => Err(hidden("manifest", "manifests")),
            Some(Kind::OciIndex) => Err(hidden("index", "indexes")),
            Some(Kind::DockerList) if by_tag => self.default_child(call, name, &manifest),
            // Stands for the conversion to schema 1, which needs more than such images have.
            Some(Kind::DockerManifest) if by_tag => Err(Refusal::new(Code::ManifestInvalid)),
            _ => Ok(manifest),
        }
    }

    /// Clients that do not know lists get the image for `linux/amd64`.
    fn default_child(
        &self,
        call: &Call,
        name: &str,
        list: &Manifest,
    ) -> Result<Arc<Manifest>, Refusal> {
        debug_assert_eq!(list.content_type, DOCKER_LIST);
        let default = list.document.manifests.iter().flatten().find(|child| {
            let platform = child.platform.as_ref();
            platform.is_some_and(|it| it.os == "linux" && it.architecture == "amd64")
        });
        let child = default.and_then(|child| {
            let reference = Reference::Digest(child.digest.clone());
            self.find_manifest(call, name, &reference)
        });
        let child = child.ok_or_else(|| Refusal::new(Code::ManifestUnknown))?;
        if accepts(&call.headers, DOCKER_MANIFEST) {
            Ok(child)
        } else {
            Err(Refusal::new(Code::ManifestInvalid))
        }
    }
}

pub(in super::super) fn resolve(
    repository: &Repository,
    reference: &Reference,
) -> Option<Arc<Manifest>> {
    let digest = match reference {
        Reference::Digest(digest) => digest,
        Reference::Tag(tag) => &repository.tags().get(tag)?.digest,
        Reference::BrokenDigest(_) | Reference::Invalid => return None,
    };
    repository.manifests().get(digest).cloned()
}

fn hidden(one: &str, many: &str) -> Refusal {
    let message = format!("OCI {one} found, but accept header does not support OCI {many}");
    Refusal::message(Code::ManifestUnknown, &message)
}

fn detail(name: &str, reference: &str) -> Value {
    if reference.contains(':') {
        json!({"Name": name, "Revision": reference})
    } else {
        json!({"Tag": reference})
    }
}

fn respond(call: &Call, manifest: &Manifest) -> Response {
    let body =
        if call.method == Method::HEAD { Body::empty() } else { manifest.bytes.clone().into() };
    let headers: [(HeaderName, String); 4] = [
        (header::CONTENT_TYPE, manifest.content_type.clone()),
        (header::CONTENT_LENGTH, manifest.bytes.len().to_string()),
        (header::ETAG, format!("\"{}\"", manifest.digest)),
        (CONTENT_DIGEST, manifest.digest.to_string()),
    ];
    with_headers(reply::with_body(StatusCode::OK, body), headers)
}
