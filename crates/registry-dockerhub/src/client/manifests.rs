use image_ref::{Digest, Repository};
use oci_image::{Manifest, ManifestHead, MediaType};
use transport::{Fetched, Request, StatusCode};

use super::{ManifestName, RegistryClient, refusal};
use crate::{RegistryError, auth::Access};

/// Longest manifest that is read; registries take no longer ones (OCI
/// distribution specification 1.1, "Pushing manifests").
const MANIFEST_LIMIT: usize = 4 << 20;

/// How a deletion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The registry deleted it.
    Deleted,
    /// It was not there.
    WasAbsent,
}

impl RegistryClient {
    /// Digest, type and size of a manifest without its bytes; `None` when there
    /// is none. Does not count as a pull on Docker Hub.
    ///
    /// # Errors
    /// [`RegistryError`]; never `NotFound`.
    pub async fn head(
        &self,
        repository: &Repository,
        name: impl Into<ManifestName>,
    ) -> Result<Option<ManifestHead>, RegistryError> {
        self.head_with(&Access::pull(repository), &name.into()).await
    }

    /// A manifest with its bytes; its digest is verified. Counts as a pull on Docker Hub.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when there is none.
    pub async fn get(
        &self,
        repository: &Repository,
        name: impl Into<ManifestName>,
    ) -> Result<Manifest, RegistryError> {
        self.get_with(&Access::pull(repository), &name.into()).await
    }

