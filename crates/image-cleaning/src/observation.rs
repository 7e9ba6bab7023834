//! Everything about one engine that determines what may be removed.

use std::collections::BTreeSet;

use image_ref::ImageId;
use image_retention::{EngineState, needed_histories};
use local_docker::{ContainerDetails, EndpointChoice, Engine, EngineError, EngineInfo, ImageStore};
use operation::OperationError;

use crate::{
    disk::DiskState,
    users::{EngineImages, Histories, UserSources, read_histories},
};

/// One engine and what it holds.
pub(super) struct EngineObservation {
    pub(super) engine: Engine,
    pub(super) description: EngineInfo,
    pub(super) containers: Vec<ContainerDetails>,
    pub(super) state: EngineState,
    pub(super) histories: Histories,
    pub(super) disk: DiskState,
}

impl EngineObservation {
    /// Connects to an engine and reads everything at the same time.
    pub(super) async fn observe(
        choice: &EndpointChoice,
        sources: &UserSources,
    ) -> Result<Self, OperationError> {
        let engine = Engine::connect(choice)
            .await
            .map_err(OperationError::engine("connect to the Docker Engine"))?;
        Self::read_engine(engine, sources)
            .await
            .map_err(OperationError::engine("read the images and containers of the Docker Engine"))
    }

    async fn read_engine(engine: Engine, sources: &UserSources) -> Result<Self, EngineError> {
        let (description, images, usage) = tokio::try_join!(
            engine.info(),
            EngineImages::observe(&engine, sources),
            engine.disk_usage(),
        )?;
        let EngineImages { state, containers, mut histories } = images;
        read_missing_histories(&engine, &description.store, &state, &mut histories).await?;
        let disk = DiskState::new(usage, &engine, &description);
        Ok(Self { engine, description, containers, state, histories, disk })
    }

    /// The engine with its version and address, for headings.
    pub(super) fn title(&self) -> String {
        let store = match &self.description.store {
            ImageStore::Containerd(_) => ", containerd image store",
            ImageStore::GraphDriver(_) => "",
        };
        format!("Docker Engine {}{store} at {}", self.description.version, self.engine.endpoint())
    }
}

/// Reads the histories that determine sizes. For a graph-driver store those are few, for
/// the containerd store all: its image sizes are not those of layers.
async fn read_missing_histories(
    engine: &Engine,
    store: &ImageStore,
    state: &EngineState,
    histories: &mut Histories,
) -> Result<(), EngineError> {
    if let ImageStore::Containerd(_) = store {
        let ids: BTreeSet<ImageId> = state.images.iter().map(|image| image.id.clone()).collect();
        let missing = ids.into_iter().filter(|id| !histories.contains_key(id));
        let read = read_histories(engine, missing.collect::<Vec<_>>()).await?;
        histories.extend(read);
        return Ok(());
    }
    for at_most in [1, usize::MAX] {
        let needed = needed_histories(&state.images, histories, at_most);
        histories.extend(read_histories(engine, needed).await?);
    }
    Ok(())
}
