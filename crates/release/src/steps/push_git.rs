use async_trait::async_trait;
use git::{PushOutcome, PushRef};
use probe::Probe;
use release_plan::StepId;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, StepProbe, Undo};

use super::create_tag::{CreateTag, TagEvidence};
use crate::{context::ReleaseContext, step_error::ReleaseStepError};

/// Pushes branch and tag together or not at all.
pub(crate) struct PushGit {
    pub(crate) remote: String,
    pub(crate) branch: String,
}

/// The tag that was made.
pub(super) fn created_tag(context: &ReleaseContext<'_>) -> Result<TagEvidence, ReleaseStepError> {
    let step = CreateTag { tag: context.tag.clone(), branch: String::new() };
    context.require(&step, "tag")
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for PushGit {
    type Evidence = TagEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::PushGit
    }

    /// The tag decides: others may have pushed on top of the release meanwhile, and
    /// then the branch needs nothing from us. A tag that diverged is left to git,
    /// which refuses the push.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let tag = created_tag(context)?;
        let refs = context.project.repository.remote(&self.remote).refs().await?;
        Ok(match refs.probe_tag(&tag.tag, &tag.id) {
            Probe::Identical(()) => {
                let detail = tag.tag.clone();
                Probe::Identical(Outcome::already_done(tag, detail))
            }
            Probe::Absent | Probe::Diverged(_) => Probe::Absent,
        })
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<TagEvidence>, ReleaseStepError> {
        let tag = created_tag(context)?;
        let refs = [
            PushRef::Branch { name: self.branch.clone(), commit: tag.commit.clone() },
            PushRef::Tag { name: tag.tag.clone(), id: tag.id.clone() },
        ];
        let pushed = context.project.repository.remote(&self.remote).push_atomic(&refs).await?;
        let detail = format!("{} and {}", self.branch, tag.tag);
        Ok(match pushed {
            PushOutcome::Pushed => Outcome::done(tag, detail),
            PushOutcome::UpToDate => Outcome::already_done(tag, detail),
        })
    }

    /// The tag is deleted at the remote; a commit on a branch stays.
    async fn undo(
        &self,
        context: &ReleaseContext<'a>,
        _: RecordedStep<TagEvidence, ()>,
    ) -> Result<Undo, ReleaseStepError> {
        let tag = created_tag(context)?;
        let repository = &context.project.repository;
        let refs = repository.remote(&self.remote).refs().await?;
        if !refs.tags.contains_key(&tag.tag) {
            return Ok(Undo::default());
        }
        repository.remote(&self.remote).delete_tag(&tag.tag, &tag.id).await?;
        Ok(Undo::reverted(format!("deleted {} at {}", tag.tag, self.remote)))
    }
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::{
        steps::MakeCommit,
        test_scene::{TestScene, carry_out, git, revert},
    };

    fn step() -> PushGit {
        PushGit { remote: "origin".to_owned(), branch: "main".to_owned() }
    }

    async fn tagged<'a>(scene: &'a TestScene) -> ReleaseContext<'a> {
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let tag = CreateTag { tag: "v0.2.0".to_owned(), branch: "main".to_owned() };
        carry_out(tag, &context).await.unwrap();
        context
    }

    #[tokio::test]
    async fn branch_and_tag_are_pushed_once() {
        let scene = TestScene::new().await;
        let context = tagged(&scene).await;
        carry_out(step(), &context).await.unwrap();
        let commit = context.commit().unwrap().commit;
        assert_eq!(git(&scene.remote(), &["rev-parse", "v0.2.0^{commit}"]), commit.as_str());
        assert_eq!(git(&scene.remote(), &["rev-parse", "main"]), commit.as_str());
        let (state, _) = carry_out(step(), &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
    }

    #[tokio::test]
    async fn a_remote_that_moved_on_gets_neither_branch_nor_tag() {
        let scene = TestScene::new().await;
        let context = tagged(&scene).await;
        let other = scene.git(&["commit-tree", "-m", "other", "start^{tree}", "-p", "start"]);
        scene.git(&["push", "--quiet", "origin", &format!("{other}:refs/heads/main")]);
        let failure = carry_out(step(), &context).await.unwrap_err();
        assert!(failure.refused && failure.target_unchanged, "{failure:?}");
        assert_eq!(git(&scene.remote(), &["tag", "--list"]), "");
    }

    #[tokio::test]
    async fn undoing_deletes_the_tag_at_the_remote() {
        let scene = TestScene::new().await;
        let context = tagged(&scene).await;
        carry_out(step(), &context).await.unwrap();
        assert_eq!(revert(step(), &context).await, Undo::reverted("deleted v0.2.0 at origin"));
        assert_eq!(git(&scene.remote(), &["tag", "--list"]), "");
        assert_eq!(revert(step(), &context).await, Undo::default(), "again");
    }
}
