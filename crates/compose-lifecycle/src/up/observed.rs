//! What there is of a project in the engine.

use std::collections::{BTreeMap, BTreeSet};

use compose::labels::{PROJECT, ServiceLabels};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use image_ref::{Digest, ImageId, Reference};
use local_docker::{ContainerDetails, ContainerId, Engine, EngineError, ImageDetails};

use super::comparison::Here;

/// Questions to the engine at the same time.
const AT_ONCE: usize = 8;

/// The containers of a project's services, and the images that they run.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed {
    /// By service and number; those of `docker compose run` are left out.
    pub(super) containers: Vec<Seen>,
    /// The images of the containers, those that are still there.
    pub(super) images: BTreeMap<ImageId, Here>,
}

/// One container of a service.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) service: String,
    /// From 1; a service may have several containers.
    pub(super) number: u32,
    pub(super) details: ContainerDetails,
}

impl Observed {
    /// Looks at a project's containers and images.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub(super) async fn of(engine: &Engine, project: &str) -> Result<Self, EngineError> {
        let containers = containers(engine, project).await?;
        let ids: BTreeSet<&ImageId> =
            containers.iter().filter_map(|seen| seen.details.image_id.as_ref()).collect();
        let images = engine.images().inspect_all(ids).await?.into_iter();
        let images = images.map(|image| (image.id.clone(), Here::from(image))).collect();
        Ok(Self { containers, images })
    }

    pub(super) fn find(&self, id: &ContainerId) -> Option<&Seen> {
        self.containers.iter().find(|seen| seen.details.id == *id)
    }

    /// The image that a container runs, if it is still there.
    pub(super) fn image_of(&self, container: &ContainerDetails) -> Option<&Here> {
        self.images.get(container.image_id.as_ref()?)
    }
}

/// The containers of a project's services, in any state.
///
/// # Errors
/// When the engine does not answer.
pub(super) async fn containers(engine: &Engine, project: &str) -> Result<Vec<Seen>, EngineError> {
    let listed = engine.containers().list(Some(&format!("{PROJECT}={project}"))).await?;
    let details =
        engine.containers().inspect_all(listed.iter().map(|container| &container.id)).await?;
    let mut seen: Vec<Seen> = details.into_iter().filter_map(seen).collect();
    seen.sort_by(|a, b| (&a.service, a.number).cmp(&(&b.service, b.number)));
    Ok(seen)
}

fn seen(details: ContainerDetails) -> Option<Seen> {
    let labels = ServiceLabels::from_labels(&details.labels).filter(|labels| !labels.oneoff)?;
    Some(Seen { service: labels.service, number: labels.number.unwrap_or(1), details })
}

/// What the engine has under each of these references.
///
/// # Errors
/// When the engine does not answer.
pub(super) async fn images(
    engine: &Engine,
    references: impl IntoIterator<Item = Reference>,
) -> Result<BTreeMap<Reference, Here>, EngineError> {
    let found = stream::iter(references).map(|reference| async move {
        let found = engine.images().find(local_name(&reference)).await?;
        Ok::<_, EngineError>(found.map(|image| (reference, Here::from(image))))
    });
    let found: Vec<_> = found.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// A digest wins over the tag beside it.
fn local_name(reference: &Reference) -> Reference {
    let pin = reference.digest().cloned();
    pin.map_or_else(|| reference.clone(), |digest| reference.repository().pinned(digest))
}

impl From<ImageDetails> for Here {
    fn from(image: ImageDetails) -> Self {
        Self { digests: digests(&image.digests), id: image.id, platform: image.platform }
    }
}

fn digests(references: &[Reference]) -> BTreeSet<Digest> {
    references.iter().filter_map(Reference::digest).cloned().collect()
}
