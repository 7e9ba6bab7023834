use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use bollard::{
    models::{ImageInspect, ImageSummary},
    query_parameters::ListImagesOptionsBuilder,
};
use image_ref::{ImageId, Platform, Reference};

use crate::{Engine, EngineError};

/// What an image is called by when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageName {
    /// By the engine's identifier.
    Id(ImageId),
    /// By tag or digest of a repository.
    Reference(Reference),
}

impl From<ImageId> for ImageName {
    fn from(id: ImageId) -> Self {
        Self::Id(id)
    }
}

impl From<&ImageId> for ImageName {
    fn from(id: &ImageId) -> Self {
        Self::Id(id.clone())
    }
}

impl From<&Reference> for ImageName {
    fn from(reference: &Reference) -> Self {
        Self::Reference(reference.clone())
    }
}

impl From<Reference> for ImageName {
    fn from(reference: Reference) -> Self {
        Self::Reference(reference)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Reference(reference) => reference.fmt(f),
        }
    }
}

/// An image in the engine's store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalImage {
    /// The engine's identifier.
    pub id: ImageId,
    /// References with a tag; none for a dangling image.
    pub tags: Vec<Reference>,
    /// References by the digest that a registry served.
    pub digests: Vec<Reference>,
    /// What it runs on; lists do not tell.
    pub platform: Option<Platform>,
    /// Labels of its config.
    pub labels: BTreeMap<String, String>,
    /// Bytes, counted as this store counts them.
    pub size: u64,
}

impl Engine {
    /// Images, without the intermediate ones of builds; with `label`, those
    /// that have it (`name` or `name=value`).
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn images(&self, label: Option<&str>) -> Result<Vec<LocalImage>, EngineError> {
        let label = label.map(|label| ("label".to_owned(), vec![label.to_owned()]));
        let filters: HashMap<_, _> = label.into_iter().collect();
        let options = ListImagesOptionsBuilder::new().filters(&filters).build();
        let doing = "list images";
        let images = self.client().list_images(Some(options)).await;
        let images = images.map_err(self.failed(doing))?;
        images.into_iter().map(from_summary).collect::<Result<_, _>>().map_err(unreadable(doing))
    }

    /// The image of this name, if the engine has it.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn find_image(
        &self,
        name: impl Into<ImageName>,
    ) -> Result<Option<LocalImage>, EngineError> {
        match self.image(name).await {
            Ok(image) => Ok(Some(image)),
            Err(EngineError::ImageNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The image of this name.
    ///
    /// # Errors
    /// `ImageNotFound`, or when the engine does not answer.
    pub async fn image(&self, name: impl Into<ImageName>) -> Result<LocalImage, EngineError> {
        let name = name.into().to_string();
        let doing = format!("inspect image {name}");
        let inspected = self.client().inspect_image(&name).await;
        let inspected = inspected.map_err(|e| self.failed(&doing)(e).for_image(&name))?;
        from_inspect(inspected).map_err(unreadable(&doing))
    }
}

fn unreadable(doing: &str) -> impl FnOnce(image_ref::ParseError) -> EngineError {
    let doing = doing.to_owned();
    move |error| EngineError::InvalidResponse { doing, source: error.into() }
}

fn from_summary(image: ImageSummary) -> Result<LocalImage, image_ref::ParseError> {
    Ok(LocalImage {
        id: image.id.parse()?,
        tags: references(image.repo_tags)?,
        digests: references(image.repo_digests)?,
        platform: None,
        labels: image.labels.into_iter().collect(),
        size: image.size.try_into().unwrap_or_default(),
    })
}

fn from_inspect(image: ImageInspect) -> Result<LocalImage, image_ref::ParseError> {
    let platform = platform(&image);
    let labels = image.config.and_then(|config| config.labels).unwrap_or_default();
    Ok(LocalImage {
        id: image.id.unwrap_or_default().parse()?,
        tags: references(image.repo_tags.unwrap_or_default())?,
        digests: references(image.repo_digests.unwrap_or_default())?,
        platform,
        labels: labels.into_iter().collect(),
        size: image.size.unwrap_or_default().try_into().unwrap_or_default(),
    })
}

fn platform(image: &ImageInspect) -> Option<Platform> {
    let present = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (os, architecture) = (present(&image.os)?, present(&image.architecture)?);
    Some(Platform { variant: present(&image.variant), ..Platform::new(&os, &architecture) })
}

/// Engines before 25 write `<none>:<none>` for an image without tags.
fn references(texts: Vec<String>) -> Result<Vec<Reference>, image_ref::ParseError> {
    texts.iter().filter(|text| !text.contains("<none>")).map(|text| text.parse()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_tags_has_none() {
        let texts = ["<none>:<none>", "<none>@<none>"].map(str::to_owned);
        assert_eq!(references(texts.to_vec()), Ok(vec![]));
    }
}
