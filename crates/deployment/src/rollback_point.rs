//! What can be gone back to, read from the history alone.

use std::collections::{BTreeMap, BTreeSet};

use image_ref::{Digest, ImageId};
use jiff::Timestamp;
use serde::Serialize;

use crate::record::{DeploymentOutcome, DeploymentRecord, whole_second};

/// The beginning of the identifier of what ran before the first deployment.
pub(crate) const BEFORE: &str = "before-";

/// What the services ran after a deployment, or before the first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RollbackPoint {
    /// The deployment; `before-ID` for what ran before the first one.
    pub id: String,
    /// Since when it ran.
    pub at: Timestamp,
    /// The image of each service that a deployment changed.
    pub images: BTreeMap<String, KeptImage>,
    /// The infrastructure service that it is about; `None` for the application.
    pub infrastructure: Option<String>,
    /// The backup with the data of this state: the next deployment made it.
    pub backup: Option<KeptBackup>,
}

/// A backup that a deployment made before it migrated the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptBackup {
    /// Its name.
    pub name: String,
    /// When the deployment that made it was started.
    pub made: Timestamp,
}

/// An image that a service ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptImage {
    /// What it was deployed by: `demo/api:1.2.0`.
    pub reference: String,
    /// The target's identifier.
    pub id: ImageId,
    /// The digest that a registry served, where a deployment recorded it.
    pub digest: Option<Digest>,
    /// What the service was configured with apart from the image, where that was
    /// recorded.
    pub settings: Option<Digest>,
}

impl KeptImage {
    /// The reference with the beginning of the digest or identifier: a tag such as
    /// `latest` has had several images.
    pub(crate) fn label(&self) -> String {
        let short = match &self.digest {
            Some(digest) => digest.short().to_owned(),
            None => format!("image {}", self.id.short()),
        };
        format!("{} ({short})", self.reference)
    }
}

impl RollbackPoint {
    /// Whether a service ran something else then. What did not run at all is nothing to
    /// go back to.
    pub(crate) fn differs_from(&self, current: &Self) -> bool {
        self.images.iter().any(|(service, image)| current.images.get(service) != Some(image))
    }

    /// The services that run with another configuration at another point, as far as the records
    /// show.
    pub(crate) fn reconfigured_in(&self, other: &Self) -> Vec<String> {
        self.reconfigured(|service| other.images.get(service)?.settings.as_ref())
    }

    /// The services that are configured differently now, where `now` gives the settings.
    pub(crate) fn reconfigured<'a>(&self, now: impl Fn(&str) -> Option<&'a Digest>) -> Vec<String> {
        let differing = self.images.iter().filter(|(service, image)| {
            image.settings.as_ref().zip(now(service)).is_some_and(|(then, now)| then != now)
        });
        differing.map(|(service, _)| service.clone()).collect()
    }

    /// Whether a text on the command line names it: its identifier, or the tag or
    /// version of its images.
    #[must_use]
    pub fn is_named(&self, text: &str) -> bool {
        let tag =
            |image: &KeptImage| image.reference.rsplit_once(':').map(|(_, tag)| tag.to_owned());
        self.id == text
            || self
                .images
                .values()
                .any(|image| image.reference == text || tag(image).as_deref() == Some(text))
    }
}

/// Every state that the successful deployments of the application led to, the oldest first; the
/// last one is what should serve now. A state whose way back was removed is left out.
#[must_use]
pub(crate) fn rollback_points(history: &[DeploymentRecord]) -> Vec<RollbackPoint> {
    points_of(history, None)
}

/// The same of each infrastructure service that was replaced on request.
#[must_use]
pub(crate) fn infrastructure_points(history: &[DeploymentRecord]) -> Vec<Vec<RollbackPoint>> {
    let succeeded = history.iter().filter(|record| record.has_succeeded());
    let services: BTreeSet<&str> =
        succeeded.filter_map(|record| record.plan.infrastructure()).collect();
    services.into_iter().map(|service| points_of(history, Some(service))).collect()
}

