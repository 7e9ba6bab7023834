use std::{
    fs,
    path::{self, Path},
    slice,
};

use image_ref::{ImageId, Platform, Reference};
use oci_image::{Descriptor, LayoutFolder};

use super::{
    buildx::{Buildx, BuildxBuild, BuildxOutput, read_result},
    classic::ClassicBuild,
    event::{BuildEvent, OnBuildEvent},
    request::BuildRequest,
    tools::{BuildStrategy, BuildTools},
};
use crate::{
    cleanup::Cleanup, client::Connection, error::EngineError, export::PlatformImage, images::Images,
};

/// Result of a build: a layout with every platform's image, and images in the
/// engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltImage {
    /// The layout.
    pub layout: LayoutFolder,
    /// The index that the builder itself made, with its attestations; to be
    /// pushed as it is. `None` when there is no index.
    pub index: Option<Descriptor>,
    /// One for each requested platform, in that order.
    pub platforms: Vec<PlatformImage>,
    /// Images in the engine, to be run: that of the engine's own platform, if it
    /// was requested, and maybe others.
    pub local: Vec<LocalBuild>,
}

/// A built image in the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalBuild {
    /// The platform it runs on.
    pub platform: Platform,
    /// The engine's identifier.
    pub id: ImageId,
    /// Its name until [`Engine::remove_built`](crate::Engine::remove_built).
    pub name: Reference,
}

impl BuiltImage {
    /// The image in the engine for a platform.
    #[must_use]
    pub fn local_for(&self, platform: &Platform) -> Option<&LocalBuild> {
        self.local.iter().find(|local| local.platform.matches(platform))
    }
}

/// Builds with the strategy that [`BuildStrategy::select`] returns.
pub(crate) async fn build_image(
    connection: &Connection,
    request: &BuildRequest,
    tools: &BuildTools,
    folder: &Path,
    on_event: OnBuildEvent<'_>,
) -> Result<BuiltImage, EngineError> {
    request.check()?;
    require_empty(folder)?;
    // buildx takes some relative paths for addresses.
    let context = path::absolute(&request.context).unwrap_or_else(|_| request.context.clone());
    let request = &BuildRequest { context, ..request.clone() };
    on_event(BuildEvent::Started { platforms: request.platforms.clone() });
    let job = BuildJob { connection, request, tools, on_event };
    match (BuildStrategy::select(tools, connection.endpoint()), &tools.buildx) {
        (BuildStrategy::BuildxToLayout { builder }, Some(buildx)) => {
            job.build_to_layout(buildx, builder, folder).await
        }
        (BuildStrategy::BuildxIntoEngine { builder }, Some(buildx)) => {
            job.build_through_engine(Some((buildx, builder)), folder).await
        }
        _ => job.build_through_engine(None, folder).await,
    }
}

/// Blobs of another build in the folder would be taken for this one's.
fn require_empty(folder: &Path) -> Result<(), EngineError> {
    let empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if empty {
        return Ok(());
    }
    let reason = "it is not empty; build into a new folder".to_owned();
    Err(EngineError::Layout { folder: folder.to_owned(), reason })
}

/// After a build that failed or was dropped. Names that do not exist need no
/// removal, and the build's own failure is the one to report.
async fn remove_names(connection: Connection, request: BuildRequest) {
    for platform in &request.platforms {
        if let Some(name) = request.local_reference(platform) {
            let _ = Images::new(&connection).untag(&name).await;
        }
    }
}

struct BuildJob<'a> {
    connection: &'a Connection,
    request: &'a BuildRequest,
    tools: &'a BuildTools,
    on_event: OnBuildEvent<'a>,
}

