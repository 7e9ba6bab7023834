//! Branches and how they are protected.

use http::StatusCode;
use serde_json::json;

use super::api::{Api, ApiRequest, ApiResult};
use crate::forge::error::ApiError;
use crate::forge::options::Permission;
use crate::forge::protection::{BranchProtection, RULESET};
use crate::server::{Response, reply};

/// `GET /repos/{owner}/{repo}/branches/{branch}`
pub(super) async fn get_branch(api: &Api, branch: &str) -> ApiResult {
    let revision = format!("refs/heads/{branch}");
    let sha = api.backend.git.resolve_commit(&revision).await.ok_or(ApiError::NotFound)?;
    let message = api.backend.git.commit_message(&sha).await;
    let document = json!({
        "name": branch,
        "commit": api.renderer.commit_json(&sha, &message),
        "protected": protection(api, branch).is_some(),
    });
    Ok(reply::json(StatusCode::OK, &document))
}

/// `GET /repos/{owner}/{repo}/branches/{branch}/protection`: for administrators only.
pub(super) fn get_settings(api: &Api, branch: &str, request: &ApiRequest) -> ApiResult {
    if !request.caller.has(Permission::Admin) {
        return Err(ApiError::NotFound);
    }
    let settings = protection(api, branch).and_then(BranchProtection::settings_json);
    settings.map(|document| reply::json(StatusCode::OK, &document)).ok_or(ApiError::NotFound)
}

/// `GET /repos/{owner}/{repo}/rules/branches/{branch}`: also for branches that do not exist.
pub(super) fn list_rules(api: &Api, branch: &str, request: &ApiRequest) -> Response {
    let rules = protection(api, branch).map(|found| found.rules_json(&source(api)));
    let path = format!("/rules/branches/{branch}");
    api.page_response(request, &path, &rules.unwrap_or_default())
}

/// `GET /repos/{owner}/{repo}/rulesets/{id}`
pub(super) fn get_ruleset(api: &Api, id: u64, request: &ApiRequest) -> ApiResult {
    let (source, is_anonymous) = (source(api), request.caller.login.is_none());
    let mut protections = api.backend.protections.iter();
    let found = protections.find_map(|protection| protection.ruleset_json(&source, is_anonymous));
    let found = found.filter(|_| id == RULESET).ok_or(ApiError::NotFound)?;
    Ok(reply::json(StatusCode::OK, &found))
}

fn protection<'a>(api: &'a Api, branch: &str) -> Option<&'a BranchProtection> {
    api.backend.protections.iter().find(|protection| protection.branch == branch)
}

fn source(api: &Api) -> String {
    format!("{}/{}", api.backend.owner, api.backend.repository)
}
