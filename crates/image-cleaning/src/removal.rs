//! Removing images: without force, reference by reference, each image inspected once
//! more before.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::{StreamExt as _, stream};
use image_ref::{ImageId, Reference};
use image_retention::{ImageRemoval, UsedImage, with_default_tag};
use local_docker::{ContainerDetails, ContainerId, Engine, EngineError, ImageDetails};
use operation::error_chain;

use crate::users::{container_uses, started_reference};

/// Images removed at the same time. The engine writes its list of references to disk
/// for each, one after the other; meanwhile it inspects others and deletes their layers.
const CONCURRENT_REMOVALS: usize = 32;

/// What happened to something that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RemovalOutcome {
    Removed,
    /// It no longer existed, or the name belongs to another image now.
    Gone,
    /// It came into use meanwhile.
    Kept(String),
    Failed(String),
    /// The cleanup was interrupted before.
    NotAttempted,
}

/// One reference, or an image without any, and what happened to it.
#[derive(Debug, Clone)]
pub(super) struct RemovalResult {
    pub(super) image: ImageId,
    pub(super) reference: Option<Reference>,
    pub(super) outcome: RemovalOutcome,
    /// Another image that was removed with it, which could not be prevented.
    pub(super) lost: Option<String>,
}

impl RemovalResult {
    fn new(image: &ImageId, reference: Reference, outcome: RemovalOutcome) -> Self {
        Self { image: image.clone(), reference: Some(reference), outcome, lost: None }
    }

    pub(super) fn is_removed(&self) -> bool {
        self.outcome == RemovalOutcome::Removed
    }

    /// The reference, or the ID of an image without one, as `docker images` shows it.
    pub(super) fn display_name(&self) -> String {
        match &self.reference {
            Some(reference) => reference.to_string(),
            None => format!("<none> {}", self.image.short()),
        }
    }
}

/// Removes images of one engine.
pub(super) struct ImageRemover<'a> {
    engine: &'a Engine,
    /// The containers that the plan took into account.
    planned_containers: &'a BTreeSet<ContainerId>,
    /// The others.
    new_containers: Vec<ContainerDetails>,
    stop: &'a AtomicBool,
}

impl<'a> ImageRemover<'a> {
    pub(super) async fn new(
        engine: &'a Engine,
        planned_containers: &'a BTreeSet<ContainerId>,
        stop: &'a AtomicBool,
    ) -> Result<Self, EngineError> {
        let new_containers = containers_except(engine, planned_containers).await?;
        Ok(Self { engine, planned_containers, new_containers, stop })
    }

    /// Removes all images, some at the same time.
    pub(super) async fn remove_images(&self, removals: Vec<ImageRemoval>) -> Vec<RemovalResult> {
        let removals = stream::iter(removals).map(|removal| self.remove_image(removal));
        removals.buffer_unordered(CONCURRENT_REMOVALS).collect::<Vec<_>>().await.concat()
    }

    async fn remove_image(&self, removal: ImageRemoval) -> Vec<RemovalResult> {
        if self.stop.load(Ordering::Relaxed) {
            return same_outcome(&removal, &RemovalOutcome::NotAttempted);
        }
        if let Some(user) = self.new_user(&removal) {
            return same_outcome(&removal, &RemovalOutcome::Kept(started_using(user)));
        }
        match self.engine.images().inspect(&removal.image).await {
            Ok(Some(image)) if removal.references.is_empty() => {
                let outcome = self.remove_dangling(&removal.image, &image).await;
                same_outcome(&removal, &outcome)
            }
            Ok(Some(image)) => self.remove_references(removal, &image).await,
            Ok(None) => same_outcome(&removal, &RemovalOutcome::Gone),
            Err(error) => same_outcome(&removal, &RemovalOutcome::Failed(error_chain(&error))),
        }
    }

    /// A container that started after the plan and uses something to be removed.
    fn new_user(&self, removal: &ImageRemoval) -> Option<&ContainerDetails> {
        self.new_containers.iter().find(|container| {
            let uses = container_uses(container);
            uses.iter().any(|image_use| is_used_by_removal(&image_use.used, removal))
        })
    }

    /// An image that got a tag meanwhile is kept.
    async fn remove_dangling(&self, id: &ImageId, image: &ImageDetails) -> RemovalOutcome {
        match image.tags.first() {
            Some(tag) => RemovalOutcome::Kept(format!("it has the tag {tag} now")),
            None => removal_outcome(self.engine.images().remove(id).await.map(drop)),
        }
    }

    /// The engine removes every reference but the last one from an image in use. When it
    /// refuses to remove that one, the others are restored.
    async fn remove_references(
        &self,
        removal: ImageRemoval,
        image: &ImageDetails,
    ) -> Vec<RemovalResult> {
        let mut results: Vec<RemovalResult> = Vec::new();
        let mut refusal: Option<String> = None;
        for reference in removal.references {
            let result = match &refusal {
                Some(reason) => {
                    let outcome = RemovalOutcome::Kept(reason.clone());
                    RemovalResult::new(&removal.image, reference, outcome)
                }
                // The image was inspected just now.
                None if results.is_empty() && image.tags.contains(&reference) => {
                    self.untag(&removal.image, reference).await
                }
                None if results.is_empty() => {
                    RemovalResult::new(&removal.image, reference, RemovalOutcome::Gone)
                }
                None => self.inspect_and_untag(&removal.image, reference).await,
            };
            if let (None, RemovalOutcome::Kept(reason)) = (&refusal, &result.outcome) {
                self.restore(&mut results, reason).await;
                refusal = Some(reason.clone());
            }
            results.push(result);
        }
        results
    }

