//! Built images in the engine, for programs that look at them before they are pushed.

use image_ref::{Platform, Reference};
use local_docker::Engine;
use oci_image::{IndexEntry, Layout, LayoutFolder};

use crate::{context::ReleaseContext, step_error::ReleaseStepError, steps::local_image_name};

/// A built image that was loaded into the engine under a local name.
pub(crate) struct LoadedImage {
    engine: Engine,
    name: Reference,
}

impl LoadedImage {
    /// Loads the image for the engine's platform; `None` when it was not built for that.
    pub(crate) async fn load(
        context: &ReleaseContext<'_>,
        image: &str,
    ) -> Result<Option<Self>, ReleaseStepError> {
        let engine = context.clients.engine().await?.clone();
        let native = engine.info().await?.platform;
        let folder = context.folder.image(image);
        let images = Layout::open(&folder)?.images()?;
        let for_engine = |entry: &IndexEntry| Platform::from(&entry.platform).matches(&native);
        let Some(found) = images.into_iter().find(for_engine) else { return Ok(None) };
        let tag = "check".parse().map_err(|_| ReleaseStepError::failed("an invalid tag"))?;
        let name = local_image_name(context, image)?.tagged(tag);
        let layout = LayoutFolder::open(&folder)?;
        engine.images().load_from_layout(&layout, &found.image, &name).await?;
        Ok(Some(Self { engine, name }))
    }

    /// Its local name.
    pub(crate) fn name(&self) -> String {
        self.name.to_string()
    }

    /// Removes the local name, and the image with it if it has no other.
    pub(crate) async fn remove(self) -> Result<(), ReleaseStepError> {
        self.engine.images().untag(&self.name).await?;
        Ok(())
    }
}
