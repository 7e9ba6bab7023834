//! Everything about one engine that decides what may go.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use image_ref::ImageId;
use image_retention::{HistoryEntry, Image, Observed, Use};
use jiff::Timestamp;
use local_docker::{
    ContainerDetails, EndpointChoice, Engine, EngineDescription, EngineError, ImageDetails,
    ImageStore,
};

use super::{
    builds,
    disk::{Disk, free_bytes},
    uses,
};
use crate::{Environment, OperationError};

/// Questions to one engine at the same time: more do not answer sooner.
const AT_ONCE: usize = 8;

/// One engine and what it holds.
pub(super) struct EngineView {
    pub(super) engine: Engine,
    pub(super) description: EngineDescription,
    pub(super) containers: Vec<ContainerDetails>,
    pub(super) observed: Observed,
    pub(super) histories: BTreeMap<ImageId, Vec<HistoryEntry>>,
    pub(super) disk: Disk,
}

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
/// for every engine.
pub(super) async fn observe(
    choice: &EndpointChoice,
    environment: &Environment,
    shared: &[Use],
) -> Result<EngineView, OperationError> {
    let engine = Engine::connect(choice).await.map_err(unreachable)?;
    let looked = tokio::try_join!(
        engine.description(),
        images(&engine),
        containers(&engine),
        engine.disk_usage(),
        engine.swarm_services(),
    );
    let (description, (images, histories), containers, usage, swarm) =
        looked.map_err(unreadable)?;
    let mut uses: BTreeSet<Use> = containers.iter().flat_map(uses::of_container).collect();
    uses.extend(swarm.iter().flat_map(uses::of_swarm_service));
    uses.extend(uses::of_other_compose_files(&containers, environment));
    uses.extend(builds::uses(&images, &histories, Timestamp::now()));
    uses.extend(shared.iter().cloned());
    let disk = Disk { free: free_bytes(&engine, &description), usage };
    let observed = Observed { images, uses: uses.into_iter().collect() };
    Ok(EngineView { engine, description, containers, observed, histories, disk })
}

type Images = (Vec<Image>, BTreeMap<ImageId, Vec<HistoryEntry>>);

/// Every image with its layers and its history; those that go away meanwhile are
/// left out.
async fn images(engine: &Engine) -> Result<Images, EngineError> {
    let listed = engine.all_images().await?;
    let looked = stream::iter(listed).map(|listed| async move {
        let (details, history) =
            tokio::try_join!(engine.image_details(&listed.id), engine.image_history(&listed.id))?;
        // The containerd store's inspection leaves out what is unpacked.
        let details = details.map(|details| ImageDetails { size: listed.size, ..details });
        Ok::<_, EngineError>(details.zip(history))
    });
    let found: Vec<_> = looked.buffer_unordered(AT_ONCE).try_collect().await?;
    let mut images = Images::default();
    for (details, history) in found.into_iter().flatten() {
        images.1.insert(details.id.clone(), history.into_iter().map(entry).collect());
        images.0.push(image(details));
    }
    Ok(images)
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

fn entry(entry: local_docker::HistoryEntry) -> HistoryEntry {
    HistoryEntry { size: entry.size, created_by: entry.created_by, comment: entry.comment }
}

/// Containers in every state, with what they were asked to run.
pub(super) async fn containers(engine: &Engine) -> Result<Vec<ContainerDetails>, EngineError> {
    let listed = engine.containers(None).await?;
    engine.details_of(listed.iter().map(|container| &container.id)).await
}

pub(super) fn unreachable(error: EngineError) -> OperationError {
    let advice = error.hint().map(str::to_owned);
    OperationError::service("connect to the Docker Engine", advice)(error)
}

pub(super) fn unreadable(error: EngineError) -> OperationError {
    let advice = error.hint().map(str::to_owned);
    OperationError::service("look at the Docker Engine's images and containers", advice)(error)
}
