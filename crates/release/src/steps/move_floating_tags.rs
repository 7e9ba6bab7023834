use async_trait::async_trait;
use image_ref::{Digest, ImageTag};
use probe::Probe;
use registry_dockerhub::RetagPlan;
use release_plan::{FloatingMove, StepId, floating_moves};
use release_version::FloatingDecision;
use report::{Step as RunningStep, StepState};
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, RecordedStep, Step, StepProbe, Undo};

use super::{
    build_image::configured_image,
    push_image::{built_image, parse_tag, tag_list},
};
use crate::{context::ReleaseContext, observe::tagged_versions, step_error::ReleaseStepError};

/// Moves the floating tags of an image to the verified digest, never backwards.
/// What each pointed to is recorded with the intent, so that it can be put back.
pub(crate) struct MoveFloatingTags {
    pub(crate) image: String,
}

/// Evidence of floating tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FloatingEvidence {
    digest: Digest,
    tags: Vec<ImageTag>,
}

/// What is to be done with the floating tags now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedMoves {
    /// Where each tag points, and where it will.
    retag: RetagPlan,
    /// Tags that stay, because a newer version has them.
    kept: Vec<String>,
}

impl PlannedMoves {
    fn tags(&self) -> Vec<ImageTag> {
        let moving = self.retag.moves.iter().map(|tag_move| &tag_move.tag);
        moving.chain(&self.retag.unchanged).cloned().collect()
    }

    fn outcome(&self, state: StepState) -> Outcome<FloatingEvidence> {
        let tags = self.tags();
        let state = if tags.is_empty() { StepState::Kept } else { state };
        let mut parts: Vec<String> = Vec::new();
        parts.extend((!tags.is_empty()).then(|| tag_list(&tags)));
        parts.extend(self.kept.iter().map(|tag| format!("{tag} stays")));
        let evidence = FloatingEvidence { digest: self.retag.source.digest().clone(), tags };
        Outcome { state, evidence, detail: parts.join("; ") }
    }
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for MoveFloatingTags {
    type Evidence = FloatingEvidence;
    type Missing = PlannedMoves;

    fn id(&self) -> StepId {
        StepId::MoveFloatingTags(self.image.clone())
    }

    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let planned = self.plan(context).await?;
        Ok(if planned.retag.is_empty() {
            Probe::Identical(planned.outcome(StepState::AlreadyDone))
        } else {
            Probe::Partial(planned)
        })
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        missing: Option<PlannedMoves>,
        _: &RunningStep,
    ) -> Result<Outcome<FloatingEvidence>, ReleaseStepError> {
        let planned = match missing {
            Some(planned) => planned,
            None => self.plan(context).await?,
        };
        context.clients.registry.apply_retag(&planned.retag).await.complete()?;
        Ok(planned.outcome(StepState::Done))
    }

    /// Every attempt is put back, the last one first. A tag that did not exist
    /// before stays.
    async fn undo(
        &self,
        context: &ReleaseContext<'a>,
        recorded: RecordedStep<FloatingEvidence, PlannedMoves>,
    ) -> Result<Undo, ReleaseStepError> {
        let mut undo = Undo::default();
        for PlannedMoves { retag, .. } in recorded.attempts.into_iter().rev().flatten() {
            let new = context.clients.registry.undo_retag(&retag).await?;
            for tag_move in retag.moves.iter().filter(|tag_move| tag_move.old.is_some()) {
                let old = tag_move.old_digest().map(Digest::short).unwrap_or_default();
                undo.reverted.push(format!("{}:{} is {old} again", retag.repository, tag_move.tag));
            }
            let new = new.iter().map(|tag| format!("{}:{tag} is new and stays", retag.repository));
            undo.stays.extend(new);
        }
        Ok(undo)
    }
}

impl MoveFloatingTags {
    /// Decides by what is published now: a newer version may have been released
    /// since the plan was shown.
    async fn plan(&self, context: &ReleaseContext<'_>) -> Result<PlannedMoves, ReleaseStepError> {
        let image = configured_image(context, &self.image)?;
        let built = built_image(context, &self.image)?;
        let registry = &context.clients.registry;
        let tags = registry.tags(&image.repository).await?;
        let tags: Vec<String> = tags.iter().map(|tag| tag.as_str().to_owned()).collect();
        let released = tagged_versions(context.project).await?;
        let (moving, kept): (Vec<FloatingMove>, Vec<FloatingMove>) =
            floating_moves(image, &tags, &released, context.version)
                .into_iter()
                .partition(|tag_move| tag_move.decision == FloatingDecision::Move);
        let targets: Vec<ImageTag> =
            moving.iter().map(|tag_move| parse_tag(&tag_move.tag)).collect::<Result<_, _>>()?;
        let retag = registry.plan_retag(&image.repository, &built.digest, &targets).await?;
        Ok(PlannedMoves { retag, kept: kept.into_iter().map(|tag_move| tag_move.tag).collect() })
    }
}
