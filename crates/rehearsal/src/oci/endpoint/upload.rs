//! `/v2/<name>/blobs/uploads/` and the sessions below it.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, Method, StatusCode, header};
use serde_json::json;

use super::super::call::{Answer, CONTENT_DIGEST, Call, UPLOAD_UUID, bare};
use super::super::content::Draft;
use super::super::digest::Digest;
use super::super::refusal::{Code, Refusal};
use super::super::service::RegistryService;
use super::super::uploads::Session;
use crate::server::Body;

impl RegistryService {
    pub(in super::super) async fn start_upload(
        &self,
        call: &Call,
        name: &str,
        body: &mut Body,
    ) -> Answer {
        match call.method {
            Method::POST => {}
            Method::GET => return Err(Refusal::new(Code::BlobUploadUnknown)),
            _ => return Err(call.wrong_method("GET, POST")),
        }
        if let Some(digest) = self.mount(call, name) {
            return Ok(created(call, name, &digest));
        }
        let mut draft = self.state().blobs.draft().map_err(storage)?;
        if self.profile().takes_single_post() && call.query("digest").is_some() {
            let digest = digest_parameter(call)?;
            receive(&mut draft, body).await?;
            let mut slot = Some(draft);
            let kept = self.keep(name, &mut slot, &digest);
            slot.into_iter().for_each(Draft::discard);
            return kept.map(|()| created(call, name, &digest));
        }
        let session = self.uploads.open(name, draft);
        Ok(progress(call, &session, 0, StatusCode::ACCEPTED))
    }

    /// Takes a blob over from another repository, if that is possible.
    fn mount(&self, call: &Call, name: &str) -> Option<Digest> {
        let digest: Digest = call.query("mount")?.parse().ok()?;
        let source = call.query("from")?;
        if !self.options.mounting {
            return None;
        }
        self.blob_content(source, &digest)?;
        let mut state = self.state();
        state.repository(name).blobs.insert(digest.clone());
        Some(digest)
    }

    pub(in super::super) async fn upload(
        &self,
        call: &Call,
        name: &str,
        id: &str,
        body: &mut Body,
    ) -> Answer {
        let session = self.session(call, name, id)?;
        let mut slot = session.draft.lock().await;
        let draft = slot.as_mut().ok_or_else(|| Refusal::new(Code::BlobUploadUnknown))?;
        let length = draft.length();
        if self.profile().is_distribution() && state_offset(call) != Some(length) {
            return Err(Refusal::new(Code::BlobUploadInvalid));
        }
        match call.method {
            Method::GET => Ok(progress(call, &session, length, StatusCode::NO_CONTENT)),
            Method::PATCH => {
                self.check_chunk(call, &session, length)?;
                receive(draft, body).await?;
                let length = draft.length();
                Ok(progress(call, &session, length, StatusCode::ACCEPTED))
            }
            Method::PUT => {
                let digest = digest_parameter(call)?;
                self.check_chunk(call, &session, length)?;
                receive(draft, body).await?;
                self.keep(name, &mut slot, &digest)?;
                self.uploads.close(id);
                Ok(created(call, name, &digest))
            }
            Method::DELETE => {
                self.uploads.close(id);
                slot.take().into_iter().for_each(Draft::discard);
                let id = (UPLOAD_UUID, id.to_owned());
                Ok(bare(StatusCode::NO_CONTENT, [id]))
            }
            _ => Err(call.wrong_method("DELETE, GET, PATCH, PUT")),
        }
    }

    fn session(&self, call: &Call, name: &str, id: &str) -> Result<Arc<Session>, Refusal> {
        let distribution = self.profile().is_distribution();
        let session = self.uploads.find(id);
        let elsewhere = session.as_ref().is_some_and(|it| it.repository != name);
        if distribution && (elsewhere || state_offset(call).is_none()) {
            return Err(Refusal::new(Code::BlobUploadInvalid));
        }
        session
            .filter(|session| session.repository == name)
            .ok_or_else(|| Refusal::new(Code::BlobUploadUnknown))
    }

