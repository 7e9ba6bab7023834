//! Artifacts of workflow runs.

use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::api::{Api, ApiRequest, ApiResult, redirect_to};
use crate::forge::error::ApiError;
use crate::forge::paging::{PageRequest, QueryParameters};
use crate::forge::workflow::WorkflowArtifact;
use crate::server::reply;

/// `GET /repos/{owner}/{repo}/actions/runs/{id}/artifacts`
pub(super) fn list_artifacts(api: &Api, run: u64, query: &QueryParameters) -> ApiResult {
    let content = api.backend.content();
    let artifacts = content.runs.artifacts(run).ok_or(ApiError::NotFound)?;
    let entries: Vec<Value> =
        artifacts.iter().map(|(id, artifact)| artifact_json(api, *id, artifact)).collect();
    let page = PageRequest::from_query(query);
    let document = json!({ "total_count": entries.len(), "artifacts": page.slice(&entries) });
    Ok(reply::json(StatusCode::OK, &document))
}

/// `GET /repos/{owner}/{repo}/actions/artifacts/{id}/zip`: a redirect to the bytes, for which
/// even a public repository wants a token.
pub(super) fn get_archive(api: &Api, id: u64, request: &ApiRequest) -> ApiResult {
    request.caller.login.as_ref().ok_or(ApiError::RequiresAuthentication)?;
    let content = api.backend.content();
    let artifact = content.runs.artifact(id).ok_or(ApiError::NotFound)?;
    if artifact.expired {
        return Err(ApiError::Gone);
    }
    Ok(redirect_to(&api.renderer.artifact_download_url(id)))
}

fn artifact_json(api: &Api, id: u64, artifact: &WorkflowArtifact) -> Value {
    let url = format!("{}/actions/artifacts/{id}", api.renderer.repository_url());
    json!({
        "id": id,
        "node_id": format!("ARTIFACT_{id}"),
        "name": artifact.name,
        "size_in_bytes": artifact.archive.len(),
        "url": url,
        "archive_download_url": format!("{url}/zip"),
        "expired": artifact.expired,
        "digest": format!("sha256:{:x}", Sha256::digest(&artifact.archive)),
    })
}
