//! Passes each request to the endpoint that serves its path.

mod documents;
mod response;
mod route;
mod trusted_publishing;
mod upload;

use std::sync::Arc;

use http::{Method, StatusCode, header};

use super::store::IndexStore;
use crate::server::{Request, Response, Service, reply};
use documents::{
    serve_file, serve_project_json, serve_project_list, serve_project_page, serve_provenance,
    serve_release_json,
};
use response::not_found_response;
use route::IndexRoute;
pub(super) use trusted_publishing::JOB_SECRET;
use trusted_publishing::{mint_upload_token, serve_audience, serve_identity_token};
use upload::{handle_upload, redirect_upload};

/// The HTTP side of an index.
#[derive(Debug)]
pub(super) struct IndexService {
    pub(super) store: Arc<IndexStore>,
    /// The URL for requests without a `Host` header.
    pub(super) fallback_url: String,
}

#[async_trait::async_trait]
impl Service for IndexService {
    async fn respond(&self, request: Request) -> Response {
        let route = IndexRoute::from_path(request.uri().path());
        let Some(route) = route.filter(|route| self.serves(route)) else {
            // A client that sends a body reads the response only afterwards.
            let _ = request.into_body().discard().await;
            return not_found_response();
        };
        let allowed = match *request.method() {
            Method::GET | Method::HEAD => !route.requires_post(),
            Method::POST => route.requires_post(),
            _ => false,
        };
        if !allowed {
            return reply::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let base_url = self.base_url(&request);
        serve_route(&self.store, &base_url, route, request).await
    }
}

impl IndexService {
    /// A private index has no JSON API and no trusted publishing.
    fn serves(&self, route: &IndexRoute) -> bool {
        !self.store.limits.private || route.is_of_every_index()
    }

    /// The URL of the index as the client reaches it, possibly through a forwarded port.
    fn base_url(&self, request: &Request) -> String {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        host.map_or_else(|| self.fallback_url.clone(), |host| format!("http://{host}"))
    }
}

async fn serve_route(
    store: &IndexStore,
    base_url: &str,
    route: IndexRoute,
    request: Request,
) -> Response {
    match route {
        IndexRoute::Upload { slash: true } => handle_upload(store, base_url, request).await,
        IndexRoute::Upload { slash: false } => redirect_upload(request).await,
        IndexRoute::MintToken => mint_upload_token(store, request).await,
        IndexRoute::Audience => serve_audience(store),
        IndexRoute::IdentityToken => serve_identity_token(store, &request),
        IndexRoute::SimpleIndex { slash } => serve_project_list(store, &request, slash),
        IndexRoute::SimpleProject { name, slash } => {
            serve_project_page(store, &request, base_url, &name, slash)
        }
        IndexRoute::ProjectJson { name } => serve_project_json(store, &request, base_url, &name),
        IndexRoute::ReleaseJson { name, version } => {
            serve_release_json(store, &request, base_url, &name, &version)
        }
        IndexRoute::Provenance { name, filename } => serve_provenance(store, &name, &filename),
        IndexRoute::File { path } => serve_file(store, &path).await,
    }
}
