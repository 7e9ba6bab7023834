//! The engine after the cleanup, compared with what was done.

use std::collections::{BTreeMap, BTreeSet};

use image_ref::{ImageId, Reference};
use image_retention::EngineState;
use local_docker::{ContainerDetails, EngineError, ImageSummary};

use crate::{
    disk::DiskState, observation::EngineObservation, removal::RemovalResult, users::list_containers,
};

/// What the engine holds after the cleanup.
pub(super) struct ObservationAfter {
    pub(super) images: Vec<ImageSummary>,
    pub(super) containers: Vec<ContainerDetails>,
    pub(super) disk: DiskState,
}

impl ObservationAfter {
    pub(super) async fn observe(before: &EngineObservation) -> Result<Self, EngineError> {
        let engine = &before.engine;
        let (images, containers, usage) = tokio::try_join!(
            engine.images().list_all(),
            list_containers(engine),
            engine.disk_usage()
        )?;
        let disk = DiskState::new(usage, engine, &before.description);
        Ok(Self { images, containers, disk })
    }

    fn images_by_tag(&self) -> BTreeMap<&Reference, &ImageId> {
        self.images
            .iter()
            .flat_map(|image| image.tags.iter().map(move |tag| (tag, &image.id)))
            .collect()
    }

    pub(super) fn image_ids(&self) -> BTreeSet<&ImageId> {
        self.images.iter().map(|image| &image.id).collect()
    }
}

/// Images that exist although they were removed, and that are missing although
/// containers use them.
pub(super) fn unexpected_images(
    removals: &[RemovalResult],
    after: &ObservationAfter,
) -> Vec<String> {
    let (images_by_tag, ids) = (after.images_by_tag(), after.image_ids());
    let removed: Vec<&RemovalResult> =
        removals.iter().filter(|removal| removal.is_removed()).collect();
    let remaining = removed.iter().filter(|removal| match &removal.reference {
        Some(reference) => images_by_tag.get(reference) == Some(&&removal.image),
        None => ids.contains(&removal.image),
    });
    let removed_ids: BTreeSet<&ImageId> = removed.iter().map(|removal| &removal.image).collect();
    let without_image = after.containers.iter().filter(|container| {
        let image = container.image_id.as_ref();
        image.is_some_and(|id| removed_ids.contains(id) && !ids.contains(id))
    });
    remaining
        .map(|removal| format!("{} still exists", removal.display_name()))
        .chain(
            without_image
                .map(|container| format!("the image of container {} is gone", container.name)),
        )
        .collect()
}

/// Tags that no longer exist although the plan did not remove them.
pub(super) fn disappeared_tags(
    before: &EngineState,
    removals: &[RemovalResult],
    after: &ObservationAfter,
) -> Vec<String> {
    let images_by_tag = after.images_by_tag();
    let planned: BTreeSet<&Reference> =
        removals.iter().filter_map(|removal| removal.reference.as_ref()).collect();
    before
        .images
        .iter()
        .flat_map(|image| &image.tags)
        .filter(|tag| !images_by_tag.contains_key(tag) && !planned.contains(tag))
        .map(|tag| format!("{tag} disappeared meanwhile; this cleanup did not remove it"))
        .collect()
}
