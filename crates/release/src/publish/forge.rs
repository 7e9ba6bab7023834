//! The forge release: a draft with all files first, published last.

use std::path::{Path, PathBuf};

use github::{
    AssetFile, Draft, GitHubError, MakeLatest, Release as ForgeRelease, WaitPolicy,
    WorkflowOutcome, WorkflowRun,
};
use python_project::changelog::Changelog;
use release_plan::{Access, ObservedForge};
use report::Step as Progress;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    gather::Rights,
    release::{Release, Tree},
    step::{Outcome, StepFailure},
};
use operation::error_chain;

use crate::{Project, clients::Services};

/// Evidence of the forge release.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DraftEvidence {
    pub(crate) id: u64,
    pub(crate) url: String,
    pub(crate) assets: Vec<String>,
}

/// Whether releases can be published, and which versions are.
pub(crate) async fn observe(
    project: &Project,
    services: &Services,
    rights: Rights,
) -> Option<ObservedForge> {
    project.configuration.github.as_ref()?;
    let access = match (services.github(), rights) {
        (Err(failure), _) => Access::Refused(failure.text()),
        (Ok(_), Rights::NotAsked) => Access::Unasked,
        (Ok(client), Rights::Asked) => match client.check_access().await {
            Ok(_) => Access::Granted,
            Err(GitHubError::NoToken { .. }) => {
                Access::NoCredentials("GH_TOKEN, GITHUB_TOKEN and `gh auth token`".to_owned())
            }
            Err(GitHubError::Http { source, .. }) => Access::Unreachable(error_chain(&source)),
            Err(error) => Access::Refused(error_chain(&error)),
        },
    };
    Some(ObservedForge { access })
}

