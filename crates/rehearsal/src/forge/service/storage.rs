//! The storage that downloads are redirected to: another server, as with GitHub.

use std::sync::Arc;

use http::{StatusCode, header};
use tokio::fs::File;

use super::Shared;
use crate::server::{Body, Request, Response, Service, reply};

/// Serves the bytes of assets to anybody who knows the signed address.
#[derive(Debug)]
pub(crate) struct StorageService {
    pub(crate) shared: Arc<Shared>,
}

#[async_trait::async_trait]
impl Service for StorageService {
    async fn respond(&self, request: Request) -> Response {
        // The real storage refuses a second way to authenticate: a client that passes its token on
        // to the target of a redirect has leaked it.
        if request.headers().contains_key(header::AUTHORIZATION) {
            let text = "Only one auth mechanism allowed";
            return reply::text(StatusCode::BAD_REQUEST, text);
        }
        let id = request.uri().path().strip_prefix("/assets/").and_then(|id| id.parse().ok());
        let signed = request.uri().query().is_some_and(|query| query.starts_with("signature="));
        match id.filter(|_| signed) {
            Some(id) => self.bytes_of(id).await,
            None => reply::empty(StatusCode::FORBIDDEN),
        }
    }
}

impl StorageService {
    async fn bytes_of(&self, id: u64) -> Response {
        let missing = || reply::empty(StatusCode::NOT_FOUND);
        let Ok(file) = File::open(self.shared.place(id)).await else { return missing() };
        let Ok(properties) = file.metadata().await else { return missing() };
        let content_type = "application/octet-stream";
        reply::typed(StatusCode::OK, content_type, Body::from_reader(file, properties.len()))
    }
}
