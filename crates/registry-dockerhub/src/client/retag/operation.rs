use std::collections::BTreeSet;

use futures_util::future;
use image_ref::{Digest, ImageTag};
use oci_image::Manifest;

use super::{
    old_manifests::{OldManifests, old_manifests},
    outcome::RetagOutcome,
    plan::{Decision, Freshness, RetagPlan, TagMove, decide},
};
use crate::{
    RegistryError,
    auth::Access,
    client::{connection::Connection, manifest_name::ManifestName, manifests::Manifests},
    concurrency::all,
};

/// Moves tags of a repository to one manifest, byte for byte; see
/// [`RegistryClient::retag`](crate::RegistryClient::retag).
pub struct Retag<'a> {
    connection: &'a Connection,
    /// To push: the token of the writes serves the reads before them, too.
    access: Access,
}

impl<'a> Retag<'a> {
    pub(in crate::client) fn new(connection: &'a Connection, access: Access) -> Self {
        Self { connection, access }
    }

    /// Looks at source and targets, and works out which tags have to move.
    /// Reads only.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when the source does not exist.
    pub async fn plan(
        &self,
        source: impl Into<ManifestName>,
        targets: &[ImageTag],
    ) -> Result<RetagPlan, RegistryError> {
        let (source, targets) = (source.into(), distinct(targets));
        let (source, old) = future::try_join(
            self.manifests().get(source),
            old_manifests(self.connection, &self.access, &targets),
        )
        .await?;
        source.view()?;
        Ok(self.plan_moves(source, targets, old))
    }

    /// Moves the tags of a plan, all at once: looks at each just before it is
    /// written (unless the plan did so within the last half second), writes the
    /// bytes as they are, and looks again until the new digest shows. A tag
    /// that somebody else moved meanwhile is left alone.
    /// Applying a plan again finds what is done and does the rest.
    pub async fn apply(&self, plan: &RetagPlan) -> RetagOutcome {
        let moves = plan.moves.iter().map(|planned| async move {
            let outcome = self.move_tag(plan, planned).await;
            (planned, outcome)
        });
        let done = all(self.connection.limits().requests, moves.collect()).await;
        let mut outcome =
            RetagOutcome { unchanged: plan.unchanged.clone(), ..RetagOutcome::default() };
        for (TagMove { tag, old }, result) in done {
            match result {
                Ok(true) => {
                    let old = old.as_ref().map(|old| old.digest().clone());
                    outcome.moved.push((tag.clone(), old));
                }
                Ok(false) => outcome.unchanged.push(tag.clone()),
                Err(error) => outcome.failed.push((tag.clone(), error)),
            }
        }
        outcome
    }

    /// Plans and applies in one go, for callers that keep no journal.
    ///
    /// # Errors
    /// [`RegistryError`] of the planning; failures of single tags are in the outcome.
    pub async fn plan_and_apply(
        &self,
        source: impl Into<ManifestName>,
        targets: &[ImageTag],
    ) -> Result<(RetagPlan, RetagOutcome), RegistryError> {
        let plan = self.plan(source, targets).await?;
        let outcome = self.apply(&plan).await;
        Ok((plan, outcome))
    }

    /// Points a tag to a manifest of the repository, and looks whether it does.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when the manifest does not exist.
    pub async fn tag(&self, digest: &Digest, tag: &ImageTag) -> Result<(), RegistryError> {
        let (_, outcome) = self.plan_and_apply(digest, std::slice::from_ref(tag)).await?;
        outcome.complete().map(drop)
    }

    /// Puts back what applying the plan moved, last tag first. Tags that did
    /// not exist before stay where they are and are returned.
    ///
    /// # Errors
    /// [`RegistryError`] of the first tag that cannot be put back.
    pub async fn undo(&self, plan: &RetagPlan) -> Result<Vec<ImageTag>, RegistryError> {
        for reversed in plan.reversed() {
            self.apply(&reversed).await.complete()?;
        }
        let new = plan.moves.iter().filter(|moved| moved.old.is_none());
        Ok(new.map(|moved| moved.tag.clone()).collect())
    }

    fn manifests(&self) -> Manifests<'a> {
        Manifests::new(self.connection, self.access.clone())
    }

    fn plan_moves(&self, source: Manifest, targets: Vec<ImageTag>, old: OldManifests) -> RetagPlan {
        let (mut moves, mut unchanged) = (Vec::new(), Vec::new());
        for tag in targets {
            let old = old.get(&tag).cloned().flatten();
            match old.as_ref().is_some_and(|old| old.digest() == source.digest()) {
                true => unchanged.push(tag),
                false => moves.push(TagMove { tag, old }),
            }
        }
        let repository = self.access.repository.clone();
        RetagPlan { repository, source, moves, unchanged, freshness: Freshness::now() }
    }

    /// Whether the tag had to be written.
    async fn move_tag(&self, plan: &RetagPlan, planned: &TagMove) -> Result<bool, RegistryError> {
        let (source, tag) = (&plan.source, &planned.tag);
        if !plan.freshness.lasts() {
            let seen = self.manifests().head(tag).await?;
            match decide(seen.as_ref(), source.digest(), planned) {
                Decision::Unchanged => return Ok(false),
                Decision::Moved(actual) => return Err(self.moved_by_others(planned, actual)),
                Decision::Write => {}
            }
        }
        self.manifests().put(tag, source).await?;
        self.wait_until_shown(tag, source.digest()).await?;
        Ok(true)
    }

    /// Registries behind caches show a new digest a moment later.
    async fn wait_until_shown(
        &self,
        tag: &ImageTag,
        expected: &Digest,
    ) -> Result<(), RegistryError> {
        let mut backoff = self.connection.backoff();
        loop {
            let shown = self.manifests().head(tag).await?.map(|head| head.digest);
            if shown.as_ref() == Some(expected) {
                return Ok(());
            }
            if !backoff.wait().await {
                return Err(RegistryError::NotVisible {
                    repository: self.access.repository.clone(),
                    tag: tag.clone(),
                    expected: expected.clone(),
                    actual: shown,
                });
            }
        }
    }

    fn moved_by_others(&self, planned: &TagMove, actual: Option<Digest>) -> RegistryError {
        RegistryError::TagMoved {
            repository: self.access.repository.clone(),
            tag: planned.tag.clone(),
            expected: planned.old_digest().cloned(),
            actual,
        }
    }
}

fn distinct(targets: &[ImageTag]) -> Vec<ImageTag> {
    let mut seen = BTreeSet::new();
    targets.iter().filter(|tag| seen.insert(*tag)).cloned().collect()
}
