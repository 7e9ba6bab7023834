use std::{
    fs,
    path::{self, Path},
};

use image_ref::{ImageId, Platform, Reference};

use super::{
    BuildEvent, BuildEvents, BuildRequest, BuildTools, BuildWay, Buildx,
    buildx::{self, Output},
    choose_way,
    classic::ClassicBuild,
};
use crate::{
    Descriptor, EngineError, OciLayout, PlatformImage, cleanup::Cleanup, client::Connection,
    images::Images,
};

/// What a build made: a layout with every platform's image, and the image of
/// the engine's own platform in the engine, to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltImage {
    /// The layout.
    pub layout: OciLayout,
    /// The index that the builder itself made, with its attestations; to be
    /// pushed as it is. `None` when the manifests stand alone.
    pub index: Option<Descriptor>,
    /// One for each platform asked for, in that order.
    pub platforms: Vec<PlatformImage>,
    /// Images in the engine; the engine's own platform is among them if it
    /// was asked for.
    pub local: Vec<LocalBuild>,
}

/// A built image in the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalBuild {
    /// What it runs on.
    pub platform: Platform,
    /// The engine's identifier.
    pub id: ImageId,
    /// The name it has until [`crate::Engine::remove_built`].
    pub name: Reference,
}

impl BuiltImage {
    /// The image in the engine that can be run there.
    #[must_use]
    pub fn local_for(&self, platform: &Platform) -> Option<&LocalBuild> {
        self.local.iter().find(|local| local.platform.matches(platform))
    }
}

/// Builds in the way that [`choose_way`] selects.
pub(crate) async fn build_image(
    connection: &Connection,
    request: &BuildRequest,
    tools: &BuildTools,
    folder: &Path,
    events: BuildEvents<'_>,
) -> Result<BuiltImage, EngineError> {
    request.check()?;
    refuse_content(folder)?;
    // buildx takes some relative paths for addresses.
    let context = path::absolute(&request.context).unwrap_or_else(|_| request.context.clone());
    let request = &BuildRequest { context, ..request.clone() };
    events(BuildEvent::Started { platforms: request.platforms.clone() });
    let build = Build { connection, request, tools, events };
    match (choose_way(tools, connection.endpoint()), &tools.buildx) {
        (BuildWay::BuildxToLayout { builder }, Some(buildx)) => {
            build.to_layout(buildx, builder, folder).await
        }
        (BuildWay::BuildxIntoEngine { builder }, Some(buildx)) => {
            build.through_engine(Some((buildx, builder)), folder).await
        }
        _ => build.through_engine(None, folder).await,
    }
}

/// Blobs of another build beside this one's would be taken for its own.
fn refuse_content(folder: &Path) -> Result<(), EngineError> {
    let empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if empty {
        return Ok(());
    }
    let reason = "it is not empty; build into a new folder".to_owned();
    Err(EngineError::Layout { folder: folder.to_owned(), reason })
}

/// After a build that failed or was dropped. What is not there need not go,
/// and the failure is what counts.
async fn remove_names(connection: Connection, request: BuildRequest) {
    for platform in &request.platforms {
        if let Some(name) = request.local_reference(platform) {
            let _ = Images::new(&connection).untag(&name).await;
        }
    }
}

struct Build<'a> {
    connection: &'a Connection,
    request: &'a BuildRequest,
    tools: &'a BuildTools,
    events: BuildEvents<'a>,
}

impl Build<'_> {
    async fn to_layout(
        &self,
        buildx: &Buildx,
        builder: &str,
        folder: &Path,
    ) -> Result<BuiltImage, EngineError> {
        let platforms = &self.request.platforms;
        let output = Output::Layout(folder);
        let arguments = buildx::arguments(self.request, platforms, builder, output);
        buildx::run(buildx, self.connection, arguments, platforms, self.events).await?;
        // BuildKit leaves an empty folder in the layouts that it writes.
        let _ = fs::remove_dir(folder.join("ingest"));
        let layout = OciLayout::open(folder)?;
        let (index, platforms) = buildx::read_result(&layout, self.request)?;
        let local = self.load_native(&layout, &platforms).await?;
        Ok(BuiltImage { layout, index, platforms, local })
    }

    /// The engine's own platform, from the very bytes that will be pushed.
    async fn load_native(
        &self,
        layout: &OciLayout,
        images: &[PlatformImage],
    ) -> Result<Vec<LocalBuild>, EngineError> {
        let native = images.iter().find(|image| image.platform.matches(&self.tools.platform));
        let Some(image) = native else { return Ok(Vec::new()) };
        let name = self.local_name(&image.platform)?;
        let loaded = self.images().load_from_layout(layout, &image.manifest, &name).await?;
        Ok(vec![LocalBuild { platform: image.platform.clone(), id: loaded.id, name }])
    }

    /// One platform after the other, built in the engine and exported. What
    /// was built is removed again when a later platform fails.
    async fn through_engine(
        &self,
        buildx: Option<(&Buildx, &str)>,
        folder: &Path,
    ) -> Result<BuiltImage, EngineError> {
        let layout = OciLayout::create(folder)?;
        let (platforms, local) = (Vec::new(), Vec::new());
        let mut built = BuiltImage { layout, index: None, platforms, local };
        let removal = Cleanup::new(remove_names(self.connection.clone(), self.request.clone()));
        for platform in &self.request.platforms {
            if let Err(error) = self.one_platform(buildx, platform, &mut built).await {
                removal.run().await;
                return Err(error);
            }
        }
        removal.cancel();
        let manifests = built.platforms.iter().map(|image| image.manifest.clone()).collect();
        built.layout.write_index(manifests)?;
        Ok(built)
    }

    async fn one_platform(
        &self,
        buildx: Option<(&Buildx, &str)>,
        platform: &Platform,
        built: &mut BuiltImage,
    ) -> Result<(), EngineError> {
        let name = self.local_name(platform)?;
        match buildx {
            Some((buildx, builder)) => self.with_buildx(buildx, builder, platform, &name).await?,
            None => self.with_classic_builder(platform, &name).await?,
        }
        let id = self.images().get(name.clone()).await?.id;
        built.local.push(LocalBuild { platform: platform.clone(), id: id.clone(), name });
        (self.events)(BuildEvent::Exporting { platform: platform.clone() });
        built.platforms.push(self.images().export(id, platform, &built.layout).await?);
        Ok(())
    }

    async fn with_buildx(
        &self,
        buildx: &Buildx,
        builder: &str,
        platform: &Platform,
        name: &Reference,
    ) -> Result<(), EngineError> {
        let platforms = std::slice::from_ref(platform);
        let output = Output::Engine(name);
        let arguments = buildx::arguments(self.request, platforms, builder, output);
        buildx::run(buildx, self.connection, arguments, platforms, self.events).await
    }

    async fn with_classic_builder(
        &self,
        platform: &Platform,
        name: &Reference,
    ) -> Result<(), EngineError> {
        let (connection, request, events) = (self.connection, self.request, self.events);
        let native = &self.tools.platform;
        ClassicBuild { connection, request, platform, native, name, events }.run().await
    }

    fn images(&self) -> Images<'_> {
        Images::new(self.connection)
    }

    fn local_name(&self, platform: &Platform) -> Result<Reference, EngineError> {
        let name = self.request.local_reference(platform);
        name.ok_or_else(|| EngineError::PlatformNotBuildable {
            platform: platform.to_string(),
            message: "its name is no image tag".to_owned(),
        })
    }
}
