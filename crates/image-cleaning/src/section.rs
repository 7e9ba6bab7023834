//! One engine cleaned, and what was found there afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::AtomicBool,
};

use image_ref::{ImageId, Reference};
use image_retention::Plan;
use local_docker::{ContainerDetails, EngineError, ImageSummary};
use report::StepState;

use super::{
    apply::{self, Done, Outcome, Remover},
    disk::{Difference, Disk, free_bytes},
    observed::Planned,
    report::is_shown,
};
use operation::{Environment, error_chain};

/// What became of one engine's images.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) done: Vec<Done>,
    /// Names of containers that were removed first.
    pub(super) containers: Vec<String>,
    pub(super) after: Option<After>,
    /// How much stays because the plan says so.
    pub(super) staying: usize,
    /// How much was not asked about.
    pub(super) unselected: usize,
    /// What is not as the report would say.
    pub(super) differences: Vec<String>,
    /// What others did meanwhile.
    pub(super) notes: Vec<String>,
    /// Why the engine could not be asked any more.
    pub(super) broken: Option<String>,
}

/// What was there afterwards.
#[derive(Debug)]
pub(super) struct After {
    pub(super) images: Vec<ImageSummary>,
    pub(super) disk: Disk,
    pub(super) difference: Difference,
}

impl Section {
    /// Removes what the plan says and looks again, whatever happened.
    pub(super) async fn clean(
        planned: &Planned,
        environment: &Environment,
        stop: &AtomicBool,
    ) -> Self {
        let (staying, unselected): (Vec<_>, Vec<_>) =
            planned.plan.kept().partition(|one| is_shown(one));
        let (staying, unselected) = (staying.len(), unselected.len());
        let mut section = Self { staying, unselected, ..Self::default() };
        let title = format!("remove images at {}", planned.view.engine.endpoint());
        let step = environment.reporter.step("remove", &title);
        if let Err(error) = section.remove(planned, stop).await {
            section.broken = Some(error_chain(&error));
        }
        if let Err(error) = section.look_again(planned).await {
            section.broken.get_or_insert(error_chain(&error));
        }
        let failed = section.broken.is_some() || !section.failures().is_empty();
        let state = if failed { StepState::Failed } else { StepState::Done };
        let removed = section.count(|outcome| *outcome == Outcome::Removed);
        step.finish(state, &format!("{removed} of {} removed", section.done.len()));
        section
    }

    async fn remove(&mut self, planned: &Planned, stop: &AtomicBool) -> Result<(), EngineError> {
        let view = &planned.view;
        let removed = &mut self.containers;
        apply::remove_containers(&view.engine, &planned.stopped, stop, removed).await?;
        let known = apply::counted(&view.containers, &planned.stopped);
        let remover = Remover::new(&view.engine, &known, stop).await?;
        self.done = remover.remove(planned.plan.removals_by_image()).await;
        self.done.sort_by(|a, b| (&a.reference, &a.image).cmp(&(&b.reference, &b.image)));
        self.differences = self.done.iter().filter_map(|done| done.lost.clone()).collect();
        remover.repair(&mut self.done, &known).await
    }

    async fn look_again(&mut self, planned: &Planned) -> Result<(), EngineError> {
        let engine = &planned.view.engine;
        let ((images, containers), usage) =
            tokio::try_join!(apply::look_again(engine), engine.disk_usage())?;
        let differences = self.differences_from(&images, &containers);
        self.differences.extend(differences);
        self.notes = self.gone_otherwise(planned, &images);
        let disk = Disk { usage, free: free_bytes(engine, &planned.view.description) };
        let predicted = self.really_freed(planned);
        let difference = Difference::between(
            &planned.view.disk,
            &disk,
            predicted,
            &planned.view.description.store,
        );
        self.after = Some(After { images, disk, difference });
        Ok(())
    }

    /// The plan without the removals that came to nothing.
    pub(super) fn carried_out(&self, planned: &Planned) -> Plan {
        let removed = self.done.iter().filter(|done| done.outcome == Outcome::Removed);
        let removed: BTreeSet<_> =
            removed.map(|done| (done.reference.as_ref(), &done.image)).collect();
        let decisions = planned.plan.decisions.iter().filter(|decision| {
            !decision.is_removal() || removed.contains(&(decision.reference(), &decision.image))
        });
        Plan { decisions: decisions.cloned().collect() }
    }

    /// The prediction for what was removed in fact.
    fn really_freed(&self, planned: &Planned) -> image_retention::FreedBytes {
        let kept: BTreeSet<&ImageId> = self.not_removed().map(|done| &done.image).collect();
        let planned_images = image_retention::removed_images(&planned.plan, &planned.view.observed);
        let removed = planned_images.into_iter().filter(|id| !kept.contains(id)).collect();
        image_retention::freed_bytes(
            &planned.view.observed.images,
            &removed,
            &planned.view.histories,
        )
    }

    fn not_removed(&self) -> impl Iterator<Item = &Done> {
        self.done.iter().filter(|done| !matches!(done.outcome, Outcome::Removed | Outcome::Gone))
    }

    /// What is there although it was removed, and missing although it is used.
    fn differences_from(
        &self,
        images: &[ImageSummary],
        containers: &[ContainerDetails],
    ) -> Vec<String> {
        let (tags, ids) = (tags_of(images), ids_of(images));
        let removed = self.done.iter().filter(|done| done.outcome == Outcome::Removed);
        let there = removed.clone().filter(|done| match &done.reference {
            Some(reference) => tags.get(reference) == Some(&&done.image),
            None => ids.contains(&done.image),
        });
        let removed: BTreeSet<&ImageId> = removed.map(|done| &done.image).collect();
        let without = containers.iter().filter(|container| {
            let image = container.image_id.as_ref();
            image.is_some_and(|id| removed.contains(id) && !ids.contains(id))
        });
        let there = there.map(|done| format!("{} is still there", name(done)));
        let without =
            without.map(|container| format!("the image of container {} is gone", container.name));
        there.chain(without).collect()
    }

    fn gone_otherwise(&self, planned: &Planned, images: &[ImageSummary]) -> Vec<String> {
        let now = tags_of(images);
        let tried: BTreeSet<_> =
            self.done.iter().filter_map(|done| done.reference.as_ref()).collect();
        let before = planned.view.observed.images.iter().flat_map(|image| &image.tags);
        let gone = before.filter(|tag| !now.contains_key(tag) && !tried.contains(tag));
        gone.map(|tag| format!("{tag} went away meanwhile; it was not removed here")).collect()
    }

    /// What could not be removed though it should.
    pub(super) fn failures(&self) -> Vec<String> {
        let failed = self.done.iter().filter_map(|done| match &done.outcome {
            Outcome::Failed(reason) => Some(format!("{}: {reason}", name(done))),
            _ => None,
        });
        failed.chain(self.broken.clone()).collect()
    }

    pub(super) fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.done.iter().filter(|done| wanted(&done.outcome)).count()
    }
}

fn tags_of(images: &[ImageSummary]) -> BTreeMap<&Reference, &ImageId> {
    images.iter().flat_map(|one| one.tags.iter().map(move |tag| (tag, &one.id))).collect()
}

fn ids_of(images: &[ImageSummary]) -> BTreeSet<&ImageId> {
    images.iter().map(|image| &image.id).collect()
}

/// The reference, or the ID of an image without one.
pub(super) fn name(done: &Done) -> String {
    let id = || format!("<none> {}", done.image.short());
    done.reference.as_ref().map_or_else(id, ToString::to_string)
}
