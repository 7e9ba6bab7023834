use std::path::{Path, PathBuf};

use async_trait::async_trait;
use github::{AssetFile, Draft, GitHubError, Release as ForgeRelease};
use probe::Probe;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, RecordedStep, Step, StepProbe, Undo};

use super::{
    build_package::{collected_wheels, distributions},
    push_git::created_tag,
    run_benchmark::RunBenchmark,
};
use crate::{
    context::ReleaseContext,
    folder::Checkout,
    release_text::{changelog_notes, text},
    step_error::ReleaseStepError,
};

/// Makes a draft of the forge release with all files, or completes the one that
/// exists.
pub(crate) struct DraftForgeRelease;

/// Evidence of the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DraftEvidence {
    pub(crate) id: u64,
    pub(crate) url: String,
    pub(crate) assets: Vec<String>,
    /// Title and notes; of releases by older versions of this program they are not
    /// recorded.
    #[serde(default)]
    pub(crate) texts: Option<[String; 2]>,
}

impl DraftEvidence {
    fn new(release: &ForgeRelease, files: &[AssetFile], texts: [String; 2]) -> Self {
        let assets = files.iter().map(|file| format!("{} sha256:{}", file.name, file.sha256));
        Self {
            id: release.id,
            url: release.url.clone(),
            assets: assets.collect(),
            texts: Some(texts),
        }
    }
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for DraftForgeRelease {
    type Evidence = DraftEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::DraftForgeRelease
    }

    /// A release that an earlier run published is as good as the draft, if it has
    /// the same files.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let client = context.clients.github()?;
        let tag = created_tag(context)?.tag;
        let Some(release) = client.releases().by_tag(&tag).await?.filter(|release| !release.draft)
        else {
            return Ok(Probe::Absent);
        };
        let files = asset_files(context).await?;
        if client.releases().probe(&tag, &files).await.into_result()?.is_identical() {
            let texts = [title(context).await?, notes(context).await?];
            let (evidence, url) = (DraftEvidence::new(&release, &files, texts), release.url);
            return Ok(Probe::Identical(Outcome::already_done(evidence, url)));
        }
        Ok(Probe::Diverged(ReleaseStepError::refused(
            format!("the forge release {tag} is published with other files"),
            "a published release is never changed: release the next version",
        )))
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<DraftEvidence>, ReleaseStepError> {
        let client = context.clients.github()?;
        let tag = created_tag(context)?;
        let draft = Draft {
            tag: tag.tag.clone(),
            target: tag.commit.as_str().to_owned(),
            name: title(context).await?,
            body: notes(context).await?,
            prerelease: context.version.is_prerelease(),
        };
        let files = asset_files(context).await?;
        let release = client.releases().create_draft(&draft).await?;
        let total = files.iter().map(|file| file.size).sum();
        for file in &files {
            client.assets().upload(&release, file, Some(progress.progress(Some(total)))).await?;
        }
        let detail = format!("{} files, {}", files.len(), release.url);
        Ok(Outcome::done(DraftEvidence::new(&release, &files, [draft.name, draft.body]), detail))
    }

