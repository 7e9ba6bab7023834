//! The storage to which downloads are redirected: a separate server, as with GitHub.

use std::io;
use std::sync::Arc;

use http::{StatusCode, header};
use tokio::fs::File;

use crate::forge::backend::ForgeBackend;
use crate::server::{Body, Request, Response, Service, reply};

/// Serves the bytes of assets to any client with a signed URL.
#[derive(Debug)]
pub(in crate::forge) struct StorageService {
    pub(in crate::forge) backend: Arc<ForgeBackend>,
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
        let Some(id) = id.filter(|_| signed) else {
            return reply::empty(StatusCode::FORBIDDEN);
        };
        let response = self.asset_response(id).await;
        response.unwrap_or_else(|_| reply::empty(StatusCode::NOT_FOUND))
    }
}

impl StorageService {
    async fn asset_response(&self, id: u64) -> io::Result<Response> {
        let file = File::open(self.backend.asset_path(id)).await?;
        let length = file.metadata().await?.len();
        let body = Body::from_reader(file, length);
        Ok(reply::typed(StatusCode::OK, "application/octet-stream", body))
    }
}
