//! What all requests to Docker Hub's API share: authorization, bodies, errors and pages.

use http::StatusCode;
use serde_json::{Value, json};

use crate::oci::access::{Action, Scope};
use crate::oci::backend::Backend;
use crate::oci::error::ErrorResponse;
use crate::oci::request::{EndpointResult, RegistryRequest};
use crate::server::{Body, reply};

const MAX_DOCUMENT_SIZE: usize = 256 * 1024;
const DEFAULT_PAGE_SIZE: usize = 10;
const MAX_PAGE_SIZE: usize = 100;

/// Checks that the client may act on a repository.
///
/// A repository that it may not read appears not to exist; a write is refused with a reason.
pub(super) fn authorize_hub(
    backend: &Backend,
    request: &RegistryRequest,
    repository: &str,
    action: Action,
) -> Result<(), ErrorResponse> {
    let Some(gate) = &backend.gate else {
        return Ok(());
    };
    let requested = Scope::repository(repository, &[action]);
    match gate.allowed_hub_scope(request, &requested) {
        None => Err(unauthorized("authentication required")),
        Some(allowed) if allowed == requested => Ok(()),
        Some(_) if action == Action::Pull => Err(not_found(repository)),
        Some(_) => Err(ErrorResponse::json(
            StatusCode::FORBIDDEN,
            json!({"message": "insufficient scope", "detail": "insufficient scope"}),
        )),
    }
}

/// Reads a JSON body.
pub(super) async fn read_document(body: &mut Body) -> Result<Value, ErrorResponse> {
    let content = body.read(MAX_DOCUMENT_SIZE).await.map_err(|_| malformed_document())?;
    serde_json::from_slice(&content).map_err(|_| malformed_document())
}

fn malformed_document() -> ErrorResponse {
    bad_request("the body is no JSON", &json!({}))
}

pub(super) fn unauthorized(message: &str) -> ErrorResponse {
    let document = json!({"message": message, "detail": message});
    ErrorResponse::json(StatusCode::UNAUTHORIZED, document)
}

pub(super) fn not_found(object: &str) -> ErrorResponse {
    let document = json!({"message": "object not found", "errinfo": {"object": object}});
    ErrorResponse::json(StatusCode::NOT_FOUND, document)
}

pub(super) fn bad_request(text: &str, fields: &Value) -> ErrorResponse {
    let document = json!({"text": text, "fields": fields});
    ErrorResponse::json(StatusCode::BAD_REQUEST, document)
}

/// The requested page of `entries`; 404 for a page past the end.
pub(super) fn page_response(request: &RegistryRequest, entries: Vec<Value>) -> EndpointResult {
    let page = number_parameter(request, "page").unwrap_or(1).max(1);
    let size = number_parameter(request, "page_size").unwrap_or(DEFAULT_PAGE_SIZE);
    let size = size.clamp(1, MAX_PAGE_SIZE);
    let count = entries.len();
    let start = (page - 1).saturating_mul(size);
    if start >= count && page > 1 {
        return Err(not_found("page"));
    }
    let next = (start + size < count).then(|| page_url(request, page + 1, size));
    let previous = (page > 1).then(|| page_url(request, page - 1, size));
    let results: Vec<Value> = entries.into_iter().skip(start).take(size).collect();
    let document = json!({"count": count, "next": next, "previous": previous, "results": results});
    Ok(reply::json(StatusCode::OK, &document))
}

fn number_parameter(request: &RegistryRequest, name: &str) -> Option<usize> {
    request.query_value(name)?.parse().ok()
}

fn page_url(request: &RegistryRequest, page: usize, size: usize) -> String {
    request.absolute_url(&format!("{}?page={page}&page_size={size}", request.path))
}
