use sha2::{Digest as _, Sha256};
use transport::Progress;

use crate::{
    Asset, AssetFile, AssetState, GitHubClient, GitHubError, Probe, Release,
    asset_file::hex,
    drafts::{ATTEMPTS, still_draft},
    probe::compare,
};

/// What an upload did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetOutcome {
    /// The file was sent.
    Uploaded,
    /// The release had it already, with the same content.
    AlreadyThere,
}

impl GitHubClient {
    /// The files of a release, as it has them now.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`] and refusals.
    pub async fn assets(&self, release: u64) -> Result<Vec<Asset>, GitHubError> {
        let purpose = format!("list the assets of release {release}");
        self.list(|page| self.requests.assets(release, page), &purpose).await
    }

    /// The SHA-256 of an asset in hexadecimal digits: as the service tells it,
    /// else by downloading the asset.
    ///
    /// # Errors
    /// [`GitHubError::Http`] and refusals.
    pub async fn asset_sha256(&self, asset: &Asset) -> Result<String, GitHubError> {
        if let Some(told) = asset.sha256() {
            return Ok(told.to_owned());
        }
        self.downloaded_sha256(asset).await
    }

    /// The SHA-256 of what a download of the asset gives.
    ///
    /// # Errors
    /// [`GitHubError::Http`] and refusals.
    pub async fn downloaded_sha256(&self, asset: &Asset) -> Result<String, GitHubError> {
        let purpose = format!("download asset `{}`", asset.name);
        let mut response = self.open(self.requests.download(asset.id), &purpose).await?;
        let mut hash = Sha256::new();
        let failed = |source| crate::client::http(&purpose, source);
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            hash.update(&chunk);
        }
        Ok(hex(&hash.finalize()))
    }

    /// Whether the release has this very file now.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`] and refusals.
    pub async fn probe_asset(&self, release: u64, file: &AssetFile) -> Result<Probe, GitHubError> {
        let assets = self.assets(release).await?;
        self.probe_among(&assets, file).await
    }

    pub(crate) async fn probe_among(
        &self,
        assets: &[Asset],
        file: &AssetFile,
    ) -> Result<Probe, GitHubError> {
        let Some(asset) = named(assets, file) else { return Ok(Probe::Absent) };
        match compare(asset, file) {
            Some(probe) => Ok(probe),
            None if self.downloaded_sha256(asset).await? == file.sha256 => Ok(Probe::Identical),
            None => Ok(Probe::Diverged),
        }
    }

    /// Attaches a file to a draft. `progress` is told bytes as they are sent;
    /// a file that must be sent again is told again.
    ///
    /// # Errors
    /// [`GitHubError::AssetDiverged`] when the name is taken by other content,
    /// [`GitHubError::AlreadyPublished`] when the release is no draft and lacks
    /// the file, [`GitHubError::NoToken`] and refusals.
    pub async fn upload_asset(
        &self,
        release: &Release,
        file: &AssetFile,
        progress: Option<Progress>,
    ) -> Result<AssetOutcome, GitHubError> {
        let purpose = format!("upload asset `{}`", file.name);
        self.need_token(&purpose)?;
        if self.is_settled(release, file).await? {
            return Ok(AssetOutcome::AlreadyThere);
        }
        let mut attempts_left = ATTEMPTS;
        loop {
            attempts_left -= 1;
            match self.try_upload(release, file, progress.clone(), &purpose).await {
                Ok(asset) => return accept(&asset, file),
                Err(error) if !may_be_there(&error) || attempts_left == 0 => return Err(error),
                Err(_) if self.is_settled(release, file).await? => {
                    return Ok(AssetOutcome::Uploaded);
                }
                Err(_) => tokio::time::sleep(self.settle).await,
            }
        }
    }

    async fn try_upload(
        &self,
        release: &Release,
        file: &AssetFile,
        progress: Option<Progress>,
        purpose: &str,
    ) -> Result<Asset, GitHubError> {
        let unclear = || GitHubError::NotFound { purpose: format!("{purpose}: find where to") };
        let request = self.requests.upload(release, file, progress).ok_or_else(unclear)?;
        self.read(request, purpose).await
    }

    /// Whether the file is in place; false when it can be sent. The remains of
    /// an upload that broke off are deleted, from drafts only.
    async fn is_settled(&self, release: &Release, file: &AssetFile) -> Result<bool, GitHubError> {
        let assets = self.assets(release.id).await?;
        match self.probe_among(&assets, file).await? {
            Probe::Identical => return Ok(true),
            Probe::Diverged => return Err(diverged(named(&assets, file), file)),
            Probe::Absent | Probe::Partial => {}
        }
        let purpose = format!("upload asset `{}`", file.name);
        still_draft(self.read(self.requests.release(release.id), &purpose).await?)?;
        if let Some(broken) = named(&assets, file) {
            self.send(self.requests.delete_asset(broken.id), &purpose).await?;
        }
        Ok(false)
    }
}

/// What the service says it stored must be what was sent. One that tells no
/// digest is believed about the size.
fn accept(asset: &Asset, file: &AssetFile) -> Result<AssetOutcome, GitHubError> {
    match compare(asset, file) {
        Some(Probe::Identical) | None => Ok(AssetOutcome::Uploaded),
        Some(_) => Err(diverged(Some(asset), file)),
    }
}

/// The asset by its name, also as the service spells it.
fn named<'a>(assets: &'a [Asset], file: &AssetFile) -> Option<&'a Asset> {
    let stored = crate::release::stored_name(&file.name);
    assets.iter().find(|asset| asset.name == file.name || asset.name == stored)
}

fn may_be_there(error: &GitHubError) -> bool {
    error.is_ambiguous() || error.has_code("already_exists")
}

fn diverged(asset: Option<&Asset>, file: &AssetFile) -> GitHubError {
    let found = asset.map_or_else(String::new, |asset| match asset.sha256() {
        Some(sha256) if asset.state == AssetState::Uploaded => format!("sha256 {sha256}"),
        _ => format!("{} bytes", asset.size),
    });
    let expected = format!("sha256 {}, {} bytes", file.sha256, file.size);
    GitHubError::AssetDiverged { name: file.name.clone(), expected, found }
}
