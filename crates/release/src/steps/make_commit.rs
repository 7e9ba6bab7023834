use async_trait::async_trait;
use probe::Probe;
use release_plan::StepId;
use release_version::TemplateValues;
use report::RunningStep;
use step_runner::{Outcome, Step, StepProbe};

use super::project_files;
use crate::{
    checkouts::commit_checkout, commit_evidence::CommitEvidence, context::ReleaseContext,
    step_error::ReleaseStepError,
};

/// Makes the release commit in a checkout of its own: the user's work tree is not
/// touched before everything that can fail privately has succeeded.
pub(crate) struct MakeCommit;

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for MakeCommit {
    type Evidence = CommitEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Commit
    }

    /// A recorded commit is checked out again.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let Some(recorded) = context.evidence(self)? else { return Ok(Probe::Absent) };
        commit_checkout(context, &recorded.commit).await?;
        let detail = recorded.short.clone();
        Ok(Probe::Identical(Outcome::already_done(recorded, detail)))
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<CommitEvidence>, ReleaseStepError> {
        let tree = commit_checkout(context, &context.base).await?;
        let changed = project_files::write_version(context, &tree).await?;
        let paths: Vec<&str> = changed.iter().filter_map(|path| path.to_str()).collect();
        let commit = tree.commit(&paths, &commit_message(context)).await?;
        let short = tree.short_id(&commit).await?;
        let is_base = commit == context.base;
        let files = if is_base { "nothing to change".to_owned() } else { paths.join(", ") };
        let detail = format!("{short} ({files})");
        Ok(Outcome::done(CommitEvidence { commit, short, base: context.base.clone() }, detail))
    }
}

/// A commit's message cannot name the commit itself: `{commit}` is its base.
fn commit_message(context: &ReleaseContext<'_>) -> String {
    let base: String = context.base.as_str().chars().take(7).collect();
    let values = TemplateValues { version: &context.version, commit: &base };
    context.project.configuration.git.commit_message.render(values)
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::folder::Checkout;
    use crate::test_scene::{TestScene, VERSION, carry_out};

    #[tokio::test]
    async fn the_version_is_committed_and_the_users_files_stay_as_they_are() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let commit = context.commit().unwrap();
        let show = |file: &str| scene.git(&["show", &format!("{}:{file}", commit.commit)]);
        assert!(show("pyproject.toml").contains(&format!("version = \"{VERSION}\"")));
        assert!(show("CHANGELOG.md").contains("## [0.2.0] - 2026-01-02"));
        assert_eq!(scene.git(&["status", "--porcelain"]), "");
        assert_eq!(scene.git(&["rev-parse", "HEAD"]), commit.base.as_str());
    }

    #[tokio::test]
    async fn a_recorded_commit_is_checked_out_again_and_not_made_again() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let commit = context.commit().unwrap();
        std::fs::remove_dir_all(context.folder.checkout(Checkout::Commit)).unwrap();
        let (state, _) = carry_out(MakeCommit, &context).await.unwrap();
        assert_eq!((state, context.commit().unwrap()), (StepState::AlreadyDone, commit));
        assert!(context.folder.checkout(Checkout::Commit).join("pyproject.toml").is_file());
    }

    #[tokio::test]
    async fn a_head_that_states_the_version_is_released_as_it_is() {
        let mut scene = TestScene::new().await;
        let files = [
            ("pyproject.toml", "[project]\nname = \"demo-tool\"\nversion = \"0.2.0\"\n"),
            ("CHANGELOG.md", "# Changelog\n\n## [0.2.0] - 2026-01-01\n\n- A change.\n"),
            // A program that refreshes it would fail.
            ("uv.lock", "[[package]]\nname = \"demo-tool\"\nversion = \"0.2.0\"\n"),
        ];
        let files = files.map(|(path, text)| (path, Some(text)));
        scene.change_project(&files, configuration::Changelog::default()).await;
        let context = scene.context().await;
        let (_, detail) = carry_out(MakeCommit, &context).await.unwrap();
        let commit = context.commit().unwrap();
        assert_eq!(commit.commit, commit.base);
        assert_eq!(detail, format!("{} (nothing to change)", commit.short));
    }

    #[tokio::test]
    async fn version_files_keep_the_zeros_of_a_calendar_version() {
        let mut scene = TestScene::new().await;
        let files = [
            ("padded.py", Some("__version__ = \"2026.06.0\"\n")),
            ("plain.py", Some("__version__ = \"2026.6.0\"\n")),
            ("chart.yaml", Some("appVersion: 2026.12.0\n")),
            ("pyproject.toml", Some("[project]\nname = \"demo-tool\"\nversion = \"2026.06.0\"\n")),
        ];
        scene.change_project(&files, configuration::Changelog::default()).await;
        let settings = "[package]\nversion-files = [\"padded.py\", \"plain.py\", \"new.py\",\n\
                        { path = \"chart.yaml\", pattern = '^appVersion: (.*)$' }]\n";
        let settings = configuration::parse(settings).unwrap().package.unwrap();
        let mut project = scene.project.clone();
        project.package.as_mut().unwrap().settings.version_files = settings.version_files;
        let context = ReleaseContext {
            project: &project,
            version: "2027.01.0".parse().unwrap(),
            ..scene.context().await
        };
        carry_out(MakeCommit, &context).await.unwrap();
        let commit = context.commit().unwrap().commit;
        for (file, line) in [
            ("padded.py", "__version__ = \"2027.01.0\""),
            ("plain.py", "__version__ = \"2027.1.0\""),
            ("new.py", "__version__ = \"2027.01.0\""),
            ("chart.yaml", "appVersion: 2027.01.0"),
        ] {
            let text = scene.git(&["show", &format!("{commit}:{file}")]);
            assert!(text.lines().any(|written| written == line), "{file}: {text}");
        }
    }

    #[tokio::test]
    async fn equal_inputs_give_the_same_commit() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let first = context.commit().unwrap();
        context.journal.undone(&StepId::Commit).unwrap();
        carry_out(MakeCommit, &context).await.unwrap();
        assert_eq!(context.commit().unwrap(), first);
    }
}
