//! A wheel or sdist on disk.

mod archive;
mod attestation;
mod digests;
mod file_name;

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use pep440_rs::Version;

pub(crate) use archive::Contents;
pub use attestation::Attestation;
pub(crate) use attestation::{MOST as MOST_ATTESTATIONS, form_value as attestations_value};
pub use digests::Digests;
pub(crate) use digests::{hex, sha256};
pub use file_name::{DistributionKind, FileName, WheelTags};

use crate::{CoreMetadata, ExpectedFile, Finding, IndexError, check, normalized_name};

/// A wheel or sdist on disk, read once: what it is, what it says of itself, and
/// the digests by which indexes know it.
#[derive(Debug, Clone)]
pub struct Distribution {
    path: PathBuf,
    file_name: FileName,
    size: u64,
    digests: Digests,
    metadata: CoreMetadata,
    contents: Contents,
    attestations: Vec<Attestation>,
}

impl Distribution {
    /// Reads a file. Blocks: hashing and unpacking 100 MB takes a good part of
    /// a second.
    ///
    /// # Errors
    /// [`IndexError::Read`], [`IndexError::NotADistribution`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, IndexError> {
        let path = path.as_ref();
        let read = |source| IndexError::Read { path: path.to_owned(), source };
        let no = |reason| IndexError::NotADistribution { path: path.to_owned(), reason };
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let file_name = FileName::parse(&name).map_err(no)?;
        let file = File::open(path).map_err(read)?;
        let (size, digests) = digests::of_reader(&file).map_err(read)?;
        let contents = match file_name.kind {
            DistributionKind::Wheel => archive::read_wheel(reopen(path)?, &file_name),
            DistributionKind::Sdist => archive::read_sdist(reopen(path)?, &file_name),
        };
        let contents = contents.map_err(no)?;
        let text = std::str::from_utf8(&contents.metadata)
            .map_err(|_| no("its metadata is not UTF-8".to_owned()))?;
        let metadata = CoreMetadata::parse(text);
        let attestations = attestation::beside(path).map_err(read)?;
        Ok(Self {
            path: path.to_owned(),
            file_name,
            size,
            digests,
            metadata,
            contents,
            attestations,
        })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its file name, which is its identity at an index.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name.text
    }

    /// Its file name, taken apart.
    #[must_use]
    pub fn parsed_name(&self) -> &FileName {
        &self.file_name
    }

    /// Wheel or sdist.
    #[must_use]
    pub fn kind(&self) -> DistributionKind {
        self.file_name.kind
    }

    /// The project's name, normalised (PEP 503).
    #[must_use]
    pub fn project(&self) -> String {
        normalized_name(&self.file_name.project)
    }

    /// The version, normalised when displayed (PEP 440).
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.file_name.version
    }

    /// Size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Digests of the file.
    #[must_use]
    pub fn digests(&self) -> &Digests {
        &self.digests
    }

    /// The core metadata inside.
    #[must_use]
    pub fn metadata(&self) -> &CoreMetadata {
        &self.metadata
    }

    /// The bytes that an index serves beside a wheel as `<url>.metadata`
    /// (PEP 658); `None` for an sdist, which has no such file.
    #[must_use]
    pub fn pep658_metadata(&self) -> Option<Bytes> {
        let wheel = self.kind() == DistributionKind::Wheel;
        wheel.then(|| Bytes::copy_from_slice(&self.contents.metadata))
    }

    /// Attestations that lie beside it.
    #[must_use]
    pub fn attestations(&self) -> &[Attestation] {
        &self.attestations
    }

    /// What an index must serve once this is published.
    #[must_use]
    pub fn expected(&self) -> ExpectedFile {
        ExpectedFile {
            file_name: self.file_name.text.clone(),
            sha256: Some(self.digests.sha256.clone()),
            size: Some(self.size),
            metadata_sha256: self.pep658_metadata().map(|bytes| sha256(&bytes)),
        }
    }

    /// Applies the upload rules of PyPI without asking it. Empty means that
    /// nothing is known to stand in the way.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        check::distribution(self)
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }
}

fn reopen(path: &Path) -> Result<File, IndexError> {
    File::open(path).map_err(|source| IndexError::Read { path: path.to_owned(), source })
}
