use bollard::{
    models::ImageDeleteResponseItem,
    query_parameters::{RemoveImageOptionsBuilder, TagImageOptionsBuilder},
};
use image_ref::{ImageId, Reference};

use super::ImageName;
use crate::{Engine, EngineError};

/// What went away with a reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// References that are gone.
    pub untagged: Vec<String>,
    /// Images and layers that are gone with them. The containerd store also
    /// names an image that stays because others were built from it.
    pub deleted: Vec<String>,
}

impl Engine {
    /// Gives an image one more reference. An image that had it loses it.
    ///
    /// # Errors
    /// `ImageNotFound`, or when the engine does not answer.
    pub async fn tag(
        &self,
        image: impl Into<ImageName>,
        reference: &Reference,
    ) -> Result<(), EngineError> {
        let image = image.into().to_string();
        let tag = reference.tag().map_or("latest", |tag| tag.as_str());
        let repository = reference.repository().to_string();
        let options = TagImageOptionsBuilder::new().repo(&repository).tag(tag).build();
        let doing = format!("tag {image} as {reference}");
        let tagged = self.client().tag_image(&image, Some(options)).await;
        tagged.map_err(|e| self.failed(doing)(e).for_image(&image))
    }

    /// Takes a reference away, and the image with its last one. Never forced:
    /// an image that a container uses stays, with its last reference.
    ///
    /// # Errors
    /// `ImageNotFound`, `ImageInUse`, or when the engine does not answer.
    pub async fn untag(&self, reference: &Reference) -> Result<Removal, EngineError> {
        self.remove(reference.to_string()).await
    }

    /// Removes an image without tags, and the intermediate ones of its build
    /// that nothing else needs. Never forced: an image that a container uses,
    /// or that has got a tag meanwhile, stays. So does one that others were
    /// built from, but only in a graph-driver store: the containerd store lets
    /// it go and keeps the layers that the others need, so look at
    /// [`ListedImage::parent`](crate::ListedImage::parent) before.
    ///
    /// # Errors
    /// `ImageNotFound`, `ImageInUse`, or when the engine does not answer.
    pub async fn remove_image(&self, id: &ImageId) -> Result<Removal, EngineError> {
        // By its ID the engine would remove an image together with its only tag.
        let details = self.image_details(id).await?;
        let (tags, unreadable, digests) = details
            .map(|image| (image.tags, image.unreadable_names, image.digests))
            .unwrap_or_default();
        let names = tags.iter().map(ToString::to_string).chain(unreadable);
        if let Some(name) = names.into_iter().next() {
            let (image, message) = (id.to_string(), format!("it has the name {name}"));
            return Err(EngineError::ImageInUse { image, message });
        }
        match self.remove(id.to_string()).await {
            Err(error) if has_many_names(&error) => self.untag_all(&digests).await,
            outcome => outcome,
        }
    }

    /// The last one takes the image with it.
    async fn untag_all(&self, references: &[Reference]) -> Result<Removal, EngineError> {
        let mut all = Removal::default();
        for reference in references {
            let removal = self.untag(reference).await?;
            all.untagged.extend(removal.untagged);
            all.deleted.extend(removal.deleted);
        }
        Ok(all)
    }

    async fn remove(&self, name: String) -> Result<Removal, EngineError> {
        let options = RemoveImageOptionsBuilder::new().force(false).build();
        let removed = self.patient_client().remove_image(&name, Some(options), None).await;
        let failed = self.failed(format!("remove image {name}"));
        removed.map(Removal::of).map_err(|e| failed(e).for_image(&name))
    }
}

/// By its ID an engine removes only what one repository names.
fn has_many_names(error: &EngineError) -> bool {
    matches!(error, EngineError::ImageInUse { message, .. }
        if message.contains("referenced in multiple repositories"))
}

impl Removal {
    fn of(items: Vec<ImageDeleteResponseItem>) -> Self {
        let (untagged, deleted) = items
            .into_iter()
            .map(|item| (item.untagged, item.deleted))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        Self {
            untagged: untagged.into_iter().flatten().collect(),
            deleted: deleted.into_iter().flatten().collect(),
        }
    }
}
