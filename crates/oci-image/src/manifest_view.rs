use serde::Deserialize;

use crate::{Descriptor, DescriptorPlatform, MediaType};

/// The content of a manifest or index; for reading, never to be written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestView {
    /// Several manifests, one for each platform, and attestations.
    Index(IndexView),
    /// One image.
    Image(Box<ImageView>),
}

impl ManifestView {
    /// Reads a manifest or index. A document with the parts of both kinds, or of
    /// another type than it is served with, is refused (CVE-2021-41190).
    ///
    /// # Errors
    /// The reason.
    pub fn parse(bytes: &[u8], served_as: &MediaType) -> Result<Self, String> {
        if served_as.is_schema1() {
            return Err("it is of schema 1, which this program does not handle".to_owned());
        }
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if let Some(stated) = document.media_type.filter(|stated| stated != served_as) {
            return Err(format!("it says that it is {stated}, and is served as {served_as}"));
        }
        match (document.manifests, document.config, document.layers) {
            (Some(manifests), None, None) if served_as.is_index() => {
                Ok(Self::Index(IndexView { manifests }))
            }
            (None, Some(config), layers) if !served_as.is_index() => {
                let layers = layers.unwrap_or_default();
                Ok(Self::Image(Box::new(ImageView { config, layers })))
            }
            _ => Err(format!("its parts are not those of {served_as}")),
        }
    }

    /// The index, if it is one.
    #[must_use]
    pub fn into_index(self) -> Option<IndexView> {
        match self {
            Self::Index(index) => Some(index),
            Self::Image(_) => None,
        }
    }

    /// The image, if it is one.
    #[must_use]
    pub fn into_image(self) -> Option<ImageView> {
        match self {
            Self::Index(_) => None,
            Self::Image(image) => Some(*image),
        }
    }
}

/// The entries of an index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IndexView {
    /// All entries in their order, attestations included.
    pub manifests: Vec<Descriptor>,
}

/// The parts of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageView {
    /// The config.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
}

impl IndexView {
    /// Reads an `index.json`, which is not served and so has no type from outside.
    ///
    /// # Errors
    /// When it is not an index.
    pub fn from_index_json(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The entries that are images: neither attestations nor of unknown platform.
    pub fn images(&self) -> impl Iterator<Item = &Descriptor> {
        self.manifests.iter().filter(|entry| {
            let platform = entry.platform.as_ref();
            platform.is_none_or(DescriptorPlatform::is_stated) && !entry.is_attestation()
        })
    }

    /// The attestations about this image.
    pub fn attestations_of<'a>(
        &'a self,
        image: &'a Descriptor,
    ) -> impl Iterator<Item = &'a Descriptor> {
        self.manifests.iter().filter(|entry| entry.attests().as_ref() == Some(&image.digest))
    }
}

impl ImageView {
    /// Config and layers: every blob that the image needs.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        std::iter::once(&self.config).chain(&self.layers)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: Option<MediaType>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_ref::Digest;

    fn descriptor() -> String {
        format!(r#"{{"mediaType":"a/b","digest":"{}","size":1}}"#, Digest::of(b"x"))
    }

    #[test]
    fn a_document_that_is_both_kinds_is_refused() {
        let one = descriptor();
        let text = format!(r#"{{"manifests":[{one}],"config":{one},"layers":[{one}]}}"#);
        for served_as in [MediaType::oci_index(), MediaType::oci_manifest()] {
            assert!(ManifestView::parse(text.as_bytes(), &served_as).is_err(), "{served_as}");
        }
    }

    #[test]
    fn a_type_that_contradicts_the_header_is_refused() {
        let text = format!(r#"{{"mediaType":"{}","manifests":[]}}"#, MediaType::docker_list());
        assert!(ManifestView::parse(text.as_bytes(), &MediaType::oci_index()).is_err());
        assert!(ManifestView::parse(text.as_bytes(), &MediaType::docker_list()).is_ok());
    }

    #[test]
    fn an_image_has_its_config_before_its_layers() {
        let one = descriptor();
        let text = format!(r#"{{"config":{one},"layers":[{one},{one}]}}"#);
        let ManifestView::Image(image) =
            ManifestView::parse(text.as_bytes(), &MediaType::oci_manifest()).unwrap()
        else {
            panic!("not an image")
        };
        assert_eq!(image.blobs().count(), 3);
    }
}
