//! Passes each request to the endpoint that serves its path.

use std::sync::Arc;

use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

use super::access::{Action, Scope, serve_token};
use super::backend::Backend;
use super::endpoint::{
    serve_blob, serve_catalog, serve_manifest, serve_referrers, serve_tags, serve_upload,
    start_upload,
};
use super::error::{ErrorCode, ErrorResponse};
use super::hub::{HubRoute, serve_hub};
use super::profile::Profile;
use super::request::{API_VERSION, EndpointResult, RegistryRequest, empty_with_headers};
use super::route::{RegistryRoute, RepositoryResource};
use crate::server::{Body, Request, Response, Service, reply};

/// The HTTP side of a registry.
#[derive(Debug)]
pub(super) struct RegistryService(pub(super) Arc<Backend>);

#[async_trait::async_trait]
impl Service for RegistryService {
    async fn respond(&self, request: Request) -> Response {
        let head = RegistryRequest::from_head(&request);
        let mut body = request.into_body();
        let result = serve_request(&self.0, &head, &mut body).await;
        // A client that is still sending would miss the response if the connection closed now.
        let _ = body.discard().await;
        let mut response = result.unwrap_or_else(ErrorResponse::into_response);
        let version = HeaderValue::from_static("registry/2.0");
        response.headers_mut().insert(API_VERSION, version);
        response
    }
}

async fn serve_request(
    backend: &Backend,
    request: &RegistryRequest,
    body: &mut Body,
) -> EndpointResult {
    let profile = backend.profile();
    if profile == Profile::DockerHub
        && let Some(route) = HubRoute::from_path(&request.path)
    {
        return serve_hub(backend, request, route, body).await;
    }
    match RegistryRoute::from_path(&request.path) {
        RegistryRoute::Root => Ok(reply::empty(StatusCode::OK)),
        RegistryRoute::Token => match &backend.gate {
            Some(gate) => serve_token(gate, request, body).await,
            None => Err(ErrorResponse::page_not_found()),
        },
        RegistryRoute::Base => {
            check_access(backend, request, &[])?;
            Ok(reply::json(StatusCode::OK, &json!({})))
        }
        RegistryRoute::BaseWithoutSlash => Ok(redirect_to_base()),
        RegistryRoute::Catalog if profile.has_catalog() => {
            check_access(backend, request, &[Scope::catalog()])?;
            serve_catalog(backend, request)
        }
        RegistryRoute::InRepository(name, resource) => {
            check_access(backend, request, &required_scopes(profile, request, &name, &resource))?;
            serve_resource(backend, request, &name, resource, body).await
        }
        RegistryRoute::InvalidName if !profile.sends_text_for_unknown_paths() => {
            Err(ErrorResponse::new(ErrorCode::NameInvalid))
        }
        RegistryRoute::Catalog | RegistryRoute::InvalidName | RegistryRoute::Unknown => {
            Err(ErrorResponse::page_not_found())
        }
    }
}

async fn serve_resource(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    resource: RepositoryResource,
    body: &mut Body,
) -> EndpointResult {
    match resource {
        RepositoryResource::Tags => serve_tags(backend, request, name),
        RepositoryResource::Manifest(reference) => {
            serve_manifest(backend, request, name, &reference, body).await
        }
        RepositoryResource::Blob(Some(digest)) => serve_blob(backend, request, name, &digest).await,
        RepositoryResource::Uploads => start_upload(backend, request, name, body).await,
        RepositoryResource::Upload(id) => serve_upload(backend, request, name, &id, body).await,
        RepositoryResource::Referrers(_) if !backend.options.serve_referrers => {
            Err(ErrorResponse::page_not_found())
        }
        RepositoryResource::Referrers(Some(subject)) => {
            serve_referrers(backend, request, name, &subject)
        }
        RepositoryResource::Blob(None) | RepositoryResource::Referrers(None) => {
            Err(ErrorResponse::new(ErrorCode::DigestInvalid))
        }
    }
}

fn check_access(
    backend: &Backend,
    request: &RegistryRequest,
    scopes: &[Scope],
) -> Result<(), ErrorResponse> {
    backend.gate.as_ref().map_or(Ok(()), |gate| gate.authorize(request, scopes))
}

/// The scopes that a request needs, by its method; a mount also needs to read its source.
fn required_scopes(
    profile: Profile,
    request: &RegistryRequest,
    name: &str,
    resource: &RepositoryResource,
) -> Vec<Scope> {
    let mut scopes = vec![Scope::repository(name, required_actions(profile, request, resource))];
    if let (RepositoryResource::Uploads, Some(source)) = (resource, request.query_value("from")) {
        scopes.push(Scope::repository(source, &[Action::Pull]));
    }
    scopes
}

fn required_actions(
    profile: Profile,
    request: &RegistryRequest,
    resource: &RepositoryResource,
) -> &'static [Action] {
    let is_upload = matches!(resource, RepositoryResource::Upload(_));
    match request.method {
        Method::GET | Method::HEAD => &[Action::Pull],
        Method::DELETE if is_upload && !profile.requires_delete_to_cancel() => {
            &[Action::Pull, Action::Push]
        }
        Method::DELETE if profile == Profile::DockerHub => {
            &[Action::Pull, Action::Push, Action::Delete]
        }
        Method::DELETE => &[Action::Delete],
        _ => &[Action::Pull, Action::Push],
    }
}

fn redirect_to_base() -> Response {
    let location = (header::LOCATION, "/v2/".to_owned());
    empty_with_headers(StatusCode::MOVED_PERMANENTLY, [location])
}
