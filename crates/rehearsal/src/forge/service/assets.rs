//! Assets of releases over HTTP.

use std::io;
use std::path::Path;

use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::{Answer, Call, ForgeService, redirect, reply};
use crate::forge::assets::{Asset, asset_name};
use crate::forge::refusal::{Problem, Refusal};
use crate::index::digests::hex;
use crate::server::Body;

const ASSET: &str = "ReleaseAsset";
const BYTES: &str = "application/octet-stream";

#[derive(Deserialize)]
struct AssetWish {
    name: Option<String>,
    label: Option<String>,
}

impl ForgeService {
    /// `GET /repos/{owner}/{repo}/releases/{id}/assets`
    pub(super) fn list_assets(&self, id: u64, call: &Call) -> Answer {
        let desk = self.shared.desk();
        let release = desk.releases.by_id(id, call.caller.sees_drafts())?;
        let entries: Vec<_> =
            release.assets.iter().map(|asset| self.addresses.asset(release, asset)).collect();
        Ok(self.page(call, &format!("/releases/{id}/assets"), &entries))
    }

    /// `POST {upload_url}?name=…`
    ///
    /// An upload that breaks off leaves an asset in the state `starter`, which takes the name
    /// until it is deleted.
    pub(super) async fn upload(&self, release: u64, call: Call) -> Answer {
        let begun = self.begin_upload(release, &call);
        let id = match begun {
            Ok(id) => id,
            Err(refusal) => {
                let _ = call.body.discard().await;
                return Err(refusal);
            }
        };
        let written = written(call.body, &self.shared.place(id)).await;
        let Ok((size, sha256)) = written else {
            return Ok(reply::empty(StatusCode::BAD_GATEWAY));
        };
        let mut desk = self.shared.desk();
        desk.releases.complete_asset(id, size, sha256).ok_or(Refusal::NotFound)?;
        let (release, asset) = desk.releases.asset(id, true)?;
        Ok(reply::json(StatusCode::CREATED, &self.addresses.asset(release, asset)))
    }

    fn begin_upload(&self, release: u64, call: &Call) -> Result<u64, Refusal> {
        let wanted = call.query.get("name").map(asset_name).unwrap_or_default();
        if wanted.is_empty() {
            return Err(Refusal::invalid(Problem::coded(ASSET, "name", "missing_field")));
        }
        if call.length == Some(0) {
            let text = "size must be greater than or equal to 1";
            return Err(Refusal::invalid(Problem::custom(ASSET, Some("size"), text)));
        }
        let content_type = match call.content_type.as_str() {
            "" => BYTES.to_owned(),
            sent => sent.to_owned(),
        };
        let asset = Asset {
            id: 0,
            name: wanted,
            label: call.query.get("label").map(str::to_owned),
            content_type,
            size: 0,
            sha256: None,
            created: self.shared.clock.now(),
        };
        self.shared.desk().releases.start_asset(release, asset)
    }

    /// `GET /repos/{owner}/{repo}/releases/assets/{id}`: a document, or with
    /// `Accept: application/octet-stream` the way to the bytes.
    pub(super) fn asset(&self, id: u64, call: &Call) -> Answer {
        let desk = self.shared.desk();
        let (release, asset) = desk.releases.asset(id, call.caller.sees_drafts())?;
        Ok(match call.accept.contains(BYTES) {
            true => redirect(&self.addresses.storage(asset)),
            false => reply::json(StatusCode::OK, &self.addresses.asset(release, asset)),
        })
    }

    /// `GET {browser_download_url}`
    pub(super) fn download(&self, tag: &str, name: &str) -> Answer {
        let desk = self.shared.desk();
        let release = desk.releases.by_tag(tag)?;
        let asset =
            release.assets.iter().find(|asset| asset.name == name && asset.sha256.is_some());
        Ok(redirect(&self.addresses.storage(asset.ok_or(Refusal::NotFound)?)))
    }

    /// `PATCH /repos/{owner}/{repo}/releases/assets/{id}`
    pub(super) async fn edit_asset(&self, id: u64, call: Call) -> Answer {
        let AssetWish { name, label } = call.document().await?;
        let mut desk = self.shared.desk();
        let name = name.as_deref().map(asset_name);
        desk.releases.edit_asset(id, Some((name, label)))?;
        let (release, asset) = desk.releases.asset(id, true)?;
        Ok(reply::json(StatusCode::OK, &self.addresses.asset(release, asset)))
    }

    /// `DELETE /repos/{owner}/{repo}/releases/assets/{id}`
    pub(super) fn delete_asset(&self, id: u64) -> Answer {
        self.shared.desk().releases.edit_asset(id, None)?;
        // The folder goes away with the forge anyway.
        let _ = std::fs::remove_file(self.shared.place(id));
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}

/// Writes a body to a file; returns its size and digest.
async fn written(mut body: Body, place: &Path) -> io::Result<(u64, String)> {
    let mut file = File::create(place).await?;
    let mut hasher = Sha256::new();
    let mut size = 0;
    while let Some(piece) = body.chunk().await {
        let piece = piece?;
        size += piece.len() as u64;
        hasher.update(&piece);
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    Ok((size, hex(&hasher.finalize())))
}
