use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use crate::{FileName, IndexFile, RecordedFile};

/// A file that an index should serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedFile {
    /// File name.
    pub file_name: String,
    /// SHA-256 of the file, if it is known.
    pub sha256: Option<String>,
    /// Size in bytes, if it is known.
    pub size: Option<u64>,
    /// SHA-256 of the metadata file served beside it (PEP 658), if it is known.
    pub metadata_sha256: Option<String>,
}

impl ExpectedFile {
    /// The version in the file name.
    pub(crate) fn version(&self) -> Option<Version> {
        self.file_name.parse().ok().map(|name: FileName| name.version)
    }
}

impl From<&RecordedFile> for ExpectedFile {
    fn from(file: &RecordedFile) -> Self {
        Self {
            file_name: file.file_name.clone(),
            sha256: file.sha256.clone(),
            size: file.size,
            metadata_sha256: None,
        }
    }
}

impl From<&IndexFile> for ExpectedFile {
    fn from(file: &IndexFile) -> Self {
        Self {
            file_name: file.file_name.clone(),
            sha256: file.sha256.clone(),
            size: file.size,
            metadata_sha256: None,
        }
    }
}
