//! The upload endpoint.

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::{IndexService, answer};
use crate::index::archive::{self, Inspection};
use crate::index::catalogue::Offer;
use crate::index::form::{Form, Kind};
use crate::index::metadata;
use crate::index::receive::{Received, ReceivedFile, receive};
use crate::index::refusal::Refusal;
use crate::index::tokens::Identity;
use crate::server::{Request, Response, reply};

/// PyPI takes one attestation of each of its two kinds.
const MOST_ATTESTATIONS: usize = 2;

impl IndexService {
    /// `POST /legacy/`
    pub(super) async fn upload(&self, request: Request) -> Response {
        let base_url = self.base_url(&request);
        let (head, body) = request.into_parts();
        // The whole body is read before any answer: clients do not listen earlier.
        let limit = self.store.limits.file_bytes;
        let received = receive(&head.headers, body, self.store.folder(), limit).await;
        let outcome = match self.permitted(&head.headers) {
            Ok(identity) => self.admit(received, identity).await,
            Err(refusal) => Err(refusal),
        };
        match outcome {
            Ok(()) => reply::empty(StatusCode::OK),
            Err(refusal) => answer::refused(&refusal, accept_of(&head.headers), &base_url),
        }
    }

    /// `POST /legacy`: clients are told of the slash, and most of them refuse to follow.
    pub(super) async fn missing_slash(&self, request: Request) -> Response {
        let _ = request.into_body().discard().await;
        let mut response = answer::moved(StatusCode::PERMANENT_REDIRECT, "/legacy/");
        answer::set_reason(
            &mut response,
            "An upload was attempted to /legacy but the expected upload URL is /legacy/ \
             (with a trailing slash)",
        );
        response
    }

    fn permitted(&self, headers: &HeaderMap) -> Result<Identity, Refusal> {
        let shelf = self.store.shelf();
        match shelf.read_only {
            true => Err(Refusal::ReadOnly),
            false => shelf.tokens.identify(headers, self.store.clock.now()),
        }
    }

    async fn admit(
        &self,
        received: Result<Received, Refusal>,
        identity: Identity,
    ) -> Result<(), Refusal> {
        let Received { form, file } = received?;
        let filename = file.as_ref().map(|file| file.filename.clone());
        let outcome = self.offer(form, file, &identity).await;
        match (outcome, filename) {
            (Ok((offer, attestations, file)), _) => {
                self.store.admit(offer, attestations, &identity, file.place)
            }
            (Err(refusal), filename) => {
                let filename = filename.unwrap_or_default();
                let mut shelf = self.store.shelf();
                shelf.catalogue.count_upload(&filename, |count| count.refused += 1);
                Err(refusal)
            }
        }
    }

    /// Everything that can be said about an upload without looking at what the index holds.
    async fn offer(
        &self,
        form: Form,
        file: Option<ReceivedFile>,
        identity: &Identity,
    ) -> Result<(Offer, Option<Value>, ReceivedFile), Refusal> {
        let kind = form.check_controls()?;
        let version = metadata::check(&form)?;
        let file = file.ok_or(Refusal::NoFile)?;
        let attestations = attestations(&form, identity)?;
        let (file, inspection) = inspected(file, kind, form.list("license_file")).await?;
        let offer = Offer {
            kind,
            version,
            filename: file.filename.clone(),
            is_image: file.is_image,
            size: file.size,
            digests: file.digests.clone(),
            inspection,
            form,
        };
        Ok((offer, attestations, file))
    }
}

/// Unpacking is work for a thread of its own.
async fn inspected(
    file: ReceivedFile,
    kind: Kind,
    license_files: Vec<String>,
) -> Result<(ReceivedFile, Inspection), Refusal> {
    tokio::task::spawn_blocking(move || {
        let found = archive::inspect(&file.place, &file.filename, kind, &license_files);
        (file, found)
    })
    .await
    .map_err(|error| Refusal::Unreadable(error.to_string()))
}

/// PEP 740: only trusted publishers attest; signatures are not verified here.
fn attestations(form: &Form, identity: &Identity) -> Result<Option<Value>, Refusal> {
    let Some(sent) = form.one("attestations") else { return Ok(None) };
    let wrong = |text: &str| Err(Refusal::Attestations(text.to_owned()));
    if !identity.is_publisher() {
        return wrong("Attestations are only supported when using Trusted Publishing");
    }
    match serde_json::from_str::<Value>(sent) {
        Ok(Value::Array(list)) if list.len() <= MOST_ATTESTATIONS => Ok(Some(list.into())),
        Ok(Value::Array(_)) => wrong("A maximum of 2 attestations per file are supported"),
        _ => wrong("Malformed attestations"),
    }
}

fn accept_of(headers: &HeaderMap) -> &str {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
