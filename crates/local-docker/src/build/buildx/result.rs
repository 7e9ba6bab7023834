use image_ref::Platform;
use oci_image::{Descriptor, ImageConfig, ImageView, IndexView, LayoutFolder, ManifestView};

use crate::{build::request::BuildRequest, error::EngineError, export::PlatformImage};

/// Reads what buildx wrote: an index (several platforms, or attestations) or
/// one manifest. Nothing is rewritten.
pub(in crate::build) fn read_result(
    layout: &LayoutFolder,
    request: &BuildRequest,
) -> Result<(Option<Descriptor>, Vec<PlatformImage>), EngineError> {
    let top = match layout.read_index()?.as_slice() {
        [top] => top.clone(),
        other => {
            return Err(layout.invalid(format!("it lists {} images, not one", other.len())).into());
        }
    };
    let images = images_below(layout, &top)?;
    let images: Result<Vec<_>, _> = request
        .platforms
        .iter()
        .map(|platform| image_for_platform(layout, &images, platform))
        .collect();
    Ok((top.media_type.is_index().then_some(top), images?))
}

fn images_below(
    layout: &LayoutFolder,
    top: &Descriptor,
) -> Result<Vec<PlatformImage>, EngineError> {
    match read_manifest(layout, top)? {
        ManifestView::Image(image) => Ok(vec![read_image(layout, top, &image)?]),
        ManifestView::Index(index) => images_of_index(layout, &index),
    }
}

fn images_of_index(
    layout: &LayoutFolder,
    index: &IndexView,
) -> Result<Vec<PlatformImage>, EngineError> {
    let entries = index.manifests.iter().filter(|entry| !entry.is_attestation());
    let images = entries.map(|entry| match read_manifest(layout, entry)? {
        ManifestView::Image(image) => read_image(layout, entry, &image),
        ManifestView::Index(_) => Err(layout.invalid("an index lists another index").into()),
    });
    images.collect()
}

fn read_manifest(layout: &LayoutFolder, entry: &Descriptor) -> Result<ManifestView, EngineError> {
    let bytes = layout.read_blob(&entry.digest)?;
    ManifestView::parse(&bytes, &entry.media_type).map_err(|reason| {
        let short = entry.digest.short();
        layout.invalid(format!("manifest {short} cannot be read: {reason}")).into()
    })
}

fn read_image(
    layout: &LayoutFolder,
    entry: &Descriptor,
    image: &ImageView,
) -> Result<PlatformImage, EngineError> {
    let digest = image.config.digest.clone();
    let config = ImageConfig::parse(&layout.read_blob(&digest)?)
        .ok_or_else(|| layout.invalid("a config cannot be read"))?;
    let manifest = Descriptor::new(entry.media_type.clone(), entry.digest.clone(), entry.size);
    let manifest = manifest.for_platform(&config.platform);
    Ok(PlatformImage { platform: config.platform, manifest, config: digest })
}

fn image_for_platform(
    layout: &LayoutFolder,
    images: &[PlatformImage],
    wanted: &Platform,
) -> Result<PlatformImage, EngineError> {
    let found = images.iter().find(|image| image.platform.matches(wanted));
    let image = found.ok_or_else(|| layout.invalid(format!("no image for {wanted} was built")))?;
    Ok(PlatformImage { platform: wanted.clone(), ..image.clone() })
}