impl BuildJob<'_> {
    /// All platforms at once.
    async fn build_to_layout(
        &self,
        buildx: &Buildx,
        builder: &str,
        folder: &Path,
    ) -> Result<BuiltImage, EngineError> {
        let output = BuildxOutput::Layout(folder);
        self.run_buildx(buildx, builder, &self.request.platforms, output).await?;
        // BuildKit leaves an empty folder in the layouts that it writes.
        let _ = fs::remove_dir(folder.join("ingest"));
        let layout = LayoutFolder::open(folder)?;
        let (index, platforms) = read_result(&layout, self.request)?;
        let local = self.load_native(&layout, &platforms).await?;
        Ok(BuiltImage { layout, index, platforms, local })
    }

    /// Loads the engine's own platform, from the very bytes that will be pushed.
    async fn load_native(
        &self,
        layout: &LayoutFolder,
        images: &[PlatformImage],
    ) -> Result<Vec<LocalBuild>, EngineError> {
        let native = images.iter().find(|image| image.platform.matches(&self.tools.platform));
        let Some(image) = native else { return Ok(Vec::new()) };
        let name = self.local_name(&image.platform)?;
        let loaded = self.images().load_from_layout(layout, &image.manifest, &name).await?;
        Ok(vec![LocalBuild { platform: image.platform.clone(), id: loaded.id, name }])
    }

    /// One platform after the other, built in the engine and exported. If one
    /// fails, the images of those before it are removed again.
    async fn build_through_engine(
        &self,
        buildx: Option<(&Buildx, &str)>,
        folder: &Path,
    ) -> Result<BuiltImage, EngineError> {
        let layout = LayoutFolder::create(folder)?;
        let (platforms, local) = (Vec::new(), Vec::new());
        let mut built = BuiltImage { layout, index: None, platforms, local };
        let removal = Cleanup::new(remove_names(self.connection.clone(), self.request.clone()));
        for platform in &self.request.platforms {
            if let Err(error) = self.build_platform(buildx, platform, &mut built).await {
                removal.finish().await;
                return Err(error);
            }
        }
        removal.cancel();
        let manifests: Vec<Descriptor> =
            built.platforms.iter().map(|image| image.manifest.clone()).collect();
        built.layout.write_index(&manifests)?;
        Ok(built)
    }

    async fn build_platform(
        &self,
        buildx: Option<(&Buildx, &str)>,
        platform: &Platform,
        built: &mut BuiltImage,
    ) -> Result<(), EngineError> {
        let name = self.local_name(platform)?;
        match buildx {
            Some((buildx, builder)) => {
                let output = BuildxOutput::Engine(&name);
                self.run_buildx(buildx, builder, slice::from_ref(platform), output).await?;
            }
            None => self.run_classic_builder(platform, &name).await?,
        }
        let id = self.images().get(name.clone()).await?.id;
        built.local.push(LocalBuild { platform: platform.clone(), id: id.clone(), name });
        (self.on_event)(BuildEvent::Exporting { platform: platform.clone() });
        built.platforms.push(self.images().export(id, platform, &built.layout).await?);
        Ok(())
    }

    async fn run_buildx(
        &self,
        buildx: &Buildx,
        builder: &str,
        platforms: &[Platform],
        output: BuildxOutput<'_>,
    ) -> Result<(), EngineError> {
        let (connection, request, on_event) = (self.connection, self.request, self.on_event);
        let build = BuildxBuild { buildx, builder, connection, request, platforms, on_event };
        build.run(output).await
    }

    async fn run_classic_builder(
        &self,
        platform: &Platform,
        name: &Reference,
    ) -> Result<(), EngineError> {
        let (connection, request, on_event) = (self.connection, self.request, self.on_event);
        let native = &self.tools.platform;
        ClassicBuild { connection, request, platform, native, name, on_event }.run().await
    }

    fn images(&self) -> Images<'_> {
        Images::new(self.connection)
    }

    fn local_name(&self, platform: &Platform) -> Result<Reference, EngineError> {
        let name = self.request.local_reference(platform);
        name.ok_or_else(|| EngineError::PlatformNotBuildable {
            platform: platform.to_string(),
            message: "its name is not a valid image tag".to_owned(),
        })
    }
}
