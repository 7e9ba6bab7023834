//! Assets of releases over HTTP.

use std::io;
use std::path::Path;

use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::api::{Api, ApiRequest, ApiResult, redirect_to};
use crate::forge::error::{ASSET, ApiError, FieldError};
use crate::forge::release::{Asset, sanitized_asset_name};
use crate::server::{Body, reply};

const BYTES: &str = "application/octet-stream";

#[derive(Deserialize)]
struct AssetFields {
    name: Option<String>,
    label: Option<String>,
}

/// `GET /repos/{owner}/{repo}/releases/{id}/assets`
pub(super) fn list_assets(api: &Api, id: u64, request: &ApiRequest) -> ApiResult {
    let content = api.backend.content();
    let release = content.releases.by_id(id, request.caller.sees_drafts())?;
    let entries: Vec<_> =
        release.assets.iter().map(|asset| api.renderer.asset_json(release, asset)).collect();
    Ok(api.page_response(request, &format!("/releases/{id}/assets"), &entries))
}

/// `POST {upload_url}?name=…`
///
/// An interrupted upload leaves an asset in the state `starter`, which keeps its name taken until it
/// is deleted.
pub(super) async fn upload_asset(api: &Api, release: u64, request: ApiRequest) -> ApiResult {
    let id = match start_upload(api, release, &request) {
        Ok(id) => id,
        Err(error) => {
            let _ = request.body.discard().await;
            return Err(error);
        }
    };
    let written = write_body(request.body, &api.backend.asset_path(id)).await;
    let Ok((size, sha256)) = written else {
        return Ok(reply::empty(StatusCode::BAD_GATEWAY));
    };
    let mut content = api.backend.content();
    content.releases.complete_asset(id, size, sha256)?;
    let (release, asset) = content.releases.find_asset(id, true)?;
    Ok(reply::json(StatusCode::CREATED, &api.renderer.asset_json(release, asset)))
}

fn start_upload(api: &Api, release: u64, request: &ApiRequest) -> Result<u64, ApiError> {
    let name = request.query.value("name").map(sanitized_asset_name).unwrap_or_default();
    if name.is_empty() {
        return Err(ApiError::invalid(FieldError::with_code(ASSET, "name", "missing_field")));
    }
    if request.length == Some(0) {
        let message = "size must be greater than or equal to 1";
        return Err(ApiError::invalid(FieldError::with_message(ASSET, Some("size"), message)));
    }
    let content_type = match request.content_type.as_str() {
        "" => BYTES.to_owned(),
        content_type => content_type.to_owned(),
    };
    let asset = Asset {
        id: 0,
        name,
        label: request.query.value("label").map(str::to_owned),
        content_type,
        size: 0,
        sha256: None,
        created: api.backend.clock.now(),
    };
    api.backend.content().releases.start_asset(release, asset)
}

/// Writes a body to a file; returns its size and SHA-256.
async fn write_body(mut body: Body, path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::create(path).await?;
    let mut hasher = Sha256::new();
    let mut size = 0;
    while let Some(piece) = body.chunk().await {
        let piece = piece?;
        size += piece.len() as u64;
        hasher.update(&piece);
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    Ok((size, format!("{:x}", hasher.finalize())))
}

/// `GET /repos/{owner}/{repo}/releases/assets/{id}`: a document, or a redirect to the bytes for
/// `Accept: application/octet-stream`.
pub(super) fn get_asset(api: &Api, id: u64, request: &ApiRequest) -> ApiResult {
    let content = api.backend.content();
    let (release, asset) = content.releases.find_asset(id, request.caller.sees_drafts())?;
    Ok(match request.accept.contains(BYTES) {
        true => redirect_to(&api.renderer.asset_download_url(asset)),
        false => reply::json(StatusCode::OK, &api.renderer.asset_json(release, asset)),
    })
}

/// `GET {browser_download_url}`
pub(super) fn download_asset(api: &Api, tag: &str, name: &str) -> ApiResult {
    let content = api.backend.content();
    let release = content.releases.by_tag(tag)?;
    let asset = release
        .assets
        .iter()
        .find(|asset| asset.name == name && asset.sha256.is_some())
        .ok_or(ApiError::NotFound)?;
    Ok(redirect_to(&api.renderer.asset_download_url(asset)))
}

/// `PATCH /repos/{owner}/{repo}/releases/assets/{id}`
pub(super) async fn edit_asset(api: &Api, id: u64, request: ApiRequest) -> ApiResult {
    let AssetFields { name, label } = request.into_document().await?;
    let mut content = api.backend.content();
    let name = name.as_deref().map(sanitized_asset_name);
    content.releases.update_asset(id, name, label)?;
    let (release, asset) = content.releases.find_asset(id, true)?;
    Ok(reply::json(StatusCode::OK, &api.renderer.asset_json(release, asset)))
}

/// `DELETE /repos/{owner}/{repo}/releases/assets/{id}`
pub(super) fn delete_asset(api: &Api, id: u64) -> ApiResult {
    api.backend.content().releases.remove_asset(id)?;
    // A file that cannot be deleted is removed with the folder when the forge stops.
    let _ = std::fs::remove_file(api.backend.asset_path(id));
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
