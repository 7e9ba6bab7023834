use image_ref::Digest;
use oci_image::Descriptor;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

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

    /// The first byte that is missing.
    pub(super) fn next_byte(&mut self) -> u64 {
        self.skip = 0;
        self.received
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
