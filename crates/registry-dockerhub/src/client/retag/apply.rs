use image_ref::{Digest, ImageTag, Repository};

use super::{
    RetagOutcome, RetagPlan, TagMove,
    plan::{Decision, decide},
};
use crate::{
    RegistryError,
    auth::Access,
    client::{ManifestName, RegistryClient},
    concurrency::all,
};

impl RegistryClient {
    /// Moves the tags of a plan, all at once: looks at each just before it is
    /// written (unless the plan did so within the last half second), writes the
    /// bytes as they are, and looks again until the new digest shows. A tag
    /// that somebody else moved meanwhile is left alone.
    /// Applying a plan again finds what is done and does the rest.
    pub async fn apply_retag(&self, plan: &RetagPlan) -> RetagOutcome {
        let access = Access::push(&plan.repository);
        let access = &access;
        let moves = plan.moves.iter().map(|planned| async move {
            let outcome = self.move_tag(access, plan, planned).await;
            (planned, outcome)
        });
        let done = all(self.limits().requests, moves.collect()).await;
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
    pub async fn retag(
        &self,
        repository: &Repository,
        source: impl Into<ManifestName>,
        targets: &[ImageTag],
    ) -> Result<(RetagPlan, RetagOutcome), RegistryError> {
        let plan = self.plan_retag(repository, source, targets).await?;
        let outcome = self.apply_retag(&plan).await;
        Ok((plan, outcome))
    }

    /// Puts back what applying the plan moved, last tag first. Tags that did
    /// not exist before stay where they are and are returned.
    ///
    /// # Errors
    /// [`RegistryError`] of the first tag that cannot be put back.
    pub async fn undo_retag(&self, plan: &RetagPlan) -> Result<Vec<ImageTag>, RegistryError> {
        for back in plan.reversed() {
            self.apply_retag(&back).await.complete()?;
        }
        let new = plan.moves.iter().filter(|moved| moved.old.is_none());
        Ok(new.map(|moved| moved.tag.clone()).collect())
    }

    /// Whether the tag had to be written.
    async fn move_tag(
        &self,
        access: &Access,
        plan: &RetagPlan,
        planned: &TagMove,
    ) -> Result<bool, RegistryError> {
        let (source, name) = (&plan.source, ManifestName::from(&planned.tag));
        if !plan.freshness.lasts() {
            let seen = self.head_with(access, &name).await?;
            match decide(seen.as_ref(), source.digest(), planned) {
                Decision::There => return Ok(false),
                Decision::Moved(actual) => {
                    return Err(moved_by_others(&plan.repository, planned, actual));
                }
                Decision::Write => {}
            }
        }
        self.put_with(access, &name, source).await?;
        self.wait_until_shown(access, &planned.tag, source.digest()).await?;
        Ok(true)
    }

    /// Registries behind caches show a new digest a moment later.
    async fn wait_until_shown(
        &self,
        access: &Access,
        tag: &ImageTag,
        expected: &Digest,
    ) -> Result<(), RegistryError> {
        let mut backoff = self.backoff();
        loop {
            let shown = self.head_with(access, &tag.into()).await?.map(|head| head.digest);
            if shown.as_ref() == Some(expected) {
                return Ok(());
            }
            if !backoff.wait().await {
                return Err(RegistryError::NotVisible {
                    repository: access.repository.clone(),
                    tag: tag.clone(),
                    expected: expected.clone(),
                    actual: shown,
                });
            }
        }
    }
}

fn moved_by_others(
    repository: &Repository,
    planned: &TagMove,
    actual: Option<Digest>,
) -> RegistryError {
    RegistryError::TagMoved {
        repository: repository.clone(),
        tag: planned.tag.clone(),
        expected: planned.old_digest().cloned(),
        actual,
    }
}
