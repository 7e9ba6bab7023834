use bytes::Bytes;
use image_ref::{Digest, Repository};
use transport::{Body, FilePart, Request, StatusCode};

use super::{RegistryClient, refusal};
use crate::{RegistryError, auth::Access};

/// Where the bytes of a blob are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobContent {
    /// In memory.
    Bytes(Bytes),
    /// In a file, or in a part of one such as a tar.
    File(FilePart),
}

impl BlobContent {
    /// Length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(part) => part.length,
        }
    }

    /// A file that is missing or too short would look like a broken connection.
    pub(super) fn check(&self) -> Result<(), RegistryError> {
        let Self::File(part) = self else { return Ok(()) };
        let length = std::fs::metadata(&part.path).map(|meta| meta.len());
        let length = length.map_err(|error| RegistryError::io(&part.path, error))?;
        if part.offset + part.length <= length {
            return Ok(());
        }
        let short = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the file is too short");
        Err(RegistryError::io(&part.path, short))
    }

    /// A part of it as a request's body.
    pub(super) fn slice(&self, start: u64, length: u64) -> Body {
        match self {
            Self::File(part) => Body::File(FilePart {
                path: part.path.clone(),
                offset: part.offset + start,
                length,
            }),
            Self::Bytes(bytes) => {
                let place = |position: u64| usize::try_from(position).unwrap_or(bytes.len());
                Body::Bytes(bytes.slice(place(start)..place(start + length)))
            }
        }
    }
}

impl RegistryClient {
    /// Length of a blob, or `None` when the repository does not have it.
    ///
    /// # Errors
    /// [`RegistryError`]; never `NotFound`.
    pub async fn blob_size(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Option<u64>, RegistryError> {
        self.blob_size_with(&Access::pull(repository), digest).await
    }

    pub(super) async fn blob_size_with(
        &self,
        access: &Access,
        digest: &Digest,
    ) -> Result<Option<u64>, RegistryError> {
        let access = access.reading();
        let request = Request::head(self.blob_url(&access, digest)?);
        let answer = self.fetch(request, &access, 0).await?;
        let length = answer.header("content-length").and_then(|text| text.parse().ok());
        match answer.status {
            StatusCode::OK => Ok(Some(length.unwrap_or(0))),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refusal::other(label(&access.repository, digest), &answer)),
        }
    }

    pub(super) fn blob_url(
        &self,
        access: &Access,
        digest: &Digest,
    ) -> Result<transport::Url, RegistryError> {
        let endpoint = self.endpoint(access.repository.registry())?;
        Ok(endpoint.url(&access.repository, &format!("blobs/{digest}")))
    }
}

/// The blob as errors name it.
pub(super) fn label(repository: &Repository, digest: &Digest) -> String {
    format!("blob {digest} of {repository}")
}
