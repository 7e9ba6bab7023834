use image_ref::Repository;
use transport::Request;

use super::{ManifestName, RegistryClient, manifests::accepted};
use crate::{RegistryError, auth::Access, hub::PullLimit};

impl RegistryClient {
    /// How many pulls Docker Hub leaves us, asked with a HEAD, which is not
    /// counted. `None` means that there is no limit, as everywhere else.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn pull_limit(
        &self,
        repository: &Repository,
        name: impl Into<ManifestName>,
    ) -> Result<Option<PullLimit>, RegistryError> {
        let access = Access::pull(repository);
        let endpoint = self.endpoint(repository.registry())?;
        let url = endpoint.url(repository, &format!("manifests/{}", name.into()));
        let request = Request::head(url).header("accept", &accepted());
        let answer = self.fetch(request, &access, 0).await?;
        Ok(PullLimit::of(&answer.headers))
    }
}
