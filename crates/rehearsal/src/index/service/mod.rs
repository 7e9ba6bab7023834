//! Requests and their answers.

mod answer;
mod documents;
mod files;
mod publishing;
mod route;
mod upload;

pub(crate) use publishing::JOB_SECRET;

use std::sync::Arc;

use http::{Method, StatusCode, header};

use super::store::Store;
use crate::server::{Request, Response, Service, reply};
use route::Route;

/// The HTTP side of the index.
#[derive(Debug)]
pub(crate) struct IndexService {
    store: Arc<Store>,
    /// For requests without a `Host` header.
    own_url: String,
}

impl IndexService {
    pub(crate) fn new(store: Arc<Store>, own_url: String) -> Self {
        Self { store, own_url }
    }

    /// The index as this client reaches it, which may be through a forwarded port.
    fn base_url(&self, request: &Request) -> String {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        host.map_or_else(|| self.own_url.clone(), |host| format!("http://{host}"))
    }
}

#[async_trait::async_trait]
impl Service for IndexService {
    async fn respond(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let route = Route::parse(&path);
        let wants_post = matches!(route, Some(Route::Upload { .. } | Route::MintToken));
        let method_fits = match *request.method() {
            Method::GET | Method::HEAD => !wants_post,
            Method::POST => wants_post,
            _ => false,
        };
        match route {
            None => not_found(request).await,
            Some(_) if !method_fits => reply::empty(StatusCode::METHOD_NOT_ALLOWED),
            Some(Route::Upload { slash: true }) => self.upload(request).await,
            Some(Route::Upload { slash: false }) => self.missing_slash(request).await,
            Some(Route::MintToken) => self.mint_token(request).await,
            Some(Route::Audience) => self.audience(),
            Some(Route::IdentityToken) => self.identity_token(&request),
            Some(Route::SimpleIndex { slash }) => self.simple_index(&request, slash),
            Some(Route::SimpleProject { name, slash }) => {
                self.simple_project(&request, &name, slash)
            }
            Some(Route::ProjectJson { name }) => self.project_json(&request, &name),
            Some(Route::ReleaseJson { name, version }) => {
                self.release_json(&request, &name, &version)
            }
            Some(Route::Provenance { name, filename }) => self.provenance(&name, &filename),
            Some(Route::File { path }) => self.file(&path).await,
        }
    }
}

/// The body is read first, so that a client that sends one gets to see the answer.
async fn not_found(request: Request) -> Response {
    let _ = request.into_body().discard().await;
    reply::text(StatusCode::NOT_FOUND, "404 Not Found")
}