fn points_of(history: &[DeploymentRecord], infrastructure: Option<&str>) -> Vec<RollbackPoint> {
    let is_alike = |record: &&DeploymentRecord| {
        record.has_succeeded() && record.plan.infrastructure() == infrastructure
    };
    let succeeded: Vec<&DeploymentRecord> = history.iter().filter(is_alike).collect();
    let infrastructure = infrastructure.map(str::to_owned);
    let Some(first) = succeeded.first() else { return Vec::new() };
    let digests = recorded_digests(&succeeded);
    let mut images = images_before_all(&succeeded, &digests);
    let start = RollbackPoint {
        id: format!("{BEFORE}{}", first.plan.id),
        at: whole_second(first.started),
        images: images.clone(),
        infrastructure: infrastructure.clone(),
        backup: backup_of(first),
    };
    // Before the first deployment nothing ran, as far as the records say.
    let is_empty = start.images.is_empty();
    let mut points = vec![(start, !first.is_cleaned_up && !is_empty)];
    for (index, record) in succeeded.iter().enumerate() {
        images.extend(images_after(record, &digests));
        let at = record.ending.as_ref().map_or(record.started, |ending| ending.at);
        let next = succeeded.get(index + 1);
        let backup = next.and_then(|next| backup_of(next));
        let (id, images) = (record.plan.id.clone(), images.clone());
        let infrastructure = infrastructure.clone();
        let point = RollbackPoint { id, at: whole_second(at), images, infrastructure, backup };
        let is_kept = next.is_none_or(|next| !next.is_cleaned_up);
        points.push((point, is_kept));
    }
    points.into_iter().filter(|(_, is_kept)| *is_kept).map(|(point, _)| point).collect()
}

fn backup_of(record: &DeploymentRecord) -> Option<KeptBackup> {
    match &record.ending.as_ref()?.outcome {
        DeploymentOutcome::Succeeded { backup: Some(name), .. } => {
            Some(KeptBackup { name: name.clone(), made: whole_second(record.started) })
        }
        _ => None,
    }
}

/// The digest that a registry served for each image: a rollback, which asks none, has
/// none of its own.
fn recorded_digests(succeeded: &[&DeploymentRecord]) -> BTreeMap<ImageId, Digest> {
    let mut digests = BTreeMap::new();
    for record in succeeded {
        for change in &record.plan.changes {
            if let (Some(id), Some(digest)) =
                (record.image_of(&change.service), &change.image.digest)
            {
                digests.insert(id.clone(), digest.clone());
            }
        }
    }
    digests
}

/// What each service ran before the first deployment that changed it.
fn images_before_all(
    succeeded: &[&DeploymentRecord],
    digests: &BTreeMap<ImageId, Digest>,
) -> BTreeMap<String, KeptImage> {
    let mut images = BTreeMap::new();
    for change in succeeded.iter().rev().flat_map(|record| &record.plan.changes) {
        match change.serving().and_then(|instance| instance.image.clone()) {
            Some(id) => {
                let reference = change.reference_before.clone();
                let digest = digests.get(&id).cloned();
                let kept = KeptImage { reference, id, digest, settings: None };
                images.insert(change.service.clone(), kept);
            }
            None => {
                images.remove(&change.service);
            }
        }
    }
    images
}

fn images_after(
    record: &DeploymentRecord,
    digests: &BTreeMap<ImageId, Digest>,
) -> BTreeMap<String, KeptImage> {
    let changes = record.plan.changes.iter().filter_map(|change| {
        let id = record.image_of(&change.service)?.clone();
        let reference = change.image.reference.clone();
        let (digest, settings) = (digests.get(&id).cloned(), change.settings.clone());
        Some((change.service.clone(), KeptImage { reference, id, digest, settings }))
    });
    changes.collect()
}