    async fn undo(
        &self,
        context: &ReleaseContext<'a>,
        recorded: RecordedStep<DraftEvidence, ()>,
    ) -> Result<Undo, ReleaseStepError> {
        let client = context.clients.github()?;
        // The process may have died before the draft's number was recorded.
        let id = match recorded.evidence {
            Some(draft) => Some(draft.id),
            None => {
                let found = client.releases().by_tag(&created_tag(context)?.tag).await?;
                found.filter(|release| release.draft).map(|release| release.id)
            }
        };
        let Some(id) = id else { return Ok(Undo::default()) };
        match client.releases().delete_draft(id).await {
            Ok(true) => Ok(Undo::reverted("deleted the draft of the forge release")),
            Ok(false) => Ok(Undo::default()),
            Err(GitHubError::AlreadyPublished { .. }) => {
                Ok(Undo::stays("the forge release is published and is kept"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

async fn title(context: &ReleaseContext<'_>) -> Result<String, ReleaseStepError> {
    let github = context.project.configuration.github.as_ref();
    match github.and_then(|github| github.title.as_ref()) {
        Some(template) => text(context, template).await,
        None => Ok(context.tag.clone()),
    }
}

async fn notes(context: &ReleaseContext<'_>) -> Result<String, ReleaseStepError> {
    let github = context.project.configuration.github.as_ref();
    let notes = match github.and_then(|github| github.notes.as_ref()) {
        Some(template) => text(context, template).await?,
        None => changelog_notes(context).await?,
    };
    Ok(match context.evidence(&RunBenchmark)? {
        Some(measured) => format!("{notes}\n\n{}", measured.notes()),
        None => notes,
    })
}

/// The package's files, further assets, and the checksums of all of them.
async fn asset_files(context: &ReleaseContext<'_>) -> Result<Vec<AssetFile>, ReleaseStepError> {
    let mut paths: Vec<PathBuf> = Vec::new();
    if context.project.package.is_some() {
        let mut files = distributions(context).await?;
        files.extend(collected_wheels(context).await?);
        paths.extend(files.iter().map(|file| file.path().to_owned()));
    }
    let configured = context.project.configuration.github.iter().flat_map(|github| &github.assets);
    for asset in configured {
        paths.push(kept_asset(context, asset)?);
    }
    let read: Result<_, _> = paths.iter().map(|path| AssetFile::read(path)).collect();
    let mut files: Vec<AssetFile> = read?;
    // The forge takes no empty file, such as the checksums of nothing.
    if !files.is_empty() {
        files.push(checksums(context, &files)?);
    }
    Ok(files)
}

fn checksums(
    context: &ReleaseContext<'_>,
    files: &[AssetFile],
) -> Result<AssetFile, ReleaseStepError> {
    let sums: String =
        files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect();
    let path = context.folder.checksums();
    std::fs::write(&path, sums).map_err(ReleaseStepError::io("write", &path))?;
    Ok(AssetFile::read(&path)?)
}

/// A further asset as checks or hooks made it, copied so that a resumed release
/// attaches the same bytes.
fn kept_asset(context: &ReleaseContext<'_>, asset: &Path) -> Result<PathBuf, ReleaseStepError> {
    let folder = context.folder.assets();
    let kept = folder.join(asset.file_name().unwrap_or_default());
    if kept.is_file() {
        return Ok(kept);
    }
    let checkouts = [Checkout::Images, Checkout::Checks, Checkout::Package, Checkout::Commit];
    let made = checkouts
        .map(|checkout| context.project_folder(checkout).join(asset))
        .into_iter()
        .find(|path| path.is_file());
    let Some(made) = made else {
        let problem = format!("no check or hook created the asset {}", asset.display());
        return Err(ReleaseStepError::failed(problem));
    };
    std::fs::create_dir_all(&folder).map_err(ReleaseStepError::io("make", &folder))?;
    std::fs::copy(&made, &kept).map_err(ReleaseStepError::io("keep", &made))?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::{
        release_text::tag_message,
        steps::{CreateTag, MakeCommit, PublishForgeRelease, PushGit},
        test_scene::{TestScene, carry_out, revert},
    };

    async fn pushed<'a>(scene: &'a TestScene) -> ReleaseContext<'a> {
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        carry_out(MakeCommit, &context).await.unwrap();
        let tag = CreateTag { tag: "v0.2.0".to_owned(), branch: "main".to_owned() };
        carry_out(tag, &context).await.unwrap();
        let push = PushGit { remote: "origin".to_owned(), branch: "main".to_owned() };
        carry_out(push, &context).await.unwrap();
        context
    }

    #[tokio::test]
    async fn a_draft_has_the_files_their_checksums_and_the_notes() {
        let scene = TestScene::new().await;
        let context = pushed(&scene).await;
        carry_out(DraftForgeRelease, &context).await.unwrap();
        let releases = scene.forge.state().releases;
        let [draft] = releases.as_slice() else { panic!("{releases:?}") };
        assert!(draft.draft && draft.body.as_deref().unwrap_or_default().contains("A change."));
        let names: Vec<_> = draft.assets.keys().collect();
        assert_eq!(names.len(), 3);
        assert!(draft.assets.contains_key("SHA256SUMS"), "{names:?}");
    }

    #[tokio::test]
    async fn notes_of_a_changelog_in_restructuredtext_are_markdown() {
        let mut scene = TestScene::new().await;
        let text = "0.2.0 (unreleased)\n==================\n\nFixes\n-----\n\n* ``x`` of `docs <https://d>`_.\n";
        let files = [("CHANGELOG.md", None), ("CHANGES.rst", Some(text))];
        scene.change_project(&files, configuration::Changelog::default()).await;
        let context = pushed(&scene).await;
        carry_out(DraftForgeRelease, &context).await.unwrap();
        let releases = scene.forge.state().releases;
        let body = releases[0].body.as_deref();
        assert_eq!(body, Some("### Fixes\n\n* `x` of [docs](https://d).\n"));
    }

    #[tokio::test]
    async fn title_notes_and_tag_message_are_made_of_templates() {
        let scene = TestScene::new().await;
        let mut project = scene.project.clone();
        let text = "[git]\ntag-message = \"Release {tag}: {summary}\"\n\
                    [github]\nrepository = \"a/b\"\ntitle = \"Demo {version}\"\n\
                    notes = \"\"\"\n{changelog}\n\n{images}\n\n{install}\n\"\"\"\n";
        let templates = configuration::parse(text).unwrap();
        project.configuration.git.tag_message = templates.git.tag_message;
        let github = project.configuration.github.as_mut().unwrap();
        (github.title, github.notes) = templates.github.map(|g| (g.title, g.notes)).unwrap();
        let context = ReleaseContext { project: &project, ..scene.context().await };
        scene.build_samples(&context, "hello");
        carry_out(MakeCommit, &context).await.unwrap();
        let tag = CreateTag { tag: "v0.2.0".to_owned(), branch: "main".to_owned() };
        carry_out(tag, &context).await.unwrap();
        assert_eq!(tag_message(&context).await.unwrap(), "Release v0.2.0: A change");
        let push = PushGit { remote: "origin".to_owned(), branch: "main".to_owned() };
        carry_out(push, &context).await.unwrap();
        carry_out(DraftForgeRelease, &context).await.unwrap();
        let draft = &scene.forge.state().releases[0];
        assert_eq!(draft.name.as_deref(), Some("Demo 0.2.0"));
        let body = draft.body.as_deref().unwrap_or_default();
        assert!(body.contains("- A change.\n"), "{body}");
        assert!(body.contains("```\npip install demo-tool==0.2.0\ndocker pull "), "{body}");
    }

    #[tokio::test]
    async fn undoing_deletes_a_draft_also_when_its_number_was_not_recorded() {
        let scene = TestScene::new().await;
        let context = pushed(&scene).await;
        carry_out(DraftForgeRelease, &context).await.unwrap();
        let lost = RecordedStep { evidence: None, attempts: vec![None] };
        let undo = DraftForgeRelease.undo(&context, lost).await.unwrap();
        assert_eq!(undo, Undo::reverted("deleted the draft of the forge release"));
        assert!(scene.forge.state().releases.is_empty());
    }

    #[tokio::test]
    async fn a_release_that_was_published_stays_and_needs_no_draft() {
        let scene = TestScene::new().await;
        let context = pushed(&scene).await;
        carry_out(DraftForgeRelease, &context).await.unwrap();
        carry_out(PublishForgeRelease, &context).await.unwrap();
        let (state, _) = carry_out(DraftForgeRelease, &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
        let undo = revert(DraftForgeRelease, &context).await;
        assert_eq!(undo, Undo::stays("the forge release is published and is kept"));
    }

    #[tokio::test]
    async fn a_published_release_with_other_files_is_refused() {
        let scene = TestScene::new().await;
        let context = pushed(&scene).await;
        carry_out(DraftForgeRelease, &context).await.unwrap();
        carry_out(PublishForgeRelease, &context).await.unwrap();
        scene.build_samples(&context, "another build");
        let failure = carry_out(DraftForgeRelease, &context).await.unwrap_err();
        assert!(failure.refused && failure.text.contains("with other files"), "{failure:?}");
    }
}
