use image_ref::Platform;

use crate::{
    build::request::BuildRequest,
    error::EngineError,
    export::PlatformImage,
    layout::{Descriptor, Index, Manifest, OciLayout, config_facts},
};

/// Reads what buildx wrote: an index (several platforms, or attestations) or
/// one manifest. Nothing is rewritten.
pub(in crate::build) fn read_result(
    layout: &OciLayout,
    request: &BuildRequest,
) -> Result<(Option<Descriptor>, Vec<PlatformImage>), EngineError> {
    let top = match layout.read_index()?.as_slice() {
        [top] => top.clone(),
        other => return Err(layout.broken(format!("it lists {} images, not one", other.len()))),
    };
    let images = images_below(layout, &top)?;
    let images: Result<Vec<_>, _> = request
        .platforms
        .iter()
        .map(|platform| image_for_platform(layout, &images, platform))
        .collect();
    Ok((top.is_index().then_some(top), images?))
}

fn images_below(layout: &OciLayout, top: &Descriptor) -> Result<Vec<PlatformImage>, EngineError> {
    if !top.is_index() {
        return Ok(vec![read_image(layout, top)?]);
    }
    let index: Index = serde_json::from_slice(&layout.read_blob(&top.digest)?)
        .map_err(|error| layout.broken(format!("its index cannot be read: {error}")))?;
    let images = index.manifests.iter().filter(|manifest| !manifest.is_attestation());
    images.map(|manifest| read_image(layout, manifest)).collect()
}

fn read_image(layout: &OciLayout, manifest: &Descriptor) -> Result<PlatformImage, EngineError> {
    let content: Manifest = serde_json::from_slice(&layout.read_blob(&manifest.digest)?)
        .map_err(|error| layout.broken(format!("a manifest cannot be read: {error}")))?;
    let config = content.config.digest;
    let facts = config_facts(&layout.read_blob(&config)?);
    let facts = facts.ok_or_else(|| layout.broken("a config cannot be read"))?;
    let manifest = Descriptor::new(&manifest.media_type, manifest.digest.clone(), manifest.size);
    let manifest = manifest.for_platform(facts.platform.clone());
    Ok(PlatformImage { platform: facts.platform, manifest, config })
}

fn image_for_platform(
    layout: &OciLayout,
    images: &[PlatformImage],
    wanted: &Platform,
) -> Result<PlatformImage, EngineError> {
    let found = images.iter().find(|image| image.platform.matches(wanted));
    let image = found.ok_or_else(|| layout.broken(format!("no image for {wanted} was built")))?;
    Ok(PlatformImage { platform: wanted.clone(), ..image.clone() })
}
