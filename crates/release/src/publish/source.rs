//! Checks of the project, the tag, and sharing both with the remote.

use std::time::Duration;

use git::{CommitId, Probe, PushOutcome, PushRef, TagId};
use release_version::ReleaseVersion;
use report::Step as Progress;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    package::text_of,
    release::{Release, Tree},
    step::{Outcome, StepFailure},
};

/// Evidence of the annotated tag.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TagEvidence {
    pub(crate) tag: String,
    pub(crate) id: TagId,
    pub(crate) commit: CommitId,
}

impl Release<'_> {
    /// Runs a check in the release tree; one that passed for this commit is
    /// not run again.
    pub(crate) async fn run_check(
        &self,
        number: usize,
        progress: &Progress,
    ) -> Result<Outcome, StepFailure> {
        let commit = self.commit_evidence()?.commit;
        let evidence = json!({ "commit": commit });
        if self.recorded::<serde_json::Value>(&format!("check.{number}")) == Some(evidence.clone())
        {
            return Ok(Outcome::already(&evidence, "passed before"));
        }
        self.tree_at(Tree::Checks, &commit).await?;
        let checks = &self.project.configuration.checks;
        let command = &checks.before_release[number - 1];
        let timeout: Duration = checks.timeout.duration();
        let run = self
            .command(command.words(), &self.tree_root(Tree::Checks))
            .summary(command.line())
            .timeout(timeout);
        run.stream(|line| progress.line(text_of(line))).await?;
        Ok(Outcome::done(&evidence, "passed"))
    }

    /// Tags the release commit and moves the user's branch to it.
    pub(crate) async fn create_tag(&self, tag: &str, branch: &str) -> Result<Outcome, StepFailure> {
        let commit = self.commit_evidence()?;
        let repository = self.git().discover(&self.project.root).await?;
        let message = self.render(&self.project.configuration.git.tag_message)?;
        let existed =
            repository.probe_tag(tag, &commit.commit, &message).await? == Probe::Identical;
        let made = repository.annotated_tag(tag, &commit.commit, &message).await?;
        // The branch may have moved on from the release commit meanwhile.
        let head = repository.head().await?;
        if !repository.is_ancestor(&commit.commit, &head).await? {
            repository.fast_forward(branch, &commit.base, &commit.commit).await?;
        }
        let evidence = TagEvidence { tag: tag.to_owned(), id: made, commit: commit.commit };
        let words = format!("{tag} on {}", commit.short);
        Ok(if existed {
            Outcome::already(&evidence, &words)
        } else {
            Outcome::done(&evidence, &words)
        })
    }

    /// Pushes branch and tag together.
    pub(crate) async fn push_git(
        &self,
        remote: &str,
        branch: &str,
    ) -> Result<Outcome, StepFailure> {
        let tag = self.tag_evidence()?;
        let refs = [
            PushRef::Branch { name: branch.to_owned(), commit: tag.commit.clone() },
            PushRef::Tag { name: tag.tag.clone(), id: tag.id.clone() },
        ];
        let repository = &self.project.repository;
        let there = repository.remote_refs(remote).await?;
        // Somebody may have pushed on top of the release meanwhile; then the
        // branch needs nothing from us.
        if there.probe_tag(&tag.tag, &tag.id) == Probe::Identical {
            return Ok(Outcome::already(&tag, &tag.tag));
        }
        match repository.push_atomic(remote, &refs).await? {
            PushOutcome::Pushed => Ok(Outcome::done(&tag, &format!("{branch} and {}", tag.tag))),
            PushOutcome::AlreadyThere => Ok(Outcome::already(&tag, &tag.tag)),
        }
    }

    /// Sees the very tag at the remote.
    pub(crate) async fn verify_git(&self, remote: &str) -> Result<Outcome, StepFailure> {
        let tag = self.tag_evidence()?;
        let there = self.project.repository.remote_refs(remote).await?;
        match there.probe_tag(&tag.tag, &tag.id) {
            Probe::Identical => Ok(Outcome::done(&tag, &format!("{} at {remote}", tag.tag))),
            Probe::Absent => {
                Err(StepFailure::new(format!("{remote} does not have the tag {}", tag.tag)))
            }
            Probe::Diverged => Err(StepFailure::refused(
                format!("the tag {} at {remote} is not the one released", tag.tag),
                "find out who moved it; a released tag is never moved",
            )),
        }
    }

    /// Versions with a tag, here or at the remote.
    pub(crate) async fn tagged_versions(&self) -> Result<Vec<ReleaseVersion>, StepFailure> {
        let (repository, settings) = (&self.project.repository, &self.project.configuration.git);
        let here = repository.tags("*").await?.into_iter().map(|tag| tag.name);
        let there = repository.remote_refs(&settings.remote).await?.tags.into_keys();
        Ok(here.chain(there).filter_map(|tag| settings.tag.version_of(&tag)).collect())
    }

    pub(crate) fn tag_evidence(&self) -> Result<TagEvidence, StepFailure> {
        self.recorded("git.tag").ok_or_else(|| StepFailure::new("the tag is not recorded"))
    }
}
