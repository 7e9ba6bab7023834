use async_trait::async_trait;
use git::{CommitId, GitError, TagId, TagKind};
use probe::Probe;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, RecordedStep, Step, StepProbe, Undo};

use super::MakeCommit;
use crate::{context::ReleaseContext, release_text::tag_message, step_error::ReleaseStepError};

/// Makes the annotated tag and moves the user's branch to the release commit.
pub(crate) struct CreateTag {
    pub(crate) tag: String,
    pub(crate) branch: String,
}

/// Evidence of the annotated tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TagEvidence {
    pub(crate) tag: String,
    pub(crate) id: TagId,
    pub(crate) commit: CommitId,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for CreateTag {
    type Evidence = TagEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::CreateTag
    }

    /// Both must be in place: a crash may have come between tag and branch.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let commit = context.commit()?;
        let repository = &context.project.repository;
        let message = tag_message(context).await?;
        let tag = match repository.tags().probe(&self.tag, &commit.commit, &message).await {
            Probe::Identical(tag) => tag,
            Probe::Unknown(error) => return Err(error.into()),
            // A tag that diverged is left to git, which refuses to make another one.
            Probe::Absent | Probe::Diverged(_) => return Ok(Probe::Absent),
        };
        let head = repository.head().await?;
        if !repository.is_ancestor(&commit.commit, &head).await? {
            return Ok(Probe::Partial(()));
        }
        let evidence = TagEvidence { tag: tag.name, id: tag.id, commit: tag.commit };
        let detail = format!("{} on {}", self.tag, commit.short);
        Ok(Probe::Identical(Outcome::already_done(evidence, detail)))
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<TagEvidence>, ReleaseStepError> {
        let commit = context.commit()?;
        let repository = context.git().discover(&context.project.root).await?;
        let message = tag_message(context).await?;
        let id = repository.tags().create_annotated(&self.tag, &commit.commit, &message).await?;
        // The branch may have moved on from the release commit meanwhile.
        let head = repository.head().await?;
        if !repository.is_ancestor(&commit.commit, &head).await? {
            repository.fast_forward(&self.branch, &commit.base, &commit.commit).await?;
        }
        let detail = format!("{} on {}", self.tag, commit.short);
        Ok(Outcome::done(TagEvidence { tag: self.tag.clone(), id, commit: commit.commit }, detail))
    }

    /// The local tag is deleted. The branch goes back, unless the commit is at the
    /// remote or the work tree has changes.
    async fn undo(
        &self,
        context: &ReleaseContext<'a>,
        recorded: RecordedStep<TagEvidence, ()>,
    ) -> Result<Undo, ReleaseStepError> {
        let tag = match recorded.evidence {
            Some(tag) => Some(tag),
            None => find_tag(context, &self.tag).await?,
        };
        let mut undo = Undo::default();
        if let Some(tag) = tag
            && context.project.repository.tags().delete(&tag.tag, &tag.id).await?
        {
            undo.reverted.push(format!("deleted the local tag {}", tag.tag));
        }
        put_branch_back(context, &mut undo).await?;
        Ok(undo)
    }
}

/// A tag that was made just before the process died is recognised by the commit
/// that it names.
async fn find_tag(
    context: &ReleaseContext<'_>,
    name: &str,
) -> Result<Option<TagEvidence>, ReleaseStepError> {
    let Some(commit) = context.evidence(&MakeCommit)? else { return Ok(None) };
    let found = context.project.repository.tags().get(name).await?;
    let own = found.filter(|tag| tag.kind == TagKind::Annotated && tag.commit == commit.commit);
    Ok(own.map(|tag| TagEvidence { tag: tag.name, id: tag.id, commit: tag.commit }))
}