impl Release<'_> {
    /// Makes the draft, or finds the one that is there, and uploads what it lacks.
    pub(crate) async fn draft_release(&self, progress: &Progress) -> Result<Outcome, StepFailure> {
        let client = self.services.github()?;
        let tag = self.tag_evidence()?;
        let draft = Draft {
            tag: tag.tag.clone(),
            target: tag.commit.as_str().to_owned(),
            name: tag.tag.clone(),
            body: self.notes()?,
            prerelease: self.plan.version.is_prerelease(),
        };
        let files = self.asset_files().await?;
        let release = match client.release_by_tag(&tag.tag).await? {
            Some(published) if !published.draft => {
                return self.found_published(published, &files).await;
            }
            _ => client.create_draft(&draft).await?,
        };
        let total = files.iter().map(|file| file.size).sum();
        for file in &files {
            client.upload_asset(&release, file, Some(progress.progress(Some(total)))).await?;
        }
        let evidence = draft_evidence(&release, &files);
        Ok(Outcome::done(&evidence, &format!("{} files, {}", files.len(), release.url)))
    }

    /// A release that was published by an earlier run is as good as the draft,
    /// if it has the same files.
    async fn found_published(
        &self,
        release: ForgeRelease,
        files: &[AssetFile],
    ) -> Result<Outcome, StepFailure> {
        let state = self.services.github()?.probe_release(&release.tag, files).await?;
        if state.probe != github::Probe::Identical {
            let reason = format!("the release {} is published with other files", release.tag);
            return Err(StepFailure::refused(
                reason,
                "a published release is never changed: release the next version",
            ));
        }
        Ok(Outcome::already(&draft_evidence(&release, files), &release.url))
    }

    /// The version's section of the changelog, as it is in the release tree.
    fn notes(&self) -> Result<String, StepFailure> {
        let path = self.tree_root(Tree::Package).join(&self.project.configuration.changelog.file);
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let notes = Changelog::parse(&text).notes(&self.plan.version.to_string());
        Ok(notes.unwrap_or_else(|| format!("Release {}", self.plan.version)))
    }

    /// The package's files, further assets, and the checksums of all of them.
    async fn asset_files(&self) -> Result<Vec<AssetFile>, StepFailure> {
        let mut paths: Vec<_> = match self.project.package {
            Some(_) => {
                self.distributions().await?.iter().map(|one| one.path().to_owned()).collect()
            }
            None => Vec::new(),
        };
        let further = self.project.configuration.github.iter().flat_map(|github| &github.assets);
        for asset in further {
            paths.push(self.keep_asset(asset)?);
        }
        let mut files =
            paths.iter().map(|path| AssetFile::read(path)).collect::<Result<Vec<_>, _>>()?;
        if files.is_empty() {
            // Of nothing there are no checksums, and the forge takes no empty file.
            return Ok(files);
        }
        let sums: String =
            files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect();
        let path = self.folder.join("SHA256SUMS");
        std::fs::write(&path, sums).map_err(StepFailure::io("write", &path))?;
        files.push(AssetFile::read(&path)?);
        Ok(files)
    }

    /// A further asset as checks or hooks made it, copied so that a resumed
    /// release attaches the same bytes.
    fn keep_asset(&self, asset: &Path) -> Result<PathBuf, StepFailure> {
        let name = asset.file_name().unwrap_or_default();
        let (folder, trees) =
            (self.folder.join("assets"), [Tree::Images, Tree::Checks, Tree::Package]);
        let kept = folder.join(name);
        if kept.is_file() {
            return Ok(kept);
        }
        let places = trees.map(|tree| self.tree_root(tree).join(asset));
        let missing = || StepFailure::new(format!("the asset {} was not made", asset.display()));
        let made = places.iter().find(|path| path.is_file()).ok_or_else(missing)?;
        std::fs::create_dir_all(&folder).map_err(StepFailure::io("make", &folder))?;
        std::fs::copy(made, &kept).map_err(StepFailure::io("keep", made))?;
        Ok(kept)
    }

    /// Waits until the workflows of the release commit are green.
    pub(crate) async fn await_workflows(&self, names: &[String]) -> Result<Outcome, StepFailure> {
        let client = self.services.github()?;
        let settings = self.project.configuration.github.as_ref();
        let deadline =
            settings.map_or(WaitPolicy::default().deadline, |github| github.wait.duration());
        let poll = WaitPolicy::default().poll.min(deadline / 20);
        let commit = self.commit_evidence()?.commit;
        let policy = WaitPolicy { deadline, poll };
        let outcome = client.wait_for_workflows(commit.as_str(), names, policy, &|_| ()).await?;
        match outcome {
            WorkflowOutcome::Green(runs) => Ok(Outcome::done(
                &json!({ "commit": commit }),
                &format!("green: {}", run_names(&runs)),
            )),
            WorkflowOutcome::Failed(runs) => {
                Err(StepFailure::new(format!("failed for this commit: {}", run_names(&runs))))
            }
            WorkflowOutcome::NotStarted(missing) => {
                Err(StepFailure::new(format!("did not start in time: {}", missing.join(", "))))
            }
            WorkflowOutcome::Running(runs) => Err(StepFailure::new(format!(
                "still running after {} s: {}",
                deadline.as_secs(),
                run_names(&runs)
            ))),
        }
    }

    /// Publishes the draft; the newest final version becomes "latest".
    pub(crate) async fn publish_release(&self) -> Result<Outcome, StepFailure> {
        let missing = || StepFailure::new("the draft is not recorded");
        let draft: DraftEvidence = self.recorded("github.draft").ok_or_else(missing)?;
        let latest = if self.is_newest().await? { MakeLatest::Yes } else { MakeLatest::No };
        let release = self.services.github()?.publish(draft.id, latest).await?;
        let evidence = json!({ "id": release.id, "url": release.url });
        Ok(Outcome::done(&evidence, &release.url))
    }

    async fn is_newest(&self) -> Result<bool, StepFailure> {
        let tagged = self.tagged_versions().await?;
        let newest = tagged.into_iter().filter(|version| !version.is_prerelease()).max();
        Ok(!self.plan.version.is_prerelease()
            && newest.is_none_or(|newest| newest <= self.plan.version))
    }
}

fn draft_evidence(release: &ForgeRelease, files: &[AssetFile]) -> DraftEvidence {
    let assets = files.iter().map(|file| format!("{} sha256:{}", file.name, file.sha256)).collect();
    DraftEvidence { id: release.id, url: release.url.clone(), assets }
}

fn run_names(runs: &[WorkflowRun]) -> String {
    runs.iter()
        .map(|run| run.name.clone().unwrap_or_else(|| run.path.clone()))
        .collect::<Vec<_>>()
        .join(", ")
}
