//! Everything about one engine that decides what may go.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    path::Path,
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use image_ref::ImageId;
use image_retention::{EngineState, HistoryEntry, Image, ImageUse};
use jiff::Timestamp;
use local_docker::{
    ContainerDetails, EndpointChoice, Engine, EngineError, EngineInfo, ImageDetails, ImageStore,
};

use super::{
    builds,
    disk::{Disk, free_bytes},
    uses,
};
use operation::{Environment, OperationError};

/// Questions to one engine at the same time: more do not answer sooner.
const AT_ONCE: usize = 8;

const LOOK: &str = "look at the Docker Engine's images and containers";

/// One engine and what it holds.
pub(super) struct EngineView {
    pub(super) engine: Engine,
    pub(super) description: EngineInfo,
    pub(super) containers: Vec<ContainerDetails>,
    pub(super) observed: EngineState,
    pub(super) histories: Histories,
    pub(super) disk: Disk,
}

/// Of an image that went away meanwhile there is none.
pub(super) type Histories = BTreeMap<ImageId, Vec<HistoryEntry>>;

impl EngineView {
    /// Where the engine is and what it is, for headings.
    pub(super) fn title(&self) -> String {
        let store = match &self.description.store {
            ImageStore::Containerd(_) => ", containerd image store",
            ImageStore::GraphDriver(_) => "",
        };
        format!("Docker Engine {}{store} at {}", self.description.version, self.engine.endpoint())
    }
}

/// Connects and looks at everything at the same time; `shared` are uses that hold
/// for every engine, `root` is the project's folder.
pub(super) async fn observe(
    choice: &EndpointChoice,
    environment: &Environment,
    shared: &[ImageUse],
    root: Option<&Path>,
) -> Result<EngineView, OperationError> {
    let engine = Engine::connect(choice)
        .await
        .map_err(OperationError::engine("connect to the Docker Engine"))?;
    let looked = tokio::try_join!(
        engine.info(),
        image_details(&engine),
        containers(&engine),
        engine.disk_usage(),
        engine.swarm().services(),
    );
    let (description, details, containers, usage, swarm) =
        looked.map_err(OperationError::engine(LOOK))?;
    let unreadable: Vec<ImageUse> = details.iter().filter_map(uses::of_unreadable_names).collect();
    let images: Vec<Image> = details.into_iter().map(image).collect();
    let histories = histories(&engine, &description.store, &images)
        .await
        .map_err(OperationError::engine(LOOK))?;
    let mut uses: BTreeSet<ImageUse> = containers.iter().flat_map(uses::of_container).collect();
    uses.extend(swarm.iter().flat_map(uses::of_swarm_service));
    uses.extend(uses::of_other_compose_files(&containers, environment, root));
    uses.extend(builds::uses(&images, &histories, Timestamp::now()));
    uses.extend(unreadable);
    uses.extend(shared.iter().cloned());
    let disk = Disk { free: free_bytes(&engine, &description), usage };
    let observed = EngineState { images, uses: uses.into_iter().collect() };
    Ok(EngineView { engine, description, containers, observed, histories, disk })
}

/// Every image, once; those that go away meanwhile are left out.
async fn image_details(engine: &Engine) -> Result<Vec<ImageDetails>, EngineError> {
    let listed = engine.images().list_all().await?;
    // The containerd store of Engine 24 lists an image for each name and platform.
    let listed: BTreeMap<ImageId, u64> =
        listed.into_iter().map(|image| (image.id, image.size)).collect();
    let looked = stream::iter(listed).map(|(id, size)| async move {
        let details = engine.images().inspect(&id).await?;
        // The containerd store's inspection leaves out what is unpacked.
        Ok::<_, EngineError>(details.map(|details| ImageDetails { size, ..details }))
    });
    let found: Vec<_> = looked.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// The histories that decide something. Of a graph-driver store those are few, of
/// the containerd store all: there an image's size is not that of its layers.
async fn histories(
    engine: &Engine,
    store: &ImageStore,
    images: &[Image],
) -> Result<Histories, EngineError> {
    if let ImageStore::Containerd(_) = store {
        return histories_of(engine, images.iter().map(|image| image.id.clone())).await;
    }
    let steps = builds::perhaps(images, Timestamp::now()).map(|image| image.id.clone());
    let mut known = histories_of(engine, steps).await?;
    for at_most in [1, usize::MAX] {
        let needed = image_retention::needed_histories(images, &known, at_most);
        known.extend(histories_of(engine, needed).await?);
    }
    Ok(known)
}

async fn histories_of(
    engine: &Engine,
    ids: impl IntoIterator<Item = ImageId>,
) -> Result<Histories, EngineError> {
    let asked = stream::iter(ids).map(|id| async move {
        let history = engine.images().history(&id).await?;
        Ok::<_, EngineError>(history.map(|entries| (id, entries.into_iter().map(entry).collect())))
    });
    asked.buffer_unordered(AT_ONCE).try_filter_map(|found| ready(Ok(found))).try_collect().await
}

fn image(details: ImageDetails) -> Image {
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

fn entry(entry: local_docker::HistoryStep) -> HistoryEntry {
    HistoryEntry { size: entry.size, created_by: entry.created_by, comment: entry.comment }
}

/// Containers in every state, with what they were asked to run.
pub(super) async fn containers(engine: &Engine) -> Result<Vec<ContainerDetails>, EngineError> {
    let listed = engine.containers().list(None).await?;
    engine.containers().inspect_all(listed.iter().map(|container| &container.id)).await
}
