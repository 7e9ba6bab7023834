use async_trait::async_trait;
use probe::Probe;
use release_plan::StepId;
use report::RunningStep;
use step_runner::{Outcome, Step};

use super::{create_tag::TagEvidence, push_git::created_tag};
use crate::{context::ReleaseContext, step_error::ReleaseStepError};

/// Looks for this very tag at the remote.
pub(crate) struct VerifyGit {
    pub(crate) remote: String,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for VerifyGit {
    type Evidence = TagEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::VerifyGit
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<TagEvidence>, ReleaseStepError> {
        let (tag, remote) = (created_tag(context)?, &self.remote);
        let refs = context.project.repository.remote(remote).refs().await?;
        match refs.probe_tag(&tag.tag, &tag.id) {
            Probe::Identical(()) => {
                let detail = format!("{} at {remote}", tag.tag);
                Ok(Outcome::done(tag, detail))
            }
            Probe::Absent => {
                Err(ReleaseStepError::failed(format!("{remote} does not have the tag {}", tag.tag)))
            }
            Probe::Diverged(_) => Err(ReleaseStepError::refused(
                format!("the tag {} at {remote} is not the one released", tag.tag),
                "find out who moved it; a released tag must not move",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        steps::{CreateTag, MakeCommit, PushGit},
        test_scene::{TestScene, carry_out, git},
    };

    #[tokio::test]
    async fn the_tag_at_the_remote_must_be_the_one_that_was_made() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        let (remote, branch) = (|| "origin".to_owned(), || "main".to_owned());
        carry_out(MakeCommit, &context).await.unwrap();
        let tag = CreateTag { tag: "v0.2.0".to_owned(), branch: branch() };
        carry_out(tag, &context).await.unwrap();
        let missing = carry_out(VerifyGit { remote: remote() }, &context).await.unwrap_err();
        assert!(missing.text.contains("does not have the tag"), "{}", missing.text);
        carry_out(PushGit { remote: remote(), branch: branch() }, &context).await.unwrap();
        carry_out(VerifyGit { remote: remote() }, &context).await.unwrap();
        git(&scene.remote(), &["update-ref", "refs/tags/v0.2.0", "main~1"]);
        let moved = carry_out(VerifyGit { remote: remote() }, &context).await.unwrap_err();
        assert!(moved.refused && moved.text.contains("not the one released"), "{}", moved.text);
    }
}
