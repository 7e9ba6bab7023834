use std::{
    io::{self, Write},
    path::Path,
};

use image_ref::Digest;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

/// A blob being written: a nameless file until its digest is known.
#[derive(Debug)]
pub struct BlobWriter {
    file: NamedTempFile,
    hash: Sha256,
    size: u64,
}

impl BlobWriter {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".part-").tempfile_in(folder)?;
        Ok(Self { file, hash: Sha256::new(), size: 0 })
    }

    /// Gives the file its name; one that was there has the same bytes.
    pub(super) fn persist(self, folder: &Path) -> io::Result<(Digest, u64)> {
        let digest = Digest::from_sha256(self.hash.finalize().into());
        self.file.persist(folder.join(digest.hex())).map_err(|error| error.error)?;
        Ok((digest, self.size))
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
