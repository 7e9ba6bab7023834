use image_ref::{Digest, Repository};
use oci_image::Descriptor;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use transport::{Request, Response, StatusCode};

use super::{RegistryClient, blobs::label, refusal};
use crate::{RegistryError, auth::Access};

/// Longest error text that is read.
const ERROR_LIMIT: usize = 64 << 10;

/// A blob on its way: what came so far is hashed and handed on.
struct Download<'a, W> {
    wanted: &'a Descriptor,
    sink: &'a mut W,
    hash: Sha256,
    received: u64,
}

impl RegistryClient {
    /// Streams a blob into `sink` and verifies length and digest; bytes reach
    /// the sink before the digest is known. A broken connection is resumed
    /// where it broke.
    ///
    /// # Errors
    /// [`RegistryError`]; `DigestMismatch` when the content is another.
    pub async fn pull_blob(
        &self,
        repository: &Repository,
        wanted: &Descriptor,
        sink: &mut (impl AsyncWrite + Unpin + Send),
    ) -> Result<(), RegistryError> {
        self.pull_blob_with(&Access::pull(repository), wanted, sink).await
    }

    pub(super) async fn pull_blob_with(
        &self,
        access: &Access,
        wanted: &Descriptor,
        sink: &mut (impl AsyncWrite + Unpin + Send),
    ) -> Result<(), RegistryError> {
        let mut download = Download { wanted, sink, hash: Sha256::new(), received: 0 };
        let mut backoff = self.backoff();
        loop {
            match self.continue_download(access, &mut download).await {
                Ok(()) => return download.finish(&access.repository).await,
                Err(error) if error.may_pass() && backoff.wait().await => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn continue_download<W: AsyncWrite + Unpin + Send>(
        &self,
        access: &Access,
        download: &mut Download<'_, W>,
    ) -> Result<(), RegistryError> {
        let url = self.blob_url(access, &download.wanted.digest)?;
        let mut response = self.open(request(url, download.received), access).await?;
        let mut skip = match response.status() {
            StatusCode::PARTIAL_CONTENT => 0,
            // The server does not know ranges: what we have comes again.
            StatusCode::OK => download.received,
            _ => return Err(self.blob_refused(access, download.wanted, response).await),
        };
        let failed = |error| self.failed(&access.repository, error);
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            let skipped = skip.min(chunk.len() as u64);
            skip -= skipped;
            let fresh = &chunk[usize::try_from(skipped).unwrap_or(chunk.len())..];
            download.accept(fresh, &access.repository).await?;
        }
        Ok(())
    }

    async fn blob_refused(
        &self,
        access: &Access,
        wanted: &Descriptor,
        response: Response,
    ) -> RegistryError {
        let what = label(&access.repository, &wanted.digest);
        match response.collect(ERROR_LIMIT).await {
            Ok(answer) => refusal::other(what, &answer),
            Err(error) => self.failed(&access.repository, error),
        }
    }

    /// The bytes of a small blob, such as a config, verified.
    ///
    /// # Errors
    /// As [`RegistryClient::pull_blob`]; `Malformed` when it is longer than `limit`.
    pub async fn read_blob(
        &self,
        repository: &Repository,
        wanted: &Descriptor,
        limit: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        self.read_blob_with(&Access::pull(repository), wanted, limit).await
    }

    pub(super) async fn read_blob_with(
        &self,
        access: &Access,
        wanted: &Descriptor,
        limit: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        if wanted.size > limit {
            return Err(RegistryError::Malformed {
                what: label(&access.repository, &wanted.digest),
                reason: format!("{} bytes are more than the {limit} allowed", wanted.size),
            });
        }
        let mut bytes = Vec::new();
        self.pull_blob_with(access, wanted, &mut bytes).await?;
        Ok(bytes)
    }
}

fn request(url: transport::Url, from: u64) -> Request {
    let request = Request::get(url);
    if from == 0 { request } else { request.header("range", &format!("bytes={from}-")) }
}

impl<W: AsyncWrite + Unpin> Download<'_, W> {
    /// More than the stated length is not read to its end: it may have none.
    async fn accept(&mut self, chunk: &[u8], repository: &Repository) -> Result<(), RegistryError> {
        self.received += chunk.len() as u64;
        if self.received > self.wanted.size {
            return Err(RegistryError::Malformed {
                what: label(repository, &self.wanted.digest),
                reason: format!("it is longer than the {} bytes stated", self.wanted.size),
            });
        }
        self.hash.update(chunk);
        self.sink.write_all(chunk).await.map_err(|error| RegistryError::io("download", error))
    }

    async fn finish(self, repository: &Repository) -> Result<(), RegistryError> {
        self.sink.flush().await.map_err(|error| RegistryError::io("download", error))?;
        let actual = Digest::from_sha256(self.hash.finalize().into());
        if actual == self.wanted.digest {
            return Ok(());
        }
        Err(RegistryError::DigestMismatch {
            what: label(repository, &self.wanted.digest),
            expected: self.wanted.digest.clone(),
            actual,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resumed_download_asks_for_the_rest_only() {
        let url: transport::Url = "http://127.0.0.1/v2/a/blobs/x".parse().unwrap();
        assert!(!request(url.clone(), 0).headers.contains_key("range"));
        assert_eq!(request(url, 7).headers["range"], "bytes=7-");
    }
}
