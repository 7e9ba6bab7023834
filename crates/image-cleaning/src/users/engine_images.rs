use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use image_ref::ImageId;
use image_retention::{EngineState, Image, ImageUse};
use jiff::Timestamp;
use local_docker::{ContainerDetails, Engine, EngineError, ImageDetails};

use super::{
    Histories, UserSources,
    builds::{build_uses, possible_build_steps},
    compose_files::container_compose_uses,
    containers::{container_uses, invalid_name_use, list_containers, swarm_service_uses},
    histories::{CONCURRENT_REQUESTS, read_histories},
};

/// The images of an engine with all their uses.
pub(crate) struct EngineImages {
    pub(crate) state: EngineState,
    /// Containers in every state.
    pub(crate) containers: Vec<ContainerDetails>,
    /// The histories of possible build steps.
    pub(crate) histories: Histories,
}

impl EngineImages {
    pub(crate) async fn observe(
        engine: &Engine,
        sources: &UserSources,
    ) -> Result<Self, EngineError> {
        let (details, containers, swarm_services) = tokio::try_join!(
            list_images(engine),
            list_containers(engine),
            engine.swarm().services(),
        )?;
        let mut uses: BTreeSet<ImageUse> = sources.uses.iter().cloned().collect();
        uses.extend(containers.iter().flat_map(container_uses));
        uses.extend(swarm_services.iter().flat_map(swarm_service_uses));
        uses.extend(container_compose_uses(&containers, sources));
        uses.extend(details.iter().filter_map(invalid_name_use));
        let images: Vec<Image> = details.into_iter().map(image_from_details).collect();
        let now = Timestamp::now();
        let steps = possible_build_steps(&images, now).map(|image| image.id.clone());
        let histories = read_histories(engine, steps).await?;
        uses.extend(build_uses(&images, &histories, now));
        let state = EngineState { images, uses: uses.into_iter().collect() };
        Ok(Self { state, containers, histories })
    }
}

/// Every image, once; images that disappear meanwhile are left out.
async fn list_images(engine: &Engine) -> Result<Vec<ImageDetails>, EngineError> {
    // The containerd store of Engine 24 lists an image for each name and platform.
    let sizes: BTreeMap<ImageId, u64> =
        engine.images().list_all().await?.into_iter().map(|image| (image.id, image.size)).collect();
    let details: Vec<Option<ImageDetails>> = stream::iter(sizes)
        .map(|(id, size)| async move {
            let details = engine.images().inspect(&id).await?;
            // The containerd store's inspection leaves out unpacked layers.
            Ok::<_, EngineError>(details.map(|details| ImageDetails { size, ..details }))
        })
        .buffer_unordered(CONCURRENT_REQUESTS)
        .try_collect()
        .await?;
    Ok(details.into_iter().flatten().collect())
}

fn image_from_details(details: ImageDetails) -> Image {
    Image {
        id: details.id,
        tags: details.tags,
        digests: details.digests,
        parent: details.parent,
        layers: details.layers,
        created: details.created,
        tagged: details.last_tagged,
        size: details.size,
        labels: details.labels,
    }
}
