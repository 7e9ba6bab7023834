use image_ref::Digest;
use oci_image::Descriptor;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use transport::{Request, Url};

use crate::RegistryError;

/// A blob on its way: what came so far is hashed and handed on.
pub(super) struct Download<'a, W> {
    pub(super) wanted: &'a Descriptor,
    /// The blob as errors name it.
    what: String,
    sink: &'a mut W,
    hash: Sha256,
    received: u64,
    /// Bytes that come although they were received before.
    skip: u64,
}

impl<'a, W: AsyncWrite + Unpin> Download<'a, W> {
    pub(super) fn new(wanted: &'a Descriptor, what: String, sink: &'a mut W) -> Self {
        Self { wanted, what, sink, hash: Sha256::new(), received: 0, skip: 0 }
    }

    /// The request for what is missing.
    pub(super) fn request(&mut self, url: Url) -> Request {
        self.skip = 0;
        request_from(url, self.received)
    }

    /// The response begins at the first byte.
    pub(super) fn skip_received(&mut self) {
        self.skip = self.received;
    }

    /// More than the stated length is not read to its end: it may have none.
    pub(super) async fn accept(&mut self, chunk: &[u8]) -> Result<(), RegistryError> {
        let skipped = self.skip.min(chunk.len() as u64);
        self.skip -= skipped;
        let fresh = &chunk[usize::try_from(skipped).unwrap_or(chunk.len())..];
        self.received += fresh.len() as u64;
        if self.received > self.wanted.size {
            return Err(RegistryError::Malformed {
                what: self.what.clone(),
                reason: format!("it is longer than the {} bytes stated", self.wanted.size),
            });
        }
        self.hash.update(fresh);
        self.sink.write_all(fresh).await.map_err(|source| self.not_written(source))
    }

    pub(super) async fn finish(self) -> Result<(), RegistryError> {
        let flushed = self.sink.flush().await;
        flushed.map_err(|source| self.not_written(source))?;
        let actual = Digest::from_sha256(self.hash.finalize().into());
        if actual == self.wanted.digest {
            return Ok(());
        }
        let expected = self.wanted.digest.clone();
        Err(RegistryError::DigestMismatch { what: self.what, expected, actual })
    }

    fn not_written(&self, source: std::io::Error) -> RegistryError {
        RegistryError::NotStored { what: self.what.clone(), source }
    }
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
