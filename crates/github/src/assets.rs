use probe::Probe;
use sha2::{Digest as _, Sha256};
use transport::Progress;

use crate::{
    Asset, AssetFile, AssetProbe, AssetState, GitHubError, Release, asset_file::hex,
    asset_probe::compare_listed, connection::Connection, release::find_asset,
};

/// How often a file is sent in all when a response was lost.
const ATTEMPTS: u32 = 3;

/// What an upload did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetOutcome {
    /// The file was sent.
    Uploaded,
    /// The release already had it, with the same content.
    AlreadyPresent,
}

/// The files of releases.
#[derive(Debug, Clone, Copy)]
pub struct Assets<'a> {
    connection: &'a Connection,
}

impl<'a> Assets<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// The current files of a release.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`] and refusals.
    pub async fn list(self, release: u64) -> Result<Vec<Asset>, GitHubError> {
        let purpose = format!("list the assets of release {release}");
        let requests = &self.connection.requests;
        self.connection.fetch_list(|page| requests.assets(release, page), &purpose).await
    }

    /// The SHA-256 of an asset in hexadecimal digits: as the service lists it,
    /// else by downloading the asset.
    ///
    /// # Errors
    /// [`GitHubError::Http`] and refusals.
    pub async fn sha256(self, asset: &Asset) -> Result<String, GitHubError> {
        match asset.sha256() {
            Some(listed) => Ok(listed.to_owned()),
            None => self.downloaded_sha256(asset).await,
        }
    }

    /// The SHA-256 of a download of the asset.
    ///
    /// # Errors
    /// [`GitHubError::Http`] and refusals.
    pub async fn downloaded_sha256(self, asset: &Asset) -> Result<String, GitHubError> {
        self.connection.repeated(|| self.hash_download(asset)).await
    }

    async fn hash_download(self, asset: &Asset) -> Result<String, GitHubError> {
        let purpose = format!("download asset `{}`", asset.name);
        let request = self.connection.requests.download(asset.id);
        let mut response = self.connection.send_streaming(request, &purpose).await?;
        let mut hash = Sha256::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => hash.update(&chunk),
                Ok(None) => return Ok(hex(&hash.finalize())),
                Err(error) => return Err(GitHubError::request_failed(&purpose, error)),
            }
        }
    }

    /// Whether the release has this file.
    pub async fn probe(self, release: u64, file: &AssetFile) -> AssetProbe<GitHubError> {
        match self.list(release).await {
            Ok(listed) => self.compare(&listed, file).await.into(),
            Err(error) => Probe::Unknown(error),
        }
    }

    pub(crate) async fn compare(
        self,
        listed: &[Asset],
        file: &AssetFile,
    ) -> Result<AssetProbe, GitHubError> {
        let Some(asset) = find_asset(listed, &file.name) else { return Ok(Probe::Absent) };
        if let Some(probe) = compare_listed(asset, file) {
            return Ok(probe);
        }
        let same = self.downloaded_sha256(asset).await? == file.sha256;
        let found = asset.clone();
        Ok(if same { Probe::Identical(found) } else { Probe::Diverged(found) })
    }

    /// Attaches a file to a draft. `progress` gets the bytes as they are sent;
    /// for a file that is sent again, it gets them again.
    ///
    /// # Errors
    /// [`GitHubError::AssetDiverged`] when other content has the name,
    /// [`GitHubError::AlreadyPublished`] when the release is not a draft and
    /// lacks the file, [`GitHubError::NoToken`] and refusals.
    pub async fn upload(
        self,
        release: &Release,
        file: &AssetFile,
        progress: Option<Progress>,
    ) -> Result<AssetOutcome, GitHubError> {
        let purpose = format!("upload asset `{}`", file.name);
        self.connection.require_token(&purpose)?;
        if self.is_uploaded(release, file, &purpose).await? {
            return Ok(AssetOutcome::AlreadyPresent);
        }
        let mut attempts_left = ATTEMPTS;
        loop {
            attempts_left -= 1;
            match self.try_upload(release, file, progress.clone(), &purpose).await {
                Ok(asset) => return accept_upload(asset, file),
                Err(error) if !may_be_uploaded(&error) || attempts_left == 0 => return Err(error),
                Err(_) if self.is_uploaded(release, file, &purpose).await? => {
                    return Ok(AssetOutcome::Uploaded);
                }
                Err(_) => tokio::time::sleep(self.connection.settle_time).await,
            }
        }
    }

    async fn try_upload(
        self,
        release: &Release,
        file: &AssetFile,
        progress: Option<Progress>,
        purpose: &str,
    ) -> Result<Asset, GitHubError> {
        let Some(request) = self.connection.requests.upload_asset(release, file, progress) else {
            let purpose = format!("find where to upload asset `{}`", file.name);
            return Err(GitHubError::NotFound { purpose });
        };
        self.connection.fetch_json(request, purpose).await
    }

    /// Whether the release has the file; false when it can be sent. The
    /// remains of an upload that broke off are deleted, from drafts only.
    async fn is_uploaded(
        self,
        release: &Release,
        file: &AssetFile,
        purpose: &str,
    ) -> Result<bool, GitHubError> {
        let listed = self.list(release.id).await?;
        let remains = match self.compare(&listed, file).await? {
            Probe::Absent => None,
            Probe::Identical(_) => return Ok(true),
            Probe::Partial(remains) => Some(remains),
            Probe::Diverged(other) => return Err(asset_diverged(&other, file)),
        };
        let (connection, requests) = (self.connection, &self.connection.requests);
        let current: Release =
            connection.fetch_json(requests.release_by_id(release.id), purpose).await?;
        current.require_draft()?;
        if let Some(remains) = remains {
            connection.send(requests.delete_asset(remains.id), purpose).await?;
        }
        Ok(false)
    }
}

/// The stored asset must be the file that was sent. A service that lists no
/// digest is trusted when the size is right.
fn accept_upload(asset: Asset, file: &AssetFile) -> Result<AssetOutcome, GitHubError> {
    match compare_listed(&asset, file) {
        Some(Probe::Identical(_)) | None => Ok(AssetOutcome::Uploaded),
        Some(Probe::Absent | Probe::Partial(_) | Probe::Diverged(_)) => {
            Err(asset_diverged(&asset, file))
        }
    }
}

fn may_be_uploaded(error: &GitHubError) -> bool {
    error.is_ambiguous() || error.has_code("already_exists")
}

fn asset_diverged(asset: &Asset, file: &AssetFile) -> GitHubError {
    let actual = match asset.sha256() {
        Some(sha256) if asset.state == AssetState::Uploaded => format!("sha256 {sha256}"),
        _ => format!("{} bytes", asset.size),
    };
    let expected = format!("sha256 {}, {} bytes", file.sha256, file.size);
    GitHubError::AssetDiverged { name: file.name.clone(), expected, actual }
}
