//! `/v2/<name>/blobs/uploads/` and its upload sessions.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::oci::backend::Backend;
use crate::oci::blob_content::BlobDraft;
use crate::oci::blobs::UploadSession;
use crate::oci::digest::Digest;
use crate::oci::error::{ErrorCode, ErrorResponse};
use crate::oci::request::{
    CONTENT_DIGEST, EndpointResult, RegistryRequest, UPLOAD_UUID, empty_with_headers,
};
use crate::server::{Body, Response};

/// Mounts a blob, takes a whole blob, or opens an upload session.
pub(in crate::oci) async fn start_upload(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    body: &mut Body,
) -> EndpointResult {
    match request.method {
        Method::POST => {}
        Method::GET => return Err(ErrorResponse::new(ErrorCode::BlobUploadUnknown)),
        _ => return Err(ErrorResponse::method_not_allowed("GET, POST")),
    }
    if let Some(digest) = mount_blob(backend, request, name) {
        return Ok(blob_created(request, name, &digest));
    }
    let mut draft = backend.store().blobs.create_draft().map_err(storage_error)?;
    if backend.profile().accepts_single_post() && request.query_value("digest").is_some() {
        let digest = digest_parameter(request)?;
        receive_body(&mut draft, body).await?;
        let mut slot = Some(draft);
        let stored = store_blob(backend, name, &mut slot, &digest);
        slot.into_iter().for_each(BlobDraft::discard);
        return stored.map(|()| blob_created(request, name, &digest));
    }
    let session = backend.uploads.open(name, draft);
    Ok(upload_progress(request, &session, 0, StatusCode::ACCEPTED))
}

/// Takes a blob over from another repository, if possible.
fn mount_blob(backend: &Backend, request: &RegistryRequest, name: &str) -> Option<Digest> {
    let digest: Digest = request.query_value("mount")?.parse().ok()?;
    let source = request.query_value("from")?;
    if !backend.options.allow_mounting {
        return None;
    }
    backend.blob_content(source, &digest)?;
    backend.store().repository_mut(name).blobs.insert(digest.clone());
    Some(digest)
}

/// Continues, completes, cancels or shows an upload session.
pub(in crate::oci) async fn serve_upload(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    id: &str,
    body: &mut Body,
) -> EndpointResult {
    let session = find_session(backend, request, name, id)?;
    let mut slot = session.draft.lock().await;
    let draft = slot.as_mut().ok_or_else(|| ErrorResponse::new(ErrorCode::BlobUploadUnknown))?;
    let length = draft.length();
    if backend.profile().is_distribution() && state_offset(request) != Some(length) {
        return Err(ErrorResponse::new(ErrorCode::BlobUploadInvalid));
    }
    match request.method {
        Method::GET => Ok(upload_progress(request, &session, length, StatusCode::NO_CONTENT)),
        Method::PATCH => {
            check_chunk(backend, request, &session, length)?;
            receive_body(draft, body).await?;
            Ok(upload_progress(request, &session, draft.length(), StatusCode::ACCEPTED))
        }
        Method::PUT => {
            let digest = digest_parameter(request)?;
            check_chunk(backend, request, &session, length)?;
            receive_body(draft, body).await?;
            store_blob(backend, name, &mut slot, &digest)?;
            backend.uploads.close(id);
            Ok(blob_created(request, name, &digest))
        }
        Method::DELETE => {
            backend.uploads.close(id);
            slot.take().into_iter().for_each(BlobDraft::discard);
            Ok(empty_with_headers(StatusCode::NO_CONTENT, [(UPLOAD_UUID, id.to_owned())]))
        }
        _ => Err(ErrorResponse::method_not_allowed("DELETE, GET, PATCH, PUT")),
    }
}

fn find_session(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    id: &str,
) -> Result<Arc<UploadSession>, ErrorResponse> {
    let session = backend.uploads.find(id);
    let other_repository = session.as_ref().is_some_and(|session| session.repository != name);
    if backend.profile().is_distribution() && (other_repository || state_offset(request).is_none())
    {
        return Err(ErrorResponse::new(ErrorCode::BlobUploadInvalid));
    }
    session
        .filter(|_| !other_repository)
        .ok_or_else(|| ErrorResponse::new(ErrorCode::BlobUploadUnknown))
}

