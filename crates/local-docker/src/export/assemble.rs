//! Decides what the manifest of an exported image is.

use image_ref::{Digest, Platform};
use oci_image::{
    Descriptor, ImageConfig, ImageView, IndexView, LayoutFolder, ManifestView, MediaType,
    manifest_bytes,
};
use serde::Deserialize;

use super::{
    archive::{Contents, StoredLayer},
    platform_image::PlatformImage,
};
use crate::EngineError;

/// Writes the documents of the image for `platform` beside its layers.
pub(super) fn assemble(
    contents: &Contents,
    platform: &Platform,
    layout: &LayoutFolder,
) -> Result<PlatformImage, EngineError> {
    let image = match find_kept(contents, platform) {
        Some(kept) => kept,
        None => make_manifest(contents)?,
    };
    let found =
        ImageConfig::parse(&image.config).ok_or_else(|| unusable("its config is no config"))?;
    if !found.platform.matches(platform) {
        let (wanted, found) = (Box::new(platform.clone()), Box::new(found.platform));
        return Err(EngineError::WrongPlatform { wanted, found });
    }
    let config = layout.write_blob(MediaType::image_config(), &image.config)?;
    let manifest = layout.write_blob(image.media_type, &image.manifest)?;
    Ok(PlatformImage {
        platform: platform.clone(),
        manifest: manifest.for_platform(found.platform),
        config: config.digest,
    })
}

/// The documents of one image.
struct Documents {
    manifest: Vec<u8>,
    media_type: MediaType,
    config: Vec<u8>,
}

/// The manifest in the archive itself, when all its layers came as the
/// manifest has them: that of a containerd store. A graph-driver store's
/// manifest speaks of layers that are not compressed; those were compressed on
/// the way, so it is not found here.
fn find_kept(contents: &Contents, platform: &Platform) -> Option<Documents> {
    let index = IndexView::from_index_json(contents.documents.get("index.json")?).ok()?;
    index.manifests.iter().find_map(|entry| kept_below(contents, entry, platform))
}

fn kept_below(contents: &Contents, entry: &Descriptor, platform: &Platform) -> Option<Documents> {
    let bytes = contents.blob_document(&entry.digest)?;
    let image = match ManifestView::parse(bytes, &entry.media_type).ok()? {
        ManifestView::Image(image) => image,
        ManifestView::Index(index) => {
            return index.manifests.iter().find_map(|entry| kept_below(contents, entry, platform));
        }
    };
    let config = contents.blob_document(&image.config.digest)?;
    let fits = ImageConfig::parse(config).is_some_and(|found| found.platform.matches(platform));
    (fits && has_all_layers(contents, &image)).then(|| Documents {
        manifest: bytes.to_vec(),
        media_type: entry.media_type.clone(),
        config: config.to_vec(),
    })
}

fn has_all_layers(contents: &Contents, image: &ImageView) -> bool {
    image.layers.iter().all(|layer| {
        let stored = contents.blob_layer(&layer.digest);
        stored.is_some_and(|stored| stored.descriptor.digest == layer.digest)
    })
}

/// One entry of `manifest.json`, Docker's own list of an archive's images.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedImage {
    config: String,
    layers: Option<Vec<String>>,
}

fn make_manifest(contents: &Contents) -> Result<Documents, EngineError> {
    let list = contents.documents.get("manifest.json");
    let list = list.ok_or_else(|| unusable("it has no manifest.json"))?;
    let list: Vec<ListedImage> = serde_json::from_slice(list)
        .map_err(|error| unusable(format!("manifest.json cannot be read: {error}")))?;
    let [image] = list.as_slice() else {
        return Err(unusable(format!("it holds {} images instead of one", list.len())));
    };
    let config = contents.documents.get(&image.config);
    let config = config.ok_or_else(|| unusable(format!("{} is missing", image.config)))?.clone();
    let layers = layers_of(contents, image)?;
    prove(&config, &layers)?;
    let layers: Vec<Descriptor> = layers.into_iter().map(|layer| layer.descriptor).collect();
    let descriptor = Descriptor::for_bytes(MediaType::image_config(), &config);
    let manifest = manifest_bytes(&descriptor, &layers);
    Ok(Documents { manifest, media_type: MediaType::oci_manifest(), config })
}

fn layers_of(contents: &Contents, image: &ListedImage) -> Result<Vec<StoredLayer>, EngineError> {
    let paths = image.layers.iter().flatten();
    let find = |path: &String| {
        contents.layer(path).cloned().ok_or_else(|| unusable(format!("{path} is missing")))
    };
    paths.map(find).collect()
}

/// The layers compressed here must be those that the config names.
fn prove(config: &[u8], layers: &[StoredLayer]) -> Result<(), EngineError> {
    let config = ImageConfig::parse(config).ok_or_else(|| unusable("its config is no config"))?;
    let same = |(layer, diff_id): (&StoredLayer, &Digest)| {
        layer.diff_id.as_ref().is_none_or(|found| found == diff_id)
    };
    let all = layers.len() == config.diff_ids.len();
    if all && layers.iter().zip(&config.diff_ids).all(same) {
        return Ok(());
    }
    Err(unusable("its layers are not those that its config names"))
}

fn unusable(reason: impl Into<String>) -> EngineError {
    EngineError::Archive { reason: reason.into() }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