    /// The API removes a name, whichever image has it: another image may be built or
    /// pulled under the same name meanwhile. So it is inspected as late as possible.
    async fn inspect_and_untag(&self, id: &ImageId, reference: Reference) -> RemovalResult {
        match self.engine.images().inspect(&reference).await {
            Ok(Some(image)) if image.id == *id => self.untag(id, reference).await,
            Ok(_) => RemovalResult::new(id, reference, RemovalOutcome::Gone),
            Err(error) => {
                RemovalResult::new(id, reference, RemovalOutcome::Failed(error_chain(&error)))
            }
        }
    }

    async fn untag(&self, id: &ImageId, reference: Reference) -> RemovalResult {
        match self.engine.images().untag(&reference).await {
            Ok(removal) => {
                let is_of_image = removal.deleted.contains(&id.to_string());
                let lost = removal.deleted.first().filter(|_| !is_of_image).map(|other| {
                    format!(
                        "{reference} moved to another image at the moment of its removal; that \
                         image was removed too ({other})"
                    )
                });
                let result = RemovalResult::new(id, reference, RemovalOutcome::Removed);
                RemovalResult { lost, ..result }
            }
            Err(error) => RemovalResult::new(id, reference, removal_outcome(Err(error))),
        }
    }

    /// Restores the names that a container started with while they were being removed
    /// from an image that has others.
    pub(super) async fn restore_used_names(
        &self,
        results: &mut [RemovalResult],
    ) -> Result<(), EngineError> {
        for container in containers_except(self.engine, self.planned_containers).await? {
            let Some(name) = started_reference(&container) else { continue };
            let reason = started_using(&container);
            for result in results.iter_mut() {
                let is_of_container = result.reference.as_ref() == Some(&name)
                    && container.image_id.as_ref() == Some(&result.image);
                if is_of_container {
                    self.restore(std::slice::from_mut(result), &reason).await;
                }
            }
        }
        Ok(())
    }

    /// Restores removed references, unless another image has the name now.
    async fn restore(&self, results: &mut [RemovalResult], reason: &str) {
        for result in results.iter_mut().filter(|result| result.is_removed()) {
            let Some(reference) = &result.reference else { continue };
            result.outcome = match self.restore_reference(&result.image, reference).await {
                Ok(true) => RemovalOutcome::Kept(format!("restored: {reason}")),
                Ok(false) => RemovalOutcome::Gone,
                Err(error) => {
                    let error = error_chain(&error);
                    let text = format!("it was removed and cannot be restored: {reason}; {error}");
                    RemovalOutcome::Failed(text)
                }
            };
        }
    }

    /// Returns whether the image has the reference.
    async fn restore_reference(
        &self,
        image: &ImageId,
        reference: &Reference,
    ) -> Result<bool, EngineError> {
        match self.engine.images().inspect(reference).await? {
            Some(other) => Ok(other.id == *image),
            None => self.engine.images().tag(image.clone(), reference).await.map(|()| true),
        }
    }
}

async fn containers_except(
    engine: &Engine,
    planned: &BTreeSet<ContainerId>,
) -> Result<Vec<ContainerDetails>, EngineError> {
    let containers = engine.containers().list(None).await?;
    let ids = containers.iter().map(|container| &container.id);
    engine.containers().inspect_all(ids.filter(|id| !planned.contains(id))).await
}

fn is_used_by_removal(used: &UsedImage, removal: &ImageRemoval) -> bool {
    let mut references = removal.references.iter();
    match used {
        UsedImage::Image(id) => *id == removal.image,
        UsedImage::Reference(name) => removal.references.contains(&with_default_tag(name.clone())),
        UsedImage::Repository(repository) => references.any(|name| name.repository() == repository),
        UsedImage::Digest(digest) => references.any(|name| name.digest() == Some(digest)),
        UsedImage::Everything => true,
    }
}

fn started_using(container: &ContainerDetails) -> String {
    format!("container {} started using it", container.name)
}

/// One result for each reference, or one for an image without any.
fn same_outcome(removal: &ImageRemoval, outcome: &RemovalOutcome) -> Vec<RemovalResult> {
    if removal.references.is_empty() {
        let (image, outcome) = (removal.image.clone(), outcome.clone());
        return vec![RemovalResult { image, reference: None, outcome, lost: None }];
    }
    removal
        .references
        .iter()
        .map(|reference| RemovalResult::new(&removal.image, reference.clone(), outcome.clone()))
        .collect()
}

fn removal_outcome(response: Result<(), EngineError>) -> RemovalOutcome {
    match response {
        Ok(()) => RemovalOutcome::Removed,
        Err(EngineError::ImageNotFound { .. }) => RemovalOutcome::Gone,
        Err(EngineError::ImageInUse { message, .. }) => RemovalOutcome::Kept(message),
        Err(error) => RemovalOutcome::Failed(error_chain(&error)),
    }
}
