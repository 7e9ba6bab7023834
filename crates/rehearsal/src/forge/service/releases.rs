//! Releases over HTTP.

use http::{HeaderValue, StatusCode, header};

use super::api::{Api, ApiRequest, ApiResult};
use crate::forge::error::{ApiError, FieldError, RELEASE};
use crate::forge::release::{ForgeRelease, ReleaseFields};
use crate::server::{Response, reply};

/// `GET /repos/{owner}/{repo}/releases`
pub(super) fn list_releases(api: &Api, request: &ApiRequest) -> Response {
    let content = api.backend.content();
    let releases = content.releases.list(request.caller.sees_drafts());
    let entries: Vec<_> =
        releases.iter().map(|release| api.renderer.release_json(release)).collect();
    api.page_response(request, "/releases", &entries)
}

/// `GET /repos/{owner}/{repo}/releases/latest`
pub(super) fn get_latest_release(api: &Api) -> ApiResult {
    Ok(release_response(api, StatusCode::OK, api.backend.content().releases.latest()?))
}

/// `GET /repos/{owner}/{repo}/releases/tags/{tag}`
pub(super) fn get_release_by_tag(api: &Api, tag: &str) -> ApiResult {
    Ok(release_response(api, StatusCode::OK, api.backend.content().releases.by_tag(tag)?))
}

/// `GET /repos/{owner}/{repo}/releases/{id}`
pub(super) fn get_release(api: &Api, id: u64, request: &ApiRequest) -> ApiResult {
    let content = api.backend.content();
    let release = content.releases.by_id(id, request.caller.sees_drafts())?;
    Ok(release_response(api, StatusCode::OK, release))
}

/// `POST /repos/{owner}/{repo}/releases` and `PATCH …/releases/{id}`
///
/// When a release becomes visible, its tag is created at the target commit unless it exists.
pub(super) async fn write_release(api: &Api, id: Option<u64>, request: ApiRequest) -> ApiResult {
    let backend = &api.backend;
    let author = request.caller.login.clone().unwrap_or_default();
    let fields: ReleaseFields = request.into_document().await?;
    let _exclusive = backend.release_write.lock().await;
    let release = backend.content().releases.plan(
        id,
        &fields,
        &author,
        &backend.default_branch,
        backend.clock.now(),
    )?;
    if !release.draft && !backend.git.ensure_tag(&release.tag_name, &release.target).await {
        let error = FieldError::with_code(RELEASE, "target_commitish", "invalid");
        return Err(ApiError::invalid(error));
    }
    let mut content = backend.content();
    let stored = content.releases.store(release, fields.make_latest.as_deref());
    let status = if id.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok(release_response(api, status, content.releases.by_id(stored, true)?))
}

/// `DELETE /repos/{owner}/{repo}/releases/{id}`; the tag stays.
pub(super) fn delete_release(api: &Api, id: u64) -> ApiResult {
    let release = api.backend.content().releases.remove(id)?;
    for asset in release.assets {
        // A file that cannot be deleted is removed with the folder when the forge stops.
        let _ = std::fs::remove_file(api.backend.asset_path(asset.id));
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn release_response(api: &Api, status: StatusCode, release: &ForgeRelease) -> Response {
    let document = api.renderer.release_json(release);
    let mut response = reply::json(status, &document);
    let location = document["url"].as_str().and_then(|url| HeaderValue::from_str(url).ok());
    if let Some(location) = location.filter(|_| status == StatusCode::CREATED) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
