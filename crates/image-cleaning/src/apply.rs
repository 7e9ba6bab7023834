//! Removing what the plan says: unforced, reference by reference, each image
//! looked at once more before.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::{StreamExt as _, stream};
use image_ref::{ImageId, Reference};
use image_retention::{ImageRemoval, UsedImage, with_default_tag};
use local_docker::{ContainerDetails, ContainerId, Engine, EngineError, ImageDetails};

use super::{gather, uses};
use operation::error_chain;

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
    /// What went with it and is not its image, which nobody could know before.
    pub(super) lost: Option<String>,
}

/// Removes images of one engine.
pub(super) struct Remover<'a> {
    engine: &'a Engine,
    /// Containers that the plan did not count.
    new: Vec<ContainerDetails>,
    stop: &'a AtomicBool,
}

impl<'a> Remover<'a> {
    /// Looks for containers that were made after `known` were seen, or are there
    /// although they are not among them.
    pub(super) async fn new(
        engine: &'a Engine,
        known: &BTreeSet<ContainerId>,
        stop: &'a AtomicBool,
    ) -> Result<Self, EngineError> {
        Ok(Self { engine, new: newer_containers(engine, known).await?, stop })
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
        match self.engine.images().inspect(&removal.image).await {
            Ok(Some(image)) if removal.references.is_empty() => {
                self.remove_dangling(removal, &image).await
            }
            Ok(Some(image)) => self.remove_references(removal, &image).await,
            Ok(None) => all(&removal, &Outcome::Gone),
            Err(error) => all(&removal, &Outcome::Failed(error_chain(&error))),
        }
    }

    /// One that got a name meanwhile is somebody's.
    async fn remove_dangling(&self, removal: ImageRemoval, image: &ImageDetails) -> Vec<Done> {
        let outcome = match image.tags.first() {
            Some(tag) => Outcome::Kept(format!("it is called {tag} now")),
            None => outcome(self.engine.images().remove(&removal.image).await.map(drop)),
        };
        all(&removal, &outcome)
    }

    /// The engine lets go of every reference but the last one of an image in
    /// use. When it refuses that one, the others are put back.
    async fn remove_references(&self, removal: ImageRemoval, image: &ImageDetails) -> Vec<Done> {
        let mut done: Vec<Done> = Vec::new();
        let mut refused = None;
        for reference in removal.references {
            let (outcome, lost) = match &refused {
                Some(reason) => (Outcome::Kept(String::clone(reason)), None),
                // The others take time, the first one comes right after the look.
                None if done.is_empty() && image.tags.contains(&reference) => {
                    self.untag(&removal.image, &reference).await
                }
                None if done.is_empty() => (Outcome::Gone, None),
                None => self.look_and_untag(&removal.image, &reference).await,
            };
            if let (None, Outcome::Kept(reason)) = (&refused, &outcome) {
                refused = Some(reason.clone());
                self.put_back(&mut done, reason).await;
            }
            let (image, reference) = (removal.image.clone(), Some(reference));
            done.push(Done { image, reference, outcome, lost });
        }
        done
    }

    /// The interface removes names, not a name of an image: somebody may build or
    /// pull the same name meanwhile. It is looked at as late as possible.
    async fn look_and_untag(
        &self,
        id: &ImageId,
        reference: &Reference,
    ) -> (Outcome, Option<String>) {
        match self.engine.images().inspect(reference).await {
            Ok(Some(image)) if image.id == *id => self.untag(id, reference).await,
            Ok(_) => (Outcome::Gone, None),
            Err(error) => (Outcome::Failed(error_chain(&error)), None),
        }
    }

    async fn untag(&self, id: &ImageId, reference: &Reference) -> (Outcome, Option<String>) {
        let removed = self.engine.images().untag(reference).await;
        let deleted = removed.as_ref().map_or(&[][..], |removal| &removal.deleted);
        let lost = deleted.first().filter(|_| !deleted.contains(&id.to_string())).map(|other| {
            format!(
                "{reference} was given to another image at the moment of its removal, which is \
                 gone too ({other})"
            )
        });
        (outcome(removed.map(drop)), lost)
    }

