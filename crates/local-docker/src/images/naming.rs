use bollard::{
    models::ImageDeleteResponseItem,
    query_parameters::{RemoveImageOptionsBuilder, TagImageOptionsBuilder},
};
use image_ref::Reference;

use super::{ImageName, local_image::about_image};
use crate::{Engine, EngineError};

/// What went away with a reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// References that are gone.
    pub untagged: Vec<String>,
    /// Images and layers that are gone with them.
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
        tagged.map_err(|e| about_image(self.failed(doing)(e), &image))
    }

    /// Takes a reference away, and the image with its last one. Never forced:
    /// an image that a container uses stays, with its last reference.
    ///
    /// # Errors
    /// `ImageNotFound`, `ImageInUse`, or when the engine does not answer.
    pub async fn untag(&self, reference: &Reference) -> Result<Removal, EngineError> {
        let name = reference.to_string();
        let options = RemoveImageOptionsBuilder::new().force(false).build();
        let removed = self.client().remove_image(&name, Some(options), None).await;
        let failed = self.failed(format!("remove image {name}"));
        removed.map(Removal::of).map_err(|e| about_image(failed(e), &name))
    }
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
