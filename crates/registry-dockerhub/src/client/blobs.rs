use image_ref::{Digest, Repository};
use oci_image::BlobContent;
use transport::{Body, FilePart, Request, StatusCode};

use super::{RegistryClient, refusal};
use crate::{RegistryError, auth::Access};

/// A part of a blob as a request's body.
pub(super) fn body_of(content: &BlobContent, start: u64, length: u64) -> Body {
    match content {
        BlobContent::File(range) => {
            Body::File(FilePart { path: range.path.clone(), offset: range.offset + start, length })
        }
        BlobContent::Bytes(bytes) => {
            let [start, end] = [start, start + length]
                .map(|position| usize::try_from(position).unwrap_or(bytes.len()));
            Body::Bytes(bytes.slice(start..end))
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
