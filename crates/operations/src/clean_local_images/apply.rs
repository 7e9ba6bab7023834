//! Removing what the plan says: unforced, reference by reference, each image
//! looked at once more before.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::{StreamExt as _, stream};
use image_ref::{ImageId, Reference};
use image_retention::ImageRemoval;
use local_docker::{ContainerDetails, ContainerId, Engine, EngineError, ImageDetails};

use super::{gather, scope::reference};
use crate::error::chain;

/// Images removed at the same time. The engine writes its list of references to
/// disk for each, one after the other; meanwhile it looks at others and takes
/// their layers away.
const AT_ONCE: usize = 32;

/// What became of something that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Removed,
    /// Somebody else removed it, or gave the name to another image.
    Gone,
    /// It came into use meanwhile.
    Kept(String),
    Failed(String),
    /// The operation was interrupted before.
    NotTried,
}

/// One reference, or an image without any, and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) image: ImageId,
    pub(super) reference: Option<Reference>,
    pub(super) outcome: Outcome,
}

/// Removes images of one engine.
pub(super) struct Remover<'a> {
    engine: &'a Engine,
    /// Images that containers use which the plan did not know.
    newly_used: Vec<(ContainerDetails, Option<Reference>)>,
    stop: &'a AtomicBool,
}

impl<'a> Remover<'a> {
    /// Looks for containers that were made after `known` were seen.
    pub(super) async fn new(
        engine: &'a Engine,
        known: &BTreeSet<ContainerId>,
        stop: &'a AtomicBool,
    ) -> Result<Self, EngineError> {
        Ok(Self { engine, newly_used: newer_containers(engine, known).await?, stop })
    }

    /// Removes all, some at the same time.
    pub(super) async fn remove(&self, removals: Vec<ImageRemoval>) -> Vec<Done> {
        let work = stream::iter(removals).map(|removal| self.remove_image(removal));
        work.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat()
    }

    async fn remove_image(&self, removal: ImageRemoval) -> Vec<Done> {
        if self.stop.load(Ordering::Relaxed) {
            return all(&removal, &Outcome::NotTried);
        }
        if let Some(user) = self.new_user(&removal) {
            return all(&removal, &Outcome::Kept(format!("container {user} came to use it")));
        }
        match self.engine.image_details(&removal.image).await {
            Ok(Some(image)) if removal.references.is_empty() => {
                self.remove_dangling(removal, &image).await
            }
            Ok(Some(image)) => self.remove_references(removal, &image).await,
            Ok(None) => all(&removal, &Outcome::Gone),
            Err(error) => all(&removal, &Outcome::Failed(chain(&error))),
        }
    }

    /// One that got a name meanwhile is somebody's.
    async fn remove_dangling(&self, removal: ImageRemoval, image: &ImageDetails) -> Vec<Done> {
        let outcome = match image.tags.first() {
            Some(tag) => Outcome::Kept(format!("it is called {tag} now")),
            None => outcome(self.engine.remove_image(&removal.image).await.map(drop)),
        };
        all(&removal, &outcome)
    }

    /// The engine lets go of every reference but the last one of an image in
    /// use. When it refuses that one, the others are put back.
    async fn remove_references(&self, removal: ImageRemoval, image: &ImageDetails) -> Vec<Done> {
        let mut done: Vec<Done> = Vec::new();
        let mut refused = None;
        for reference in removal.references {
            let outcome = match &refused {
                Some(reason) => Outcome::Kept(String::clone(reason)),
                None if !image.tags.contains(&reference) => Outcome::Gone,
                None => outcome(self.engine.untag(&reference).await.map(drop)),
            };
            if let (None, Outcome::Kept(reason)) = (&refused, &outcome) {
                refused = Some(reason.clone());
                self.put_back(&mut done, reason).await;
            }
            done.push(Done { image: removal.image.clone(), reference: Some(reference), outcome });
        }
        done
    }

