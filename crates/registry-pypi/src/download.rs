//! Fetching files to prove what an index serves, without keeping them.

use sha2::{Digest as _, Sha256};
use transport::{HttpError, StatusCode, Url};

use crate::{IndexError, IndexReader, distribution::hex};

/// What came of a file that was downloaded and thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// SHA-256 of the bytes that came, in lower-case hexadecimal.
    pub sha256: String,
    /// Their number.
    pub size: u64,
}

/// Times that a download which broke off is begun again.
const ATTEMPTS: u32 = 3;

impl IndexReader {
    /// Downloads and hashes, chunk by chunk. `None` when there is no such file.
    ///
    /// # Errors
    /// [`IndexError::Unreachable`], [`IndexError::Unreadable`], [`IndexError::Unauthorized`].
    pub async fn download(&self, url: &Url) -> Result<Option<Downloaded>, IndexError> {
        let mut attempt = 1;
        loop {
            match self.download_once(url).await {
                Ok(downloaded) => return Ok(downloaded),
                Err(error) if attempt < ATTEMPTS && error.is_unreachable() => attempt += 1,
                Err(error) => return Err(self.error(error)),
            }
        }
    }

    async fn download_once(&self, url: &Url) -> Result<Option<Downloaded>, HttpError> {
        let mut response = self.http().open(&self.request(url.clone())).await?;
        if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Ok(None);
        }
        if !response.status().is_success() {
            return Err(response.collect(64 << 10).await?.into_error());
        }
        let (mut hasher, mut size) = (Sha256::new(), 0);
        while let Some(chunk) = response.chunk().await? {
            size += chunk.len() as u64;
            hasher.update(&chunk);
        }
        Ok(Some(Downloaded { sha256: hex(&hasher.finalize()), size }))
    }
}

/// Where the metadata beside a file is served (PEP 658).
pub(crate) fn metadata_url(file: &Url) -> Url {
    let mut url = file.clone();
    url.set_path(&format!("{}.metadata", file.path()));
    url
}