    /// Writes a manifest byte for byte, under a tag or its own digest. When the
    /// answer is lost, the registry is asked what it has before it is sent again.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn put(
        &self,
        repository: &Repository,
        name: impl Into<ManifestName>,
        manifest: &Manifest,
    ) -> Result<(), RegistryError> {
        self.put_with(&Access::push(repository), &name.into(), manifest).await
    }

    /// Deletes a manifest; on most registries all its tags go with it, and an
    /// index that lists it is left broken. Probe first.
    ///
    /// # Errors
    /// [`RegistryError`]; `Unsupported` where deletion is switched off.
    pub async fn delete(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Deletion, RegistryError> {
        let access = Access::delete(repository);
        let name = ManifestName::from(digest);
        let url = self.manifest_url(&access, &name)?;
        let request = Request::delete(url).without_redirects();
        let answer = self.fetch(request, &access, MANIFEST_LIMIT).await?;
        match answer.status {
            StatusCode::ACCEPTED | StatusCode::OK | StatusCode::NO_CONTENT => Ok(Deletion::Deleted),
            StatusCode::NOT_FOUND => Ok(Deletion::WasAbsent),
            _ => Err(refusal::other(format!("delete {}", label(repository, &name)), &answer)),
        }
    }

    pub(super) async fn head_with(
        &self,
        access: &Access,
        name: &ManifestName,
    ) -> Result<Option<ManifestHead>, RegistryError> {
        let access = access.reading();
        let request = Request::head(self.manifest_url(&access, name)?);
        let request = request.header("accept", &accepted());
        let answer = self.fetch(request, &access, MANIFEST_LIMIT).await?;
        match answer.status {
            StatusCode::OK => self.read_head(&access, name, &answer).await.map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refusal::other(label(&access.repository, name), &answer)),
        }
    }

    async fn read_head(
        &self,
        access: &Access,
        name: &ManifestName,
        answer: &Fetched,
    ) -> Result<ManifestHead, RegistryError> {
        let media_type = self.media_type(access, answer)?;
        let size = answer.header("content-length").and_then(|text| text.parse().ok());
        match stated_digest(answer).or_else(|| name.digest().cloned()) {
            Some(digest) => {
                check(access, name, name.digest(), &digest)?;
                Ok(ManifestHead { digest, media_type, size })
            }
            // Some registries state no digest: it is that of the bytes.
            None => self.get_with(access, name).await.map(|manifest| manifest.head()),
        }
    }

    pub(super) async fn get_with(
        &self,
        access: &Access,
        name: &ManifestName,
    ) -> Result<Manifest, RegistryError> {
        let access = access.reading();
        let request = Request::get(self.manifest_url(&access, name)?);
        let request = request.header("accept", &accepted());
        let answer = self.fetch(request, &access, MANIFEST_LIMIT).await?;
        if answer.status != StatusCode::OK {
            return Err(refusal::other(label(&access.repository, name), &answer));
        }
        let manifest = Manifest::new(answer.body.clone(), self.media_type(&access, &answer)?);
        let expected = name.digest().cloned().or_else(|| stated_digest(&answer));
        check(&access, name, expected.as_ref(), manifest.digest())?;
        Ok(manifest)
    }

    pub(super) async fn put_with(
        &self,
        access: &Access,
        name: &ManifestName,
        manifest: &Manifest,
    ) -> Result<(), RegistryError> {
        check(access, name, name.digest(), manifest.digest())?;
        let mut backoff = self.backoff();
        loop {
            let error = match self.put_once(access, name, manifest).await {
                Err(error) if error.is_ambiguous() => error,
                outcome => return outcome,
            };
            let shown = self.head_with(access, name).await.ok().flatten();
            if shown.is_some_and(|shown| shown.digest == *manifest.digest()) {
                return Ok(());
            }
            if !backoff.wait().await {
                return Err(error);
            }
        }
    }

    async fn put_once(
        &self,
        access: &Access,
        name: &ManifestName,
        manifest: &Manifest,
    ) -> Result<(), RegistryError> {
        let request = Request::put(self.manifest_url(access, name)?, manifest.bytes().clone())
            .header("content-type", manifest.media_type().as_str())
            .repeatable(false)
            .without_redirects();
        let answer = self.fetch(request, access, MANIFEST_LIMIT).await?;
        match answer.status {
            StatusCode::CREATED => {
                let stated = stated_digest(&answer).unwrap_or_else(|| manifest.digest().clone());
                check(access, name, Some(manifest.digest()), &stated)
            }
            status if status.is_success() => {
                let error = answer.garbage(format!("status {status} instead of 201"));
                Err(self.failed(&access.repository, error))
            }
            _ => Err(refusal::other(label(&access.repository, name), &answer)),
        }
    }

    fn manifest_url(
        &self,
        access: &Access,
        name: &ManifestName,
    ) -> Result<transport::Url, RegistryError> {
        let endpoint = self.endpoint(access.repository.registry())?;
        Ok(endpoint.url(&access.repository, &format!("manifests/{name}")))
    }

    /// The type stated; a page made for browsers is no manifest.
    fn media_type(&self, access: &Access, answer: &Fetched) -> Result<MediaType, RegistryError> {
        let media_type = MediaType::new(answer.header("content-type").unwrap_or_default());
        if media_type.as_str().starts_with("application/vnd.") {
            return Ok(media_type);
        }
        let error = answer.garbage(format!("content type `{media_type}` is not of a manifest"));
        Err(self.failed(&access.repository, error))
    }
}

fn stated_digest(answer: &Fetched) -> Option<Digest> {
    answer.header("docker-content-digest")?.parse().ok()
}

fn check(
    access: &Access,
    name: &ManifestName,
    expected: Option<&Digest>,
    actual: &Digest,
) -> Result<(), RegistryError> {
    match expected {
        Some(expected) if expected != actual => Err(RegistryError::DigestMismatch {
            what: label(&access.repository, name),
            expected: expected.clone(),
            actual: actual.clone(),
        }),
        _ => Ok(()),
    }
}

/// The types that every request for a manifest accepts.
pub(super) fn accepted() -> String {
    MediaType::MANIFESTS.join(", ")
}

/// The manifest as errors name it.
pub(super) fn label(repository: &Repository, name: &ManifestName) -> String {
    match name {
        ManifestName::Tag(tag) => format!("{repository}:{tag}"),
        ManifestName::Digest(digest) => format!("{repository}@{digest}"),
    }
}