    async fn put_back(&self, done: &mut [Done], reason: &str) {
        let removed = done.iter_mut().filter(|one| one.outcome == Outcome::Removed);
        for one in removed {
            let Some(reference) = &one.reference else { continue };
            one.outcome = match self.engine.tag(one.image.clone(), reference).await {
                Ok(()) => Outcome::Kept(format!("put back: {reason}")),
                Err(error) => Outcome::Failed(format!("{reason}; {}", chain(&error))),
            };
        }
    }

    fn new_user(&self, removal: &ImageRemoval) -> Option<&str> {
        let uses = |(container, name): &&(ContainerDetails, Option<Reference>)| {
            container.image_id.as_ref() == Some(&removal.image)
                || name.as_ref().is_some_and(|name| removal.references.contains(name))
        };
        self.newly_used.iter().find(uses).map(|(container, _)| container.name.as_str())
    }

    /// A container may have been started by a name while that was taken away
    /// from an image that has others: it gets the name back.
    pub(super) async fn repair(
        &self,
        done: &mut [Done],
        known: &BTreeSet<ContainerId>,
    ) -> Result<(), EngineError> {
        for (container, name) in newer_containers(self.engine, known).await? {
            let used = |one: &&mut Done| {
                one.outcome == Outcome::Removed
                    && name.is_some()
                    && one.reference == name
                    && container.image_id.as_ref() == Some(&one.image)
            };
            let reason = format!("container {} came to use it", container.name);
            for one in done.iter_mut().filter(used) {
                self.put_back(std::slice::from_mut(one), &reason).await;
            }
        }
        Ok(())
    }
}

/// Containers that are not known, with the reference that each was started by.
async fn newer_containers(
    engine: &Engine,
    known: &BTreeSet<ContainerId>,
) -> Result<Vec<(ContainerDetails, Option<Reference>)>, EngineError> {
    let listed = engine.containers(None).await?;
    let new = listed.iter().map(|container| &container.id).filter(|id| !known.contains(id));
    let details = engine.details_of(new).await?;
    Ok(details.into_iter().map(|one| (named(&one), one)).map(|(name, one)| (one, name)).collect())
}

fn named(container: &ContainerDetails) -> Option<Reference> {
    reference(&container.image).map(image_retention::with_default_tag)
}

fn all(removal: &ImageRemoval, outcome: &Outcome) -> Vec<Done> {
    let done = |reference: Option<Reference>| Done {
        image: removal.image.clone(),
        reference,
        outcome: outcome.clone(),
    };
    if removal.references.is_empty() {
        return vec![done(None)];
    }
    removal.references.iter().cloned().map(Some).map(done).collect()
}

fn outcome(answer: Result<(), EngineError>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Removed,
        Err(EngineError::ImageNotFound { .. }) => Outcome::Gone,
        Err(EngineError::ImageInUse { message, .. }) => Outcome::Kept(message),
        Err(error) => Outcome::Failed(chain(&error)),
    }
}

/// Removes containers that were stopped when they were seen; those that run
/// again stay.
pub(super) async fn remove_containers(
    engine: &Engine,
    containers: &[&ContainerDetails],
) -> Result<Vec<String>, EngineError> {
    let mut removed = Vec::new();
    for container in containers {
        let now = engine.container_details(&container.id).await?;
        if !now.is_some_and(|now| super::stopped::is_stopped(&now)) {
            continue;
        }
        let options = local_docker::ContainerRemoval { force: false, volumes: false };
        if engine.remove_container(&container.id, options).await? == local_docker::Removed::Removed
        {
            removed.push(container.name.clone());
        }
    }
    Ok(removed)
}

/// Who is there.
pub(super) fn ids(containers: &[ContainerDetails]) -> BTreeSet<ContainerId> {
    containers.iter().map(|container| container.id.clone()).collect()
}

/// What is there afterwards.
pub(super) async fn look_again(
    engine: &Engine,
) -> Result<(Vec<local_docker::ListedImage>, Vec<ContainerDetails>), EngineError> {
    tokio::try_join!(engine.all_images(), gather::containers(engine))
}
