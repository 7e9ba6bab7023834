//! Passes requests to the endpoints of Docker Hub's API, and issues its tokens.

use http::{Method, StatusCode};
use serde_json::json;

use super::protocol::{read_document, unauthorized};
use super::repositories::{
    serve_repositories, serve_repository, set_immutable_tags, verify_immutable_tags,
};
use super::route::{HubResource, HubRoute, LoginForm};
use super::tags::{list_tags, serve_tag};
use crate::oci::backend::Backend;
use crate::oci::error::ErrorResponse;
use crate::oci::request::{EndpointResult, RegistryRequest, with_headers};
use crate::server::{Body, reply};

/// Serves one request to Docker Hub's API.
pub(in crate::oci) async fn serve_hub(
    backend: &Backend,
    request: &RegistryRequest,
    route: HubRoute,
    body: &mut Body,
) -> EndpointResult {
    let limit_headers = backend.limits.count_api_request()?;
    let response = match route {
        HubRoute::Login(form) => log_in(backend, request, form, body).await,
        HubRoute::Repositories(namespace) => {
            serve_repositories(backend, request, &namespace, body).await
        }
        HubRoute::InRepository(name, resource) => {
            serve_hub_resource(backend, request, &name, resource, body).await
        }
    }?;
    Ok(with_headers(response, limit_headers))
}

async fn serve_hub_resource(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    resource: HubResource,
    body: &mut Body,
) -> EndpointResult {
    match resource {
        HubResource::Repository => serve_repository(backend, request, name, body).await,
        HubResource::Tags => list_tags(backend, request, name),
        HubResource::Tag(tag) => serve_tag(backend, request, name, &tag),
        HubResource::ImmutableTags => set_immutable_tags(backend, request, name, body).await,
        HubResource::VerifyImmutableTags => {
            verify_immutable_tags(backend, request, name, body).await
        }
    }
}

async fn log_in(
    backend: &Backend,
    request: &RegistryRequest,
    form: LoginForm,
    body: &mut Body,
) -> EndpointResult {
    if request.method != Method::POST {
        return Err(ErrorResponse::method_not_allowed("POST"));
    }
    let (name_field, secret_field, token_field) = match form {
        LoginForm::Current => ("identifier", "secret", "access_token"),
        LoginForm::Deprecated => ("username", "password", "token"),
    };
    let document = read_document(body).await?;
    let name = document[name_field].as_str().unwrap_or_default();
    let secret = document[secret_field].as_str().unwrap_or_default();
    let token = match &backend.gate {
        Some(gate) => gate.issue_hub_token(name, secret),
        None => Some("everybody-is-welcome".to_owned()),
    };
    let token = token.ok_or_else(|| unauthorized("Incorrect authentication credentials"))?;
    Ok(reply::json(StatusCode::OK, &json!({token_field: token})))
}