/// A chunk must start where the last one ended, if the client declares its start.
fn check_chunk(
    backend: &Backend,
    request: &RegistryRequest,
    session: &UploadSession,
    length: u64,
) -> Result<(), ErrorResponse> {
    if backend.profile().is_distribution() {
        let content_type = request.header(header::CONTENT_TYPE).unwrap_or_default();
        let accepted = request.method != Method::PATCH
            || matches!(content_type, "" | "application/octet-stream");
        return accepted.then_some(()).ok_or(ErrorResponse::new(ErrorCode::Unknown));
    }
    let Some(range) = request.header(header::CONTENT_RANGE) else {
        return Ok(());
    };
    let start = range.split_once('-').and_then(|(start, _)| start.parse().ok());
    if start == Some(length) || !backend.profile().checks_chunk_ranges() {
        return Ok(());
    }
    Err(chunk_out_of_order(request, session, length))
}

/// Bytes that arrived before a client hung up are kept, so that it can resume.
async fn receive_body(draft: &mut BlobDraft, body: &mut Body) -> Result<(), ErrorResponse> {
    while let Some(piece) = body.chunk().await {
        let piece = piece.map_err(|_| ErrorResponse::new(ErrorCode::BlobUploadInvalid))?;
        draft.append(piece).map_err(storage_error)?;
    }
    Ok(())
}

/// Turns the draft into a blob; a draft with another digest stays, as in Docker's registry.
fn store_blob(
    backend: &Backend,
    name: &str,
    slot: &mut Option<BlobDraft>,
    digest: &Digest,
) -> Result<(), ErrorResponse> {
    let matches = match slot {
        Some(draft) => draft.matches(digest).map_err(storage_error)?,
        None => return Err(ErrorResponse::new(ErrorCode::BlobUploadUnknown)),
    };
    let Some(draft) = slot.take_if(|_| matches) else {
        return Err(ErrorResponse::new(ErrorCode::DigestInvalid));
    };
    let mut store = backend.store();
    let target = store.blobs.file_path(digest);
    let content = draft.finish(target).map_err(storage_error)?;
    store.blobs.insert(digest.clone(), content);
    store.repository_mut(name).blobs.insert(digest.clone());
    Ok(())
}

fn storage_error(error: io::Error) -> ErrorResponse {
    ErrorResponse::with_detail(ErrorCode::Unknown, error.to_string())
}

fn digest_parameter(request: &RegistryRequest) -> Result<Digest, ErrorResponse> {
    let Some(text) = request.query_value("digest") else {
        return Err(ErrorResponse::with_detail(ErrorCode::DigestInvalid, "digest missing"));
    };
    text.parse()
        .map_err(|_| ErrorResponse::with_detail(ErrorCode::DigestInvalid, "digest parsing failed"))
}

fn blob_created(request: &RegistryRequest, name: &str, digest: &Digest) -> Response {
    let location = request.absolute_url(&format!("/v2/{name}/blobs/{digest}"));
    let headers = [(header::LOCATION, location), (CONTENT_DIGEST, digest.to_string())];
    empty_with_headers(StatusCode::CREATED, headers)
}

fn upload_progress(
    request: &RegistryRequest,
    session: &UploadSession,
    length: u64,
    status: StatusCode,
) -> Response {
    empty_with_headers(status, progress_headers(request, session, length))
}

fn chunk_out_of_order(
    request: &RegistryRequest,
    session: &UploadSession,
    length: u64,
) -> ErrorResponse {
    let error = ErrorResponse::with_message(ErrorCode::BlobUploadInvalid, "chunk out of order")
        .with_status(StatusCode::RANGE_NOT_SATISFIABLE);
    progress_headers(request, session, length)
        .into_iter()
        .fold(error, |error, (name, value)| error.with_header(name, &value))
}

fn progress_headers(
    request: &RegistryRequest,
    session: &UploadSession,
    length: u64,
) -> [(HeaderName, String); 3] {
    let UploadSession { id, repository, .. } = session;
    let state = encode_state(id, length);
    let path = format!("/v2/{repository}/blobs/uploads/{id}?_state={state}");
    let range = format!("0-{}", length.saturating_sub(1));
    [
        (header::LOCATION, request.absolute_url(&path)),
        (header::RANGE, range),
        (UPLOAD_UUID, id.clone()),
    ]
}

/// An opaque query that clients must return unchanged, including its padding.
fn encode_state(id: &str, length: u64) -> String {
    let content = json!({"UUID": id, "Offset": length}).to_string();
    url::form_urlencoded::byte_serialize(STANDARD.encode(content).as_bytes()).collect()
}

fn state_offset(request: &RegistryRequest) -> Option<u64> {
    let content = STANDARD.decode(request.query_value("_state")?).ok()?;
    let state: Value = serde_json::from_slice(&content).ok()?;
    state.get("Offset")?.as_u64()
}
