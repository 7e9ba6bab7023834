//! The upload endpoint.

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use tempfile::TempPath;

use super::response::{error_response, redirect, set_reason};
use crate::index::admission::CheckedUpload;
use crate::index::archive::{Inspection, inspect_archive};
use crate::index::error::UploadError;
use crate::index::form::{DistributionKind, UploadForm};
use crate::index::metadata::{check_metadata, read_version};
use crate::index::receive::{ReceivedFile, ReceivedUpload, receive_upload};
use crate::index::store::IndexStore;
use crate::index::tokens::Uploader;
use crate::server::{Request, Response, reply};

/// PyPI accepts one attestation of each of its two kinds.
const MAX_ATTESTATIONS: usize = 2;

/// `POST /legacy/`
pub(super) async fn handle_upload(
    store: &IndexStore,
    base_url: &str,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    // The whole body is read before any response: clients do not read one earlier.
    let limit = store.limits.file_bytes;
    let received = receive_upload(&head.headers, body, store.folder(), limit).await;
    let result = match identify_uploader(store, &head.headers) {
        Ok(uploader) => process_upload(store, received, &uploader).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => reply::empty(StatusCode::OK),
        Err(error) => error_response(&error, accept_header(&head.headers), base_url),
    }
}

/// `POST /legacy`: redirects to the URL with the slash; most clients do not follow.
pub(super) async fn redirect_upload(request: Request) -> Response {
    let _ = request.into_body().discard().await;
    let mut response = redirect(StatusCode::PERMANENT_REDIRECT, "/legacy/");
    set_reason(
        &mut response,
        "An upload was attempted to /legacy but the expected upload URL is /legacy/ \
         (with a trailing slash)",
    );
    response
}

fn identify_uploader(store: &IndexStore, headers: &HeaderMap) -> Result<Uploader, UploadError> {
    let content = store.content();
    match content.read_only {
        true => Err(UploadError::ReadOnly),
        false => content.tokens.identify(headers, store.clock.now()),
    }
}

async fn process_upload(
    store: &IndexStore,
    received: Result<ReceivedUpload, UploadError>,
    uploader: &Uploader,
) -> Result<(), UploadError> {
    let ReceivedUpload { form, file } = received?;
    let filename = file.as_ref().map(|file| file.filename.clone()).unwrap_or_default();
    match check_upload(store, form, file, uploader).await {
        Ok((upload, file)) => store.accept_upload(&upload, uploader, file),
        Err(error) => {
            store.content().count_upload(&filename, |count| count.refused += 1);
            Err(error)
        }
    }
}

/// Checks everything that does not depend on the content of the index.
async fn check_upload(
    store: &IndexStore,
    form: UploadForm,
    file: Option<ReceivedFile>,
    uploader: &Uploader,
) -> Result<(CheckedUpload, TempPath), UploadError> {
    let kind = form.check_control_fields()?;
    let version = match store.limits.private {
        true => read_version(&form)?,
        false => check_metadata(&form)?,
    };
    let file = file.ok_or(UploadError::NoFile)?;
    let attestations = check_attestations(&form, uploader)?;
    let license_files = form.owned_values("license_file");
    let (file, inspection) = inspect_file(file, kind, license_files).await?;
    let ReceivedFile { filename, is_image, size, digests, path } = file;
    let upload = CheckedUpload {
        form,
        kind,
        version,
        filename,
        is_image,
        size,
        digests,
        inspection,
        attestations,
    };
    Ok((upload, path))
}

/// Unpacking blocks, so it runs on a separate thread.
async fn inspect_file(
    file: ReceivedFile,
    kind: DistributionKind,
    license_files: Vec<String>,
) -> Result<(ReceivedFile, Inspection), UploadError> {
    tokio::task::spawn_blocking(move || {
        let inspection = inspect_archive(&file.path, &file.filename, kind, &license_files);
        (file, inspection)
    })
    .await
    .map_err(|error| UploadError::Unreadable(error.to_string()))
}

/// PEP 740: only trusted publishers attest; signatures are not verified.
fn check_attestations(
    form: &UploadForm,
    uploader: &Uploader,
) -> Result<Option<Value>, UploadError> {
    let Some(sent) = form.first("attestations") else { return Ok(None) };
    let problem = match serde_json::from_str::<Value>(sent) {
        _ if !uploader.is_publisher() => {
            "Attestations are only supported when using Trusted Publishing"
        }
        Ok(Value::Array(list)) if list.len() <= MAX_ATTESTATIONS => return Ok(Some(list.into())),
        Ok(Value::Array(_)) => "A maximum of 2 attestations per file are supported",
        _ => "Malformed attestations",
    };
    Err(UploadError::Attestations(problem.to_owned()))
}

fn accept_header(headers: &HeaderMap) -> &str {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
