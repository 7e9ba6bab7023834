use image_ref::{Digest, Repository};
use oci_image::{Manifest, ManifestHead, MediaType};
use transport::{Fetched, Request, StatusCode};

use super::{connection::Connection, manifest_name::ManifestName};
use crate::{RegistryError, auth::Access, error_response, hub::PullLimit};

/// Longest manifest that is read; registries take no longer ones (OCI
/// distribution specification 1.1, "Pushing manifests").
const MANIFEST_LIMIT: usize = 4 << 20;

/// How a deletion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The registry deleted it.
    Deleted,
    /// It did not exist.
    WasAbsent,
}

/// The manifests and indexes of a repository; see
/// [`RegistryClient::manifests`](crate::RegistryClient::manifests).
#[derive(Clone)]
pub struct Manifests<'a> {
    connection: &'a Connection,
    access: Access,
}

impl<'a> Manifests<'a> {
    /// With the token of this access, if it covers more than a request needs.
    pub(super) fn new(connection: &'a Connection, access: Access) -> Self {
        Self { connection, access }
    }

    /// Digest, type and size of a manifest without its bytes; `None` when it
    /// does not exist. Does not count as a pull on Docker Hub.
    ///
    /// # Errors
    /// [`RegistryError`]; never `NotFound`.
    pub async fn head(
        &self,
        name: impl Into<ManifestName>,
    ) -> Result<Option<ManifestHead>, RegistryError> {
        let name = name.into();
        let response = self.send_head(&name).await?;
        match response.status {
            StatusCode::OK => self.read_head(&name, &response).await.map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(error_response::refusal(self.label(&name), &response)),
        }
    }

    /// A manifest with its bytes; its digest is verified. Counts as a pull on Docker Hub.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when it does not exist.
    pub async fn get(&self, name: impl Into<ManifestName>) -> Result<Manifest, RegistryError> {
        let name = name.into();
        let request = Request::get(self.url(&name)?).header("accept", &accepted_types());
        let response =
            self.connection.fetch(request, &self.access.reading(), MANIFEST_LIMIT).await?;
        if response.status != StatusCode::OK {
            return Err(error_response::refusal(self.label(&name), &response));
        }
        let manifest = Manifest::new(response.body.clone(), self.media_type(&response)?);
        let expected = name.digest().cloned().or_else(|| stated_digest(&response));
        self.compare(&name, expected.as_ref(), manifest.digest())?;
        Ok(manifest)
    }

