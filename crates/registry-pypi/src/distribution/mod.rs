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
pub(crate) use attestation::{MAX_ATTESTATIONS, attestations_form_value};
pub use digests::Digests;
pub(crate) use digests::{hex, sha256_hex};
pub use file_name::{DistributionKind, FileName, FileNameError, WheelTags};

use crate::{CoreMetadata, ExpectedFile, IndexError, normalized_name};

/// A wheel or sdist on disk, read once: its name, metadata and members, and the
/// digests that identify it at an index.
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
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let file_name: FileName =
            name.parse().map_err(|error: FileNameError| not_a_distribution(path, error))?;
        let hashed = digests::hash_reader(&open_file(path)?);
        let (size, digests) = hashed.map_err(|source| read_error(path, source))?;
        let contents = match file_name.kind {
            DistributionKind::Wheel => archive::read_wheel(open_file(path)?, &file_name),
            DistributionKind::Sdist => archive::read_sdist(open_file(path)?, &file_name),
        };
        let contents = contents.map_err(|reason| not_a_distribution(path, reason))?;
        let text = std::str::from_utf8(&contents.metadata)
            .map_err(|_| not_a_distribution(path, "its metadata is not UTF-8"))?;
        let metadata = CoreMetadata::from_text(text);
        let attestations = attestation::find_attestations(path);
        let attestations = attestations.map_err(|source| read_error(path, source))?;
        let path = path.to_owned();
        Ok(Self { path, file_name, size, digests, metadata, contents, attestations })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its file name, which is its identity at an index.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name.text
    }

    /// Its parsed file name.
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

    /// The file that an index serves beside a wheel as `<url>.metadata`
    /// (PEP 658); `None` for an sdist, which has none.
    #[must_use]
    pub fn pep658_metadata(&self) -> Option<Bytes> {
        let wheel = self.kind() == DistributionKind::Wheel;
        wheel.then(|| Bytes::copy_from_slice(&self.contents.metadata))
    }

    /// The paths of its members, as the archive has them, without final slashes.
    #[must_use]
    pub fn members(&self) -> &[String] {
        &self.contents.members
    }

    /// Members of a wheel that are pointers of Git LFS instead of the files that they
    /// stand for.
    #[must_use]
    pub fn lfs_pointers(&self) -> &[String] {
        &self.contents.lfs_pointers
    }

    /// The folder of its metadata: `x-1.0.dist-info` in a wheel, `x-1.0` in an sdist.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.contents.folder
    }

    /// The attestations next to it.
    #[must_use]
    pub fn attestations(&self) -> &[Attestation] {
        &self.attestations
    }

    /// The file that an index must serve after the upload.
    #[must_use]
    pub fn expected(&self) -> ExpectedFile {
        ExpectedFile {
            file_name: self.file_name.text.clone(),
            sha256: Some(self.digests.sha256.clone()),
            size: Some(self.size),
            metadata_sha256: self.pep658_metadata().map(|bytes| sha256_hex(&bytes)),
        }
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }
}

fn open_file(path: &Path) -> Result<File, IndexError> {
    File::open(path).map_err(|source| read_error(path, source))
}

fn read_error(path: &Path, source: std::io::Error) -> IndexError {
    IndexError::Read { path: path.to_owned(), source }
}

fn not_a_distribution(path: &Path, reason: impl ToString) -> IndexError {
    IndexError::NotADistribution { path: path.to_owned(), reason: reason.to_string() }
}