    /// A name that another image has now is that one's.
    async fn put_back(&self, done: &mut [Done], reason: &str) {
        let removed = done.iter_mut().filter(|one| one.outcome == Outcome::Removed);
        for one in removed {
            let Some(reference) = &one.reference else { continue };
            one.outcome = match self.give_back(&one.image, reference).await {
                Ok(true) => Outcome::Kept(format!("put back: {reason}")),
                Ok(false) => Outcome::Gone,
                Err(error) => {
                    let error = error_chain(&error);
                    Outcome::Failed(format!("it went, and cannot be put back: {reason}; {error}"))
                }
            };
        }
    }

    async fn give_back(&self, image: &ImageId, reference: &Reference) -> Result<bool, EngineError> {
        match self.engine.images().inspect(reference).await? {
            Some(other) => Ok(other.id == *image),
            None => self.engine.images().tag(image.clone(), reference).await.map(|()| true),
        }
    }

    fn new_user(&self, removal: &ImageRemoval) -> Option<&str> {
        let uses = |container: &&ContainerDetails| {
            uses::of_container(container).into_iter().any(|one| is_of(&one.used, removal))
        };
        self.new.iter().find(uses).map(|container| container.name.as_str())
    }

    /// A container may have been started by a name while that was taken away
    /// from an image that has others: it gets the name back.
    pub(super) async fn repair(
        &self,
        done: &mut [Done],
        known: &BTreeSet<ContainerId>,
    ) -> Result<(), EngineError> {
        for container in newer_containers(self.engine, known).await? {
            let name = uses::name(&container);
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

/// Containers that are not known.
async fn newer_containers(
    engine: &Engine,
    known: &BTreeSet<ContainerId>,
) -> Result<Vec<ContainerDetails>, EngineError> {
    let listed = engine.containers().list(None).await?;
    let new = listed.iter().map(|container| &container.id).filter(|id| !known.contains(id));
    engine.containers().inspect_all(new).await
}

/// Whether a use is of something that goes.
fn is_of(used: &UsedImage, removal: &ImageRemoval) -> bool {
    match used {
        UsedImage::Image(id) => *id == removal.image,
        UsedImage::Reference(name) => removal.references.contains(&with_default_tag(name.clone())),
        UsedImage::Repository(repository) => {
            removal.references.iter().any(|name| name.repository() == repository)
        }
        UsedImage::Digest(digest) => {
            removal.references.iter().any(|name| name.digest() == Some(digest))
        }
        UsedImage::Everything => true,
    }
}

fn all(removal: &ImageRemoval, outcome: &Outcome) -> Vec<Done> {
    let done = |reference: Option<Reference>| Done {
        image: removal.image.clone(),
        reference,
        outcome: outcome.clone(),
        lost: None,
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
        Err(error) => Outcome::Failed(error_chain(&error)),
    }
}

/// Removes containers that were stopped when they were seen; those that run
/// again stay. The names of those that went are added to `removed` one by one.
pub(super) async fn remove_containers(
    engine: &Engine,
    containers: &[ContainerDetails],
    stop: &AtomicBool,
    removed: &mut Vec<String>,
) -> Result<(), EngineError> {
    for container in containers {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let now = engine.containers().inspect(&container.id).await?;
        if !now.is_some_and(|now| super::stopped::is_stopped(&now)) {
            continue;
        }
        let options = local_docker::ContainerRemoveOptions { force: false, volumes: false };
        if engine.containers().remove(&container.id, options).await?
            == local_docker::RemoveOutcome::Removed
        {
            removed.push(container.name.clone());
        }
    }
    Ok(())
}

/// The containers that a plan counted as users: not those that were to go, which
/// may run again.
pub(super) fn counted(
    containers: &[ContainerDetails],
    going: &[ContainerDetails],
) -> BTreeSet<ContainerId> {
    let ids = |all: &[ContainerDetails]| -> BTreeSet<ContainerId> {
        all.iter().map(|container| container.id.clone()).collect()
    };
    ids(containers).difference(&ids(going)).cloned().collect()
}

/// What is there afterwards.
pub(super) async fn look_again(
    engine: &Engine,
) -> Result<(Vec<local_docker::ImageSummary>, Vec<ContainerDetails>), EngineError> {
    tokio::try_join!(engine.images().list_all(), gather::containers(engine))
}