    /// A chunk must begin where the last one ended, if the client says where it begins.
    fn check_chunk(&self, call: &Call, session: &Session, length: u64) -> Result<(), Refusal> {
        let patch = call.method == Method::PATCH;
        if self.profile().is_distribution() {
            let kind = call.header(header::CONTENT_TYPE).unwrap_or_default();
            let accepted = !patch || matches!(kind, "" | "application/octet-stream");
            return accepted.then_some(()).ok_or(Refusal::new(Code::Unknown));
        }
        let Some(range) = call.header(header::CONTENT_RANGE) else {
            return Ok(());
        };
        let start = range.split_once('-').and_then(|(start, _)| start.parse().ok());
        if start == Some(length) || !self.profile().checks_chunk_ranges() {
            return Ok(());
        }
        Err(out_of_order(call, session, length))
    }

    /// Makes a blob of the draft; one with another digest stays where it is, as at Docker's
    /// registry.
    fn keep(&self, name: &str, slot: &mut Option<Draft>, digest: &Digest) -> Result<(), Refusal> {
        let has_digest = match slot {
            Some(draft) => draft.has(digest).map_err(storage)?,
            None => return Err(Refusal::new(Code::BlobUploadUnknown)),
        };
        let Some(draft) = slot.take_if(|_| has_digest) else {
            return Err(Refusal::new(Code::DigestInvalid));
        };
        let mut state = self.state();
        let target = state.blobs.target(digest);
        let content = draft.finish(target).map_err(storage)?;
        state.blobs.insert(digest.clone(), content);
        state.repository(name).blobs.insert(digest.clone());
        Ok(())
    }
}

/// What has arrived before a client hangs up stays, so that it can go on from there.
async fn receive(draft: &mut Draft, body: &mut Body) -> Result<(), Refusal> {
    while let Some(piece) = body.chunk().await {
        let piece = piece.map_err(|_| Refusal::new(Code::BlobUploadInvalid))?;
        draft.append(piece).map_err(storage)?;
    }
    Ok(())
}

fn storage(error: io::Error) -> Refusal {
    Refusal::detailed(Code::Unknown, error.to_string())
}

fn digest_parameter(call: &Call) -> Result<Digest, Refusal> {
    let missing = || Refusal::detailed(Code::DigestInvalid, "digest missing");
    let text = call.query("digest").ok_or_else(missing)?;
    text.parse().map_err(|_| Refusal::detailed(Code::DigestInvalid, "digest parsing failed"))
}

fn created(call: &Call, name: &str, digest: &Digest) -> crate::Response {
    let location = call.url(&format!("/v2/{name}/blobs/{digest}"));
    let headers = [(header::LOCATION, location), (CONTENT_DIGEST, digest.to_string())];
    bare(StatusCode::CREATED, headers)
}

fn progress(call: &Call, session: &Session, length: u64, status: StatusCode) -> crate::Response {
    bare(status, whereabouts(call, session, length))
}

fn out_of_order(call: &Call, session: &Session, length: u64) -> Refusal {
    let refusal = Refusal::message(Code::BlobUploadInvalid, "chunk out of order")
        .with_status(StatusCode::RANGE_NOT_SATISFIABLE);
    whereabouts(call, session, length)
        .into_iter()
        .fold(refusal, |refusal, (name, value)| refusal.with_header(name, &value))
}

fn whereabouts(call: &Call, session: &Session, length: u64) -> [(HeaderName, String); 3] {
    let Session { id, repository, .. } = session;
    let path = format!("/v2/{repository}/blobs/uploads/{id}?_state={}", state(id, length));
    let range = format!("0-{}", length.saturating_sub(1));
    [(header::LOCATION, call.url(&path)), (header::RANGE, range), (UPLOAD_UUID, id.clone())]
}

/// An opaque query that clients must carry along unchanged, padding signs included.
fn state(id: &str, length: u64) -> String {
    let content = json!({"UUID": id, "Offset": length}).to_string();
    url::form_urlencoded::byte_serialize(STANDARD.encode(content).as_bytes()).collect()
}

fn state_offset(call: &Call) -> Option<u64> {
    let content = STANDARD.decode(call.query("_state")?).ok()?;
    let state: serde_json::Value = serde_json::from_slice(&content).ok()?;
    state.get("Offset")?.as_u64()
}
