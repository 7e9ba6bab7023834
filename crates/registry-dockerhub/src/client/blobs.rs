use image_ref::{Digest, Repository};
use oci_image::Descriptor;
use tokio::io::AsyncWrite;
use transport::{Request, Response, StatusCode, Url};

use super::{connection::Connection, download::Download};
use crate::{RegistryError, auth::Access, error_response};

/// Longest config that is read.
pub(super) const CONFIG_LIMIT: u64 = 8 << 20;
/// Longest error text that is read.
const ERROR_LIMIT: usize = 64 << 10;

/// The blobs of a repository; see [`RegistryClient::blobs`](crate::RegistryClient::blobs).
#[derive(Clone)]
pub struct Blobs<'a> {
    connection: &'a Connection,
    access: Access,
}

impl<'a> Blobs<'a> {
    pub(super) fn new(connection: &'a Connection, access: Access) -> Self {
        Self { connection, access: access.reading() }
    }

    /// Length of a blob, or `None` when the repository does not have it.
    ///
    /// # Errors
    /// [`RegistryError`]; never `NotFound`.
    pub async fn size(&self, digest: &Digest) -> Result<Option<u64>, RegistryError> {
        let request = Request::head(self.url(digest)?);
        let response = self.connection.fetch(request, &self.access, 0).await?;
        let length = response.header("content-length").and_then(|text| text.parse().ok());
        match response.status {
            StatusCode::OK => Ok(Some(length.unwrap_or(0))),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(error_response::refusal(blob_label(self.repository(), digest), &response)),
        }
    }

    /// Streams a blob into `sink` and verifies length and digest; bytes reach
    /// the sink before the digest is known. A broken connection is resumed
    /// where it broke.
    ///
    /// # Errors
    /// [`RegistryError`]; `DigestMismatch` when the content is another.
    pub async fn pull(
        &self,
        wanted: &Descriptor,
        sink: &mut (impl AsyncWrite + Unpin + Send),
    ) -> Result<(), RegistryError> {
        let what = blob_label(self.repository(), &wanted.digest);
        let mut download = Download::new(wanted, what, sink);
        let mut backoff = self.connection.backoff();
        loop {
            match self.continue_download(&mut download).await {
                Ok(()) => return download.finish().await,
                Err(error) if error.may_pass() && backoff.wait().await => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The bytes of a small blob, such as a config, verified.
    ///
    /// # Errors
    /// As [`Blobs::pull`]; `Malformed` when it is longer than `limit`.
    pub async fn read(&self, wanted: &Descriptor, limit: u64) -> Result<Vec<u8>, RegistryError> {
        if wanted.size > limit {
            return Err(RegistryError::Malformed {
                what: blob_label(self.repository(), &wanted.digest),
                reason: format!("{} bytes are more than the {limit} allowed", wanted.size),
            });
        }
        let mut bytes = Vec::new();
        self.pull(wanted, &mut bytes).await?;
        Ok(bytes)
    }

    async fn continue_download<W: AsyncWrite + Unpin + Send>(
        &self,
        download: &mut Download<'_, W>,
    ) -> Result<(), RegistryError> {
        let request = request_from(self.url(&download.wanted.digest)?, download.next_byte());
        let mut response = self.connection.open(request, &self.access).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT => {}
            // The server does not support ranges: what we have comes again.
            StatusCode::OK => download.skip_received(),
            _ => return Err(self.refused(&download.wanted.digest, response).await),
        }
        let failed = |error| self.connection.error(self.repository(), error);
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            download.accept(&chunk).await?;
        }
        Ok(())
    }

    async fn refused(&self, digest: &Digest, response: Response) -> RegistryError {
        match response.collect(ERROR_LIMIT).await {
            Ok(response) => {
                error_response::refusal(blob_label(self.repository(), digest), &response)
            }
            Err(error) => self.connection.error(self.repository(), error),
        }
    }

    fn repository(&self) -> &Repository {
        &self.access.repository
    }

    fn url(&self, digest: &Digest) -> Result<Url, RegistryError> {
        let endpoint = self.connection.endpoint(self.repository().registry())?;
        Ok(endpoint.url(self.repository(), &format!("blobs/{digest}")))
    }
}

/// The blob as errors name it.
pub(super) fn blob_label(repository: &Repository, digest: &Digest) -> String {
    format!("blob {digest} of {repository}")
}

fn request_from(url: Url, received: u64) -> Request {
    let request = Request::get(url);
    if received == 0 { request } else { request.header("range", &format!("bytes={received}-")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resumed_download_requests_the_rest_only() {
        let url: Url = "http://127.0.0.1/v2/a/blobs/x".parse().unwrap();
        assert!(!request_from(url.clone(), 0).headers.contains_key("range"));
        assert_eq!(request_from(url, 7).headers["range"], "bytes=7-");
    }
}
