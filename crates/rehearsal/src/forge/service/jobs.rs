//! Jobs of workflow runs, and their logs.

use http::StatusCode;
use serde_json::{Value, json};

use super::api::{Api, ApiRequest, ApiResult, redirect_to};
use crate::forge::error::ApiError;
use crate::forge::paging::{PageRequest, QueryParameters};
use crate::server::reply;

/// `GET /repos/{owner}/{repo}/actions/runs/{id}/jobs`
pub(super) fn list_jobs(api: &Api, run: u64, query: &QueryParameters) -> ApiResult {
    let page = api.renderer.run_page(run);
    let content = api.backend.content();
    let jobs = content.runs.jobs(run).ok_or(ApiError::NotFound)?;
    let entries: Vec<Value> = jobs.iter().map(|(id, job)| job.to_json(*id, run, &page)).collect();
    let page = PageRequest::from_query(query);
    let document = json!({ "total_count": entries.len(), "jobs": page.slice(&entries) });
    Ok(reply::json(StatusCode::OK, &document))
}

/// `GET /repos/{owner}/{repo}/actions/jobs/{id}/logs`: a redirect to the text, for which even a
/// public repository wants a token.
pub(super) fn get_log(api: &Api, id: u64, request: &ApiRequest) -> ApiResult {
    request.caller.login.as_ref().ok_or(ApiError::MustHaveRights)?;
    let content = api.backend.content();
    let job = content.runs.job(id).ok_or(ApiError::NotFound)?;
    job.log.as_ref().ok_or(ApiError::NotFound)?;
    Ok(redirect_to(&api.renderer.log_download_url(id)))
}
