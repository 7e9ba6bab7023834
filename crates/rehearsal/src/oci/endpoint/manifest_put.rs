//! `PUT /v2/<name>/manifests/<reference>`

use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::Value;

use super::super::call::{Answer, CONTENT_DIGEST, Call, OCI_SUBJECT, bare};
use super::super::digest::Digest;
use super::super::document::Document;
use super::super::media::{Kind, OCI_MANIFEST, essence};
use super::super::refusal::{Code, Refusal};
use super::super::route::Reference;
use super::super::service::RegistryService;
use super::super::state::{Manifest, Repository};
use crate::server::Body;

/// As large as `distribution` allows, and more than the specification demands.
const LARGEST_MANIFEST: usize = 4 * 1024 * 1024;

impl RegistryService {
    pub(super) async fn put_manifest(
        &self,
        call: &Call,
        name: &str,
        reference: &Reference,
        body: &mut Body,
    ) -> Answer {
        self.check_reference(reference)?;
        let bytes =
            body.read(LARGEST_MANIFEST).await.map_err(|_| Refusal::new(Code::ManifestInvalid))?;
        let content_type = call.header(header::CONTENT_TYPE).map(essence);
        let manifest = self.accept_manifest(content_type, reference, bytes)?;
        let digest = manifest.digest.clone();
        let subject = manifest.document.subject.as_ref();
        let subject = subject.map(|descriptor| descriptor.digest.to_string());
        self.store_manifest(name, reference.tag(), manifest)?;

        let location = call.url(&format!("/v2/{name}/manifests/{digest}"));
        let mut headers = vec![(header::LOCATION, location), (CONTENT_DIGEST, digest.to_string())];
        if self.options.referrers {
            headers.extend(subject.map(|digest| (OCI_SUBJECT, digest)));
        }
        Ok(bare(StatusCode::CREATED, headers))
    }

    /// Checks all that can be checked without looking at the repository.
    pub(in super::super) fn accept_manifest(
        &self,
        content_type: Option<&str>,
        reference: &Reference,
        bytes: Bytes,
    ) -> Result<Manifest, Refusal> {
        let invalid = |detail: Value| Refusal::detailed(Code::ManifestInvalid, detail);
        let content_type = match content_type.filter(|text| !text.is_empty()) {
            Some(content_type) => content_type.to_owned(),
            None if self.profile().is_distribution() => return Err(invalid(Value::Null)),
            None => media_type_inside(&bytes),
        };
        let kind = Kind::of(&content_type);
        let document = match kind {
            Some(kind) => Document::parse(kind, &content_type, &bytes).map_err(invalid)?,
            None if self.profile().refuses_unknown_types() => return Err(invalid(Value::Null)),
            None => serde_json::from_slice(&bytes).unwrap_or_default(),
        };
        Ok(Manifest {
            digest: self.digest_of(reference, &bytes)?,
            content_type,
            bytes,
            kind,
            document,
        })
    }

    /// A digest in the path must be that of the bytes; `distribution` takes only sha256.
    fn digest_of(&self, reference: &Reference, bytes: &Bytes) -> Result<Digest, Refusal> {
        let Reference::Digest(wanted) = reference else {
            return Ok(Digest::of(bytes));
        };
        let usable = !(wanted.is_sha512() && self.profile().is_distribution());
        if usable && wanted.same_algorithm([&bytes[..]].into_iter()) == *wanted {
            Ok(wanted.clone())
        } else {
            Err(Refusal::new(Code::DigestInvalid))
        }
    }

    pub(in super::super) fn store_manifest(
        &self,
        name: &str,
        tag: Option<&str>,
        manifest: Manifest,
    ) -> Result<(), Refusal> {
        let mut state = self.state();
        let nowhere = Repository::default();
        let repository = state.repositories.get(name).unwrap_or(&nowhere);
        self.check_references(repository, &manifest)?;
        self.check_immutable(name, repository, tag, &manifest.digest)?;
        state.repository(name).put(manifest, tag);
        Ok(())
    }

    /// Everything that a manifest needs must be there before it; its subject need not.
    fn check_references(
        &self,
        repository: &Repository,
        manifest: &Manifest,
    ) -> Result<(), Refusal> {
        let blobs: Vec<Value> = manifest
            .document
            .blobs()
            .filter(|digest| !repository.blobs.contains(*digest))
            .map(|digest| digest.as_str().into())
            .collect();
        let children: Vec<Value> = manifest
            .document
            .children()
            .filter(|digest| !repository.manifests().contains_key(*digest))
            .map(|digest| digest.as_str().into())
            .collect();
        let child_code = match self.profile().is_distribution() {
            true => Code::ManifestBlobUnknown,
            false => Code::ManifestUnknown,
        };
        if !blobs.is_empty() {
            Err(Refusal::each(Code::ManifestBlobUnknown, blobs))
        } else if !children.is_empty() {
            Err(Refusal::each(child_code, children))
        } else {
            Ok(())
        }
    }

    fn check_immutable(
        &self,
        name: &str,
        repository: &Repository,
        tag: Option<&str>,
        digest: &Digest,
    ) -> Result<(), Refusal> {
        let Some(tag) = tag else { return Ok(()) };
        let old = repository.tags().get(tag);
        let moves = old.is_some_and(|record| record.digest != *digest);
        if moves && self.is_immutable(name, tag) {
            let message = format!("tag {tag} is immutable");
            return Err(Refusal::message(Code::Denied, &message));
        }
        Ok(())
    }
}

fn media_type_inside(bytes: &Bytes) -> String {
    let document: Document = serde_json::from_slice(bytes).unwrap_or_default();
    document.media_type.unwrap_or_else(|| OCI_MANIFEST.to_owned())
}