    /// Writes a manifest byte for byte, under a tag or its own digest. When the
    /// response is lost, the registry is asked what it has before it is sent again.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn put(
        &self,
        name: impl Into<ManifestName>,
        manifest: &Manifest,
    ) -> Result<(), RegistryError> {
        let name = name.into();
        self.compare(&name, name.digest(), manifest.digest())?;
        let writing = Self::new(self.connection, self.access.writing());
        let mut backoff = self.connection.backoff();
        loop {
            let error = match writing.put_once(&name, manifest).await {
                Err(error) if error.is_ambiguous() => error,
                outcome => return outcome,
            };
            let shown = writing.head(&name).await.ok().flatten();
            if shown.is_some_and(|shown| shown.digest == *manifest.digest()) {
                return Ok(());
            }
            if !backoff.wait().await {
                return Err(error);
            }
        }
    }

    /// Deletes a manifest; on most registries all its tags go with it, and an
    /// index that lists it is left broken. Probe first.
    ///
    /// # Errors
    /// [`RegistryError`]; `Unsupported` where deletion is switched off.
    pub async fn delete(&self, digest: &Digest) -> Result<Deletion, RegistryError> {
        let access = Access::delete(self.repository());
        let name = ManifestName::from(digest);
        let request = Request::delete(self.url(&name)?).without_redirects();
        let response = self.connection.fetch(request, &access, MANIFEST_LIMIT).await?;
        match response.status {
            StatusCode::ACCEPTED | StatusCode::OK | StatusCode::NO_CONTENT => Ok(Deletion::Deleted),
            StatusCode::NOT_FOUND => Ok(Deletion::WasAbsent),
            _ => {
                let what = format!("delete {}", self.label(&name));
                Err(error_response::refusal(what, &response))
            }
        }
    }

    /// How many pulls Docker Hub leaves us, requested with a HEAD, which is not
    /// counted. `None` means that there is no limit, as everywhere else.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn pull_limit(
        &self,
        name: impl Into<ManifestName>,
    ) -> Result<Option<PullLimit>, RegistryError> {
        let response = self.send_head(&name.into()).await?;
        Ok(PullLimit::from_headers(&response.headers))
    }

    /// The manifest as errors name it.
    pub(super) fn label(&self, name: &ManifestName) -> String {
        name.in_repository(self.repository())
    }

    async fn send_head(&self, name: &ManifestName) -> Result<Fetched, RegistryError> {
        let request = Request::head(self.url(name)?).header("accept", &accepted_types());
        self.connection.fetch(request, &self.access.reading(), MANIFEST_LIMIT).await
    }

    async fn read_head(
        &self,
        name: &ManifestName,
        response: &Fetched,
    ) -> Result<ManifestHead, RegistryError> {
        let media_type = self.media_type(response)?;
        let size = response.header("content-length").and_then(|text| text.parse().ok());
        match stated_digest(response).or_else(|| name.digest().cloned()) {
            Some(digest) => {
                self.compare(name, name.digest(), &digest)?;
                Ok(ManifestHead { digest, media_type, size })
            }
            // Some registries state no digest: it is that of the bytes.
            None => self.get(name).await.map(|manifest| manifest.head()),
        }
    }

    async fn put_once(
        &self,
        name: &ManifestName,
        manifest: &Manifest,
    ) -> Result<(), RegistryError> {
        let request = Request::put(self.url(name)?, manifest.bytes().clone())
            .header("content-type", manifest.media_type().as_str())
            .repeatable(false)
            .without_redirects();
        let response = self.connection.fetch(request, &self.access, MANIFEST_LIMIT).await?;
        match response.status {
            StatusCode::CREATED => {
                let stated = stated_digest(&response).unwrap_or_else(|| manifest.digest().clone());
                self.compare(name, Some(manifest.digest()), &stated)
            }
            status if status.is_success() => {
                let error = response.garbage(format!("status {status} instead of 201"));
                Err(self.connection.error(self.repository(), error))
            }
            _ => Err(error_response::refusal(self.label(name), &response)),
        }
    }

    fn repository(&self) -> &Repository {
        &self.access.repository
    }

    fn url(&self, name: &ManifestName) -> Result<transport::Url, RegistryError> {
        let endpoint = self.connection.endpoint(self.repository().registry())?;
        Ok(endpoint.url(self.repository(), &format!("manifests/{name}")))
    }

    /// The type stated; a page made for browsers is no manifest.
    fn media_type(&self, response: &Fetched) -> Result<MediaType, RegistryError> {
        let media_type = MediaType::new(response.header("content-type").unwrap_or_default());
        if media_type.as_str().starts_with("application/vnd.") {
            return Ok(media_type);
        }
        let error = response.garbage(format!("content type `{media_type}` is not of a manifest"));
        Err(self.connection.error(self.repository(), error))
    }

    fn compare(
        &self,
        name: &ManifestName,
        expected: Option<&Digest>,
        actual: &Digest,
    ) -> Result<(), RegistryError> {
        match expected {
            Some(expected) if expected != actual => Err(RegistryError::DigestMismatch {
                what: self.label(name),
                expected: expected.clone(),
                actual: actual.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// The types that every request for a manifest accepts.
fn accepted_types() -> String {
    MediaType::MANIFESTS.join(", ")
}

fn stated_digest(response: &Fetched) -> Option<Digest> {
    response.header("docker-content-digest")?.parse().ok()
}
