//! Repositories in Docker Hub's API, and their immutable tags.

use http::{Method, StatusCode};
use regex::Regex;
use serde_json::{Value, json};

use super::protocol::{authorize_hub, bad_request, not_found, page_response, read_document};
use super::tags::format_time;
use crate::oci::access::Action;
use crate::oci::backend::Backend;
use crate::oci::error::ErrorResponse;
use crate::oci::reference::is_repository_name;
use crate::oci::request::{EndpointResult, RegistryRequest, empty_with_headers};
use crate::oci::store::Repository;
use crate::server::{Body, reply};

/// Lists the repositories of a namespace, or creates one.
pub(super) async fn serve_repositories(
    backend: &Backend,
    request: &RegistryRequest,
    namespace: &str,
    body: &mut Body,
) -> EndpointResult {
    match request.method {
        Method::GET => list_repositories(backend, request, namespace),
        Method::POST => create_repository(backend, request, namespace, body).await,
        _ => Err(ErrorResponse::method_not_allowed("GET, POST")),
    }
}

fn list_repositories(
    backend: &Backend,
    request: &RegistryRequest,
    namespace: &str,
) -> EndpointResult {
    let prefix = format!("{namespace}/");
    let part = request.query_value("name").unwrap_or_default();
    let names: Vec<String> = backend.store().repositories.keys().cloned().collect();
    let entries = names
        .iter()
        .filter(|name| name.strip_prefix(&prefix).is_some_and(|short| short.contains(part)))
        .filter(|name| authorize_hub(backend, request, name, Action::Pull).is_ok())
        .filter_map(|name| repository_document(backend, name));
    page_response(request, entries.collect())
}

async fn create_repository(
    backend: &Backend,
    request: &RegistryRequest,
    namespace: &str,
    body: &mut Body,
) -> EndpointResult {
    let document = read_document(body).await?;
    let name = format!("{namespace}/{}", document["name"].as_str().unwrap_or_default());
    if !is_repository_name(&name) {
        return Err(bad_request("invalid name", &json!({"name": ["Invalid value."]})));
    }
    authorize_hub(backend, request, &name, Action::Push)?;
    backend.store().repository_mut(&name);
    backend.hub_settings().entry(name.clone()).or_default().update(&document);
    Ok(reply::json(StatusCode::CREATED, &repository_document(backend, &name)))
}

/// Shows, changes or deletes a repository.
pub(super) async fn serve_repository(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    body: &mut Body,
) -> EndpointResult {
    let action = match request.method {
        Method::GET | Method::HEAD => Action::Pull,
        _ => Action::Delete,
    };
    authorize_hub(backend, request, name, action)?;
    let current = repository_document(backend, name).ok_or_else(|| not_found(name))?;
    match request.method {
        Method::GET | Method::HEAD => Ok(reply::json(StatusCode::OK, &current)),
        Method::PATCH => {
            let document = read_document(body).await?;
            backend.hub_settings().entry(name.to_owned()).or_default().update(&document);
            Ok(reply::json(StatusCode::OK, &repository_document(backend, name)))
        }
        Method::DELETE => {
            backend.store().repositories.remove(name);
            backend.hub_settings().remove(name);
            Ok(empty_with_headers(StatusCode::ACCEPTED, []))
        }
        _ => Err(ErrorResponse::method_not_allowed("DELETE, GET, HEAD, PATCH")),
    }
}

/// Sets which tags of a repository are immutable.
pub(super) async fn set_immutable_tags(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    body: &mut Body,
) -> EndpointResult {
    if request.method != Method::PATCH {
        return Err(ErrorResponse::method_not_allowed("PATCH"));
    }
    authorize_hub(backend, request, name, Action::Delete)?;
    let document = read_document(body).await?;
    let rules = document["immutable_tags_rules"].as_array().into_iter().flatten();
    let rules = rules.map(compile_rule).collect::<Result<_, _>>()?;
    let immutable = document["immutable_tags"].as_bool().unwrap_or(false);
    backend.hub_settings().entry(name.to_owned()).or_default().set_immutability(immutable, rules);
    let document = repository_document(backend, name).ok_or_else(|| not_found(name))?;
    Ok(reply::json(StatusCode::OK, &document))
}

/// Lists the tags that a rule would make immutable.
pub(super) async fn verify_immutable_tags(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    body: &mut Body,
) -> EndpointResult {
    if request.method != Method::POST {
        return Err(ErrorResponse::method_not_allowed("POST"));
    }
    authorize_hub(backend, request, name, Action::Delete)?;
    let document = read_document(body).await?;
    let rule = compile_rule(&document["regex"])?;
    let store = backend.store();
    let repository = store.repositories.get(name).ok_or_else(|| not_found(name))?;
    let matching: Vec<_> = repository.tags().keys().filter(|tag| rule.is_match(tag)).collect();
    Ok(reply::json(StatusCode::OK, &json!({"tags": matching})))
}

fn compile_rule(value: &Value) -> Result<Regex, ErrorResponse> {
    let rule = value.as_str().and_then(|text| Regex::new(text).ok());
    rule.ok_or_else(|| bad_request("invalid rule", &json!({"regex": ["Invalid value."]})))
}

fn repository_document(backend: &Backend, name: &str) -> Option<Value> {
    let store = backend.store();
    let repository = store.repositories.get(name)?;
    let (namespace, short_name) = name.split_once('/')?;
    let settings = backend.hub_settings().get(name).cloned().unwrap_or_default();
    let mut document = settings.to_json();
    document["namespace"] = namespace.into();
    document["user"] = namespace.into();
    document["name"] = short_name.into();
    document["pull_count"] = repository.pulls.into();
    document["last_updated"] = last_updated(repository);
    Some(document)
}

fn last_updated(repository: &Repository) -> Value {
    let times = repository.tags().values().map(|record| record.pushed);
    times.max().map_or(Value::Null, |last| format_time(last).into())
}
