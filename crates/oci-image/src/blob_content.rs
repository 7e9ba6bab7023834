use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _},
    path::PathBuf,
};

use bytes::Bytes;

use crate::ImageError;

/// Where the bytes of a blob are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobContent {
    /// In memory.
    Bytes(Bytes),
    /// In a file, or in a part of one such as a tar.
    File(FileRange),
}

/// A range of a file on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRange {
    /// The file.
    pub path: PathBuf,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl BlobContent {
    /// Length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(range) => range.length,
        }
    }

    /// Whether the file, if it is one, still has the bytes: one that is missing
    /// or too short would look like a broken connection while it is sent.
    ///
    /// # Errors
    /// [`ImageError::Read`].
    pub fn check_length(&self) -> Result<(), ImageError> {
        let Self::File(range) = self else { return Ok(()) };
        let length = fs::metadata(&range.path).map_err(ImageError::read(&range.path))?.len();
        if range.offset + range.length <= length {
            return Ok(());
        }
        let short = io::Error::new(io::ErrorKind::UnexpectedEof, "the file is too short");
        Err(ImageError::read(&range.path)(short))
    }
}

impl FileRange {
    /// The bytes, from first to last.
    pub(crate) fn open(&self) -> io::Result<io::Take<File>> {
        let mut file = File::open(&self.path)?;
        file.seek(io::SeekFrom::Start(self.offset))?;
        Ok(file.take(self.length))
    }

    /// The bytes of a document, which may have so many.
    pub(crate) fn read(&self, limit: u64) -> io::Result<Bytes> {
        if self.length > limit {
            let text = "longer than a manifest may be";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        let mut bytes = Vec::new();
        self.open()?.read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}
