use async_trait::async_trait;
use image_ref::{Digest, ImageTag};
use probe::Probe;
use registry_dockerhub::RetagPlan;
use release_plan::{FloatingMove, StepId, floating_moves};
use release_version::FloatingDecision;
use report::{RunningStep, StepState};
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, RecordedStep, Step, StepProbe, Undo};

use super::{
    build_image::configured_image,
    push_image::{built_image, parse_tag, tag_list},
};
use crate::{context::ReleaseContext, observe::release_tags, step_error::ReleaseStepError};

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
        parts.extend(self.kept.iter().map(|tag| format!("{tag} not moved")));
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
        let registry = &context.clients.registry;
        registry.retag(&planned.retag.repository).apply(&planned.retag).await.complete()?;
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
            let new = context.clients.registry.retag(&retag.repository).undo(&retag).await?;
            for tag_move in retag.moves.iter().filter(|tag_move| tag_move.old.is_some()) {
                let old = tag_move.old_digest().map(Digest::short).unwrap_or_default();
                undo.reverted.push(format!("{}:{} is {old} again", retag.repository, tag_move.tag));
            }
            let new =
                new.iter().map(|tag| format!("{}:{tag} is new and is kept", retag.repository));
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
        let tags = registry.tags(&image.repository).list().await?;
        let tags: Vec<String> = tags.iter().map(|tag| tag.as_str().to_owned()).collect();
        let released = release_tags(context.project).await?.versions();
        let (moving, kept): (Vec<FloatingMove>, Vec<FloatingMove>) =
            floating_moves(image, &tags, &released, context.version)
                .into_iter()
                .partition(|tag_move| tag_move.decision == FloatingDecision::Move);
        let targets: Vec<ImageTag> =
            moving.iter().map(|tag_move| parse_tag(&tag_move.tag)).collect::<Result<_, _>>()?;
        let retag = registry.retag(&image.repository).plan(&built.digest, &targets).await?;
        Ok(PlannedMoves { retag, kept: kept.into_iter().map(|tag_move| tag_move.tag).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        steps::{ImageEvidence, MakeCommit, PushImage},
        test_scene::{TestScene, carry_out, revert},
    };

    fn step() -> MoveFloatingTags {
        MoveFloatingTags { image: "server".to_owned() }
    }

    async fn pushed<'a>(scene: &'a TestScene, content: &str) -> ReleaseContext<'a> {
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let digest = scene.build_layout(&context, content).parse().unwrap();
        let evidence = ImageEvidence { digest, platforms: vec!["linux/amd64".parse().unwrap()] };
        context.journal.done(&StepId::BuildImage("server".to_owned()), &evidence).unwrap();
        carry_out(PushImage { image: "server".to_owned() }, &context).await.unwrap();
        context
    }

    fn tag(scene: &TestScene, name: &str) -> Option<String> {
        let state = scene.registry.state();
        state.repositories["demo/server"].tags.get(name).map(ToString::to_string)
    }

    async fn point_latest_to(context: &ReleaseContext<'_>, digest: &str) {
        let repository = "demo/server".parse().unwrap();
        let (digest, latest) = (digest.parse().unwrap(), "latest".parse().unwrap());
        context.clients.registry.retag(&repository).tag(&digest, &latest).await.unwrap();
    }

    #[tokio::test]
    async fn what_a_tag_pointed_to_is_recorded_and_put_back() {
        let scene = TestScene::new().await;
        let context = pushed(&scene, "layer").await;
        let old = scene.build_layout(&context, "older");
        let layout = oci_image::Layout::open(context.folder.image("server")).unwrap();
        let repository = "demo/server".parse().unwrap();
        let options = registry_dockerhub::PushOptions::default();
        let registry = &context.clients.registry;
        registry
            .push(&repository, options.clone())
            .layout(&layout, &old.parse().unwrap())
            .await
            .unwrap();
        point_latest_to(&context, &old).await;
        carry_out(step(), &context).await.unwrap();
        let new = built_image(&context, "server").unwrap().digest.to_string();
        assert_eq!(tag(&scene, "latest"), Some(new.clone()));
        assert_eq!(tag(&scene, "0.2"), Some(new.clone()));
        let undo = revert(step(), &context).await;
        assert_eq!(tag(&scene, "latest"), Some(old));
        assert_eq!(tag(&scene, "0.2"), Some(new), "only deleting could put it back");
        assert_eq!((undo.reverted.len(), undo.stays.len()), (1, 1), "{undo:?}");
    }

    #[tokio::test]
    async fn a_tag_of_a_newer_version_stays() {
        let scene = TestScene::new().await;
        let context = pushed(&scene, "layer").await;
        scene.git(&["tag", "v0.3.0"]);
        let (_, detail) = carry_out(step(), &context).await.unwrap();
        assert_eq!(detail, "0.2; latest not moved");
        assert_eq!(tag(&scene, "latest"), None);
        scene.git(&["tag", "v0.2.1"]);
        let (state, detail) = carry_out(step(), &context).await.unwrap();
        assert_eq!((state, &*detail), (StepState::Kept, "latest not moved; 0.2 not moved"));
    }
}
