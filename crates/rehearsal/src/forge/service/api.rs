//! What the endpoints of the API share: the backend, requests and responses.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::forge::access::Caller;
use crate::forge::backend::ForgeBackend;
use crate::forge::error::ApiError;
use crate::forge::paging::{PageRequest, QueryParameters};
use crate::forge::render::Renderer;
use crate::server::{Body, Response, reply};

/// Larger than any release notes.
const MAX_DOCUMENT_SIZE: usize = 1024 * 1024;

/// The response of an endpoint, or the error to send instead.
pub(super) type ApiResult = Result<Response, ApiError>;

/// The content of the forge, and its representation.
#[derive(Debug)]
pub(in crate::forge) struct Api {
    pub(in crate::forge) backend: Arc<ForgeBackend>,
    pub(in crate::forge) renderer: Renderer,
}

/// An authorized request.
pub(super) struct ApiRequest {
    pub(super) caller: Caller,
    pub(super) query: QueryParameters,
    pub(super) accept: String,
    pub(super) content_type: String,
    pub(super) length: Option<u64>,
    pub(super) body: Body,
}

impl ApiRequest {
    pub(super) fn new(caller: Caller, head: &Parts, body: Body) -> Self {
        Self {
            caller,
            query: QueryParameters::from_uri(&head.uri),
            accept: header_text(head, header::ACCEPT).to_owned(),
            content_type: header_text(head, header::CONTENT_TYPE).to_owned(),
            length: header_text(head, header::CONTENT_LENGTH).parse().ok(),
            body,
        }
    }

    /// Reads a JSON body.
    pub(super) async fn into_document<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        let bytes = self.body.bytes(MAX_DOCUMENT_SIZE).await;
        let bytes = bytes.map_err(|_| ApiError::MalformedJson)?;
        serde_json::from_slice(&bytes).map_err(|_| ApiError::MalformedJson)
    }
}

/// The text of a header; empty if it is missing.
fn header_text(head: &Parts, name: HeaderName) -> &str {
    let value = head.headers.get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl Api {
    /// The requested page of a list, with links to the other pages.
    pub(super) fn page_response(
        &self,
        request: &ApiRequest,
        path: &str,
        entries: &[Value],
    ) -> Response {
        let page = PageRequest::from_query(&request.query);
        let mut response = reply::json(StatusCode::OK, &page.slice(entries));
        let address = format!("{}{path}", self.renderer.repository_url());
        page.add_links(&mut response, &address, &request.query, entries.len());
        response
    }
}

/// A temporary redirect.
pub(super) fn redirect_to(location: &str) -> Response {
    let mut response = reply::empty(StatusCode::FOUND);
    if let Ok(value) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}