async fn put_branch_back(
    context: &ReleaseContext<'_>,
    undo: &mut Undo,
) -> Result<(), ReleaseStepError> {
    let commit = context.evidence(&MakeCommit)?;
    // A release of HEAD as it was has no commit of its own.
    let Some(commit) = commit.filter(|commit| commit.commit != commit.base) else {
        return Ok(());
    };
    let repository = &context.project.repository;
    let status = repository.status().await?;
    let is_checked_out = status.commit.as_ref() == Some(&commit.commit);
    let Some(branch) = status.branch().filter(|_| is_checked_out) else { return Ok(()) };
    if is_pushed(context, &commit.commit).await? {
        undo.stays.push(format!(
            "the release commit {} is pushed and stays on the branch; revert it if needed",
            commit.short
        ));
        return Ok(());
    }
    match repository.reset_branch(branch, &commit.commit, &commit.base).await {
        Ok(()) => undo.reverted.push(format!("{branch} is back at {}", commit.base)),
        Err(GitError::Dirty { .. }) => {
            undo.stays.push("the release commit is kept: the work tree has changes".to_owned());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Whether a branch of the remote has the commit. The remote is queried only if
/// this release ever pushed to it.
async fn is_pushed(
    context: &ReleaseContext<'_>,
    commit: &CommitId,
) -> Result<bool, ReleaseStepError> {
    let push = StepId::PushGit.to_string();
    if !context.journal.records().iter().any(|record| record.step == push) {
        return Ok(false);
    }
    let remote = &context.project.configuration.git.remote;
    let refs = context.project.repository.remote(remote).refs().await?;
    Ok(refs.branches.values().any(|branch| branch == commit))
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::{
        steps::push_git::PushGit,
        test_scene::{TestScene, carry_out, revert},
    };

    fn step() -> CreateTag {
        CreateTag { tag: "v0.2.0".to_owned(), branch: "main".to_owned() }
    }

    #[tokio::test]
    async fn tag_and_branch_point_to_the_release_commit() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        carry_out(step(), &context).await.unwrap();
        let commit = context.commit().unwrap().commit;
        assert_eq!(scene.git(&["rev-parse", "v0.2.0^{commit}"]), commit.as_str());
        assert_eq!(scene.git(&["rev-parse", "main"]), commit.as_str());
        assert_eq!(scene.git(&["status", "--porcelain"]), "");
        let (state, _) = carry_out(step(), &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
    }

    #[tokio::test]
    async fn a_tag_without_the_branch_is_completed() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let commit = context.commit().unwrap().commit;
        let message = tag_message(&context).await.unwrap();
        let repository = context.git().discover(&scene.root()).await.unwrap();
        repository.tags().create_annotated("v0.2.0", &commit, &message).await.unwrap();
        assert!(matches!(step().probe(&context).await.unwrap(), Probe::Partial(())));
        carry_out(step(), &context).await.unwrap();
        assert_eq!(scene.git(&["rev-parse", "main"]), commit.as_str());
    }

    #[tokio::test]
    async fn undoing_a_release_of_head_leaves_the_branch_as_it_is() {
        let mut scene = TestScene::new().await;
        let stated = "[project]\nname = \"demo-tool\"\nversion = \"0.2.0\"\n";
        let changelog = "# Changelog\n\n## [0.2.0] - 2026-01-01\n\n- A change.\n";
        let files = [("pyproject.toml", Some(stated)), ("CHANGELOG.md", Some(changelog))];
        scene.change_project(&files, configuration::Changelog::default()).await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        carry_out(step(), &context).await.unwrap();
        let undo = revert(step(), &context).await;
        assert_eq!(undo.reverted, ["deleted the local tag v0.2.0"]);
        assert_eq!(undo.stays, [""; 0]);
        assert_eq!(scene.git(&["rev-parse", "main"]), context.base.as_str());
    }

    #[tokio::test]
    async fn another_tag_of_that_name_is_refused() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        scene.git(&["tag", "--annotate", "--message=mine", "v0.2.0"]);
        let failure = carry_out(step(), &context).await.unwrap_err();
        assert!(failure.refused && failure.target_unchanged, "{failure:?}");
    }

    #[tokio::test]
    async fn undoing_deletes_the_tag_and_puts_the_branch_back() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        carry_out(step(), &context).await.unwrap();
        let undo = revert(step(), &context).await;
        assert_eq!(undo.reverted.len(), 2, "{undo:?}");
        assert_eq!(scene.git(&["tag", "--list"]), "");
        assert_eq!(scene.git(&["rev-parse", "main"]), scene.git(&["rev-parse", "start"]));
        assert_eq!(revert(step(), &context).await, Undo::default(), "again");
    }

    #[tokio::test]
    async fn undoing_leaves_a_commit_that_is_pushed() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        carry_out(step(), &context).await.unwrap();
        let push = PushGit { remote: "origin".to_owned(), branch: "main".to_owned() };
        carry_out(push, &context).await.unwrap();
        let undo = revert(step(), &context).await;
        assert!(undo.stays[0].contains("is pushed and stays"), "{undo:?}");
        let commit = context.commit().unwrap().commit;
        assert_eq!(scene.git(&["rev-parse", "main"]), commit.as_str());
    }
}
