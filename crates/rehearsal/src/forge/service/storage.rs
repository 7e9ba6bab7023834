//! The storage to which downloads are redirected: a separate server, as with GitHub.

use std::io;
use std::sync::Arc;

use http::{StatusCode, header};
use tokio::fs::File;

use crate::forge::backend::ForgeBackend;
use crate::server::{Body, Request, Response, Service, reply};

/// Serves the bytes of assets, artifacts and logs to any client with a signed URL.
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
        let signed = request.uri().query().is_some_and(|query| query.starts_with("signature="));
        let path = request.uri().path().trim_start_matches('/').split_once('/');
        let Some((kind, Ok(id))) =
            path.filter(|_| signed).map(|(kind, id)| (kind, id.parse::<u64>()))
        else {
            return reply::empty(StatusCode::FORBIDDEN);
        };
        match kind {
            "assets" => self
                .asset_response(id)
                .await
                .unwrap_or_else(|_| reply::empty(StatusCode::NOT_FOUND)),
            "artifacts" => self.artifact_response(id),
            "logs" => self.log_response(id),
            _ => reply::empty(StatusCode::FORBIDDEN),
        }
    }
}

impl StorageService {
    fn artifact_response(&self, id: u64) -> Response {
        match self.backend.content().runs.artifact(id) {
            Some(artifact) => {
                reply::typed(StatusCode::OK, "application/zip", artifact.archive.clone())
            }
            None => reply::empty(StatusCode::NOT_FOUND),
        }
    }

    fn log_response(&self, job: u64) -> Response {
        let content = self.backend.content();
        match content.runs.job(job).and_then(|job| job.log.clone()) {
            Some(log) => reply::text(StatusCode::OK, log),
            None => reply::empty(StatusCode::NOT_FOUND),
        }
    }

    async fn asset_response(&self, id: u64) -> io::Result<Response> {
        let file = File::open(self.backend.asset_path(id)).await?;
        let length = file.metadata().await?.len();
        let body = Body::from_reader(file, length);
        Ok(reply::typed(StatusCode::OK, "application/octet-stream", body))
    }
}
