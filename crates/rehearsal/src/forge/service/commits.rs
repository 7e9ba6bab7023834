//! Refs, tags and commits, and the workflow runs, check runs and statuses of commits.

use http::StatusCode;
use serde_json::{Value, json};

use super::api::{Api, ApiResult};
use crate::forge::error::ApiError;
use crate::forge::paging::{PageRequest, QueryParameters};
use crate::forge::render::combined_state;
use crate::forge::workflow::WorkflowRun;
use crate::server::{Response, reply};

/// `GET /repos/{owner}/{repo}/git/ref/{ref}`
pub(super) async fn get_ref(api: &Api, name: &str) -> ApiResult {
    let name = format!("refs/{name}");
    let refs = api.backend.git.refs_with_prefix(&name).await;
    let git_ref = refs.iter().find(|git_ref| git_ref.name == name).ok_or(ApiError::NotFound)?;
    Ok(reply::json(StatusCode::OK, &api.renderer.ref_json(git_ref)))
}

/// `GET /repos/{owner}/{repo}/git/matching-refs/{ref}`
pub(super) async fn list_refs(api: &Api, prefix: &str) -> Response {
    let refs = api.backend.git.refs_with_prefix(&format!("refs/{prefix}")).await;
    let entries: Vec<_> = refs.iter().map(|git_ref| api.renderer.ref_json(git_ref)).collect();
    reply::json(StatusCode::OK, &entries)
}

/// `GET /repos/{owner}/{repo}/git/tags/{sha}`
pub(super) async fn get_annotated_tag(api: &Api, sha: &str) -> ApiResult {
    let tag = api.backend.git.find_annotated_tag(sha).await.ok_or(ApiError::NotFound)?;
    Ok(reply::json(StatusCode::OK, &api.renderer.annotated_tag_json(sha, &tag)))
}

/// `GET /repos/{owner}/{repo}/commits/{ref}`
pub(super) async fn get_commit(api: &Api, revision: &str) -> ApiResult {
    let sha = resolve_revision(api, revision).await?;
    let message = api.backend.git.commit_message(&sha).await;
    Ok(reply::json(StatusCode::OK, &api.renderer.commit_json(&sha, &message)))
}

/// `GET /repos/{owner}/{repo}/commits/{ref}/status`
pub(super) async fn get_commit_status(api: &Api, revision: &str) -> ApiResult {
    let sha = resolve_revision(api, revision).await?;
    let contexts = api.backend.content().statuses.get(&sha).cloned().unwrap_or_default();
    let states: Vec<&str> = contexts.values().map(String::as_str).collect();
    let statuses: Vec<_> = contexts
        .iter()
        .map(|(context, state)| json!({ "context": context, "state": state }))
        .collect();
    let document = json!({
        "state": combined_state(&states),
        "sha": sha,
        "total_count": statuses.len(),
        "statuses": statuses,
    });
    Ok(reply::json(StatusCode::OK, &document))
}

/// `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`: one for each workflow run.
pub(super) async fn list_check_runs(api: &Api, revision: &str) -> ApiResult {
    let sha = resolve_revision(api, revision).await?;
    let runs = api.backend.content().runs.poll_commit(&sha);
    let entries: Vec<_> = runs.iter().map(|run| api.renderer.check_run_json(run)).collect();
    let document = json!({ "total_count": entries.len(), "check_runs": entries });
    Ok(reply::json(StatusCode::OK, &document))
}

/// `GET /repos/{owner}/{repo}/actions/runs`: none for a commit that was not pushed.
pub(super) async fn list_runs(api: &Api, query: &QueryParameters) -> Response {
    let runs = match query.value("head_sha") {
        None => api.backend.content().runs.poll_all(),
        Some(sha) if is_pushed(api, sha).await => api.backend.content().runs.poll_commit(sha),
        Some(_) => Vec::new(),
    };
    let now = api.backend.clock.now();
    let entries: Vec<Value> = runs
        .iter()
        .filter(|run| passes_filters(query, run))
        .map(|run| api.renderer.run_json(run, now))
        .collect();
    let page = PageRequest::from_query(query);
    let document = json!({ "total_count": entries.len(), "workflow_runs": page.slice(&entries) });
    let mut response = reply::json(StatusCode::OK, &document);
    let address = format!("{}/actions/runs", api.renderer.repository_url());
    page.add_links(&mut response, &address, query, entries.len());
    response
}

/// `GET /repos/{owner}/{repo}/actions/runs/{id}`
pub(super) fn get_run(api: &Api, id: u64) -> ApiResult {
    let run = api.backend.content().runs.poll_run(id).ok_or(ApiError::NotFound)?;
    let document = api.renderer.run_json(&run, api.backend.clock.now());
    Ok(reply::json(StatusCode::OK, &document))
}

async fn resolve_revision(api: &Api, revision: &str) -> Result<String, ApiError> {
    let commit = api.backend.git.resolve_commit(revision).await;
    commit.ok_or_else(|| ApiError::Unprocessable(format!("No commit found for SHA: {revision}")))
}

async fn is_pushed(api: &Api, sha: &str) -> bool {
    api.backend.git.resolve_commit(sha).await.is_some_and(|commit| commit == sha)
}

/// The filter `status` applies to the status or to the conclusion.
fn passes_filters(query: &QueryParameters, run: &WorkflowRun) -> bool {
    let conclusion = run.progress.conclusion.as_deref();
    query.filter_allows("event", &run.event)
        && (query.filter_allows("status", run.progress.status)
            || conclusion.is_some_and(|conclusion| query.filter_allows("status", conclusion)))
}
