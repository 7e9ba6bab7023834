use std::path::{Path, PathBuf};

use async_trait::async_trait;
use github::{Artifact, GitHubClient, WorkflowOutcome, WorkflowRun, evaluate_workflows};
use probe::Probe;
use registry_pypi::Distribution;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use super::{
    build_package::{
        BuildPackage, PackageEvidence, check_foreign_wheels, collected_wheels, distributions,
        package, read_distributions, upload_set,
    },
    check_package::{install, require_files},
};
use crate::{
    checkouts::{make_empty, remove_folder},
    context::ReleaseContext,
    fitting_wheel::{FittingWheel, fitting_wheel},
    foreign_wheels::{matcher, move_wheel},
    last_release::compare_with_last_release,
    step_error::ReleaseStepError,
};

/// Downloads the wheels that the workflows of the release commit built, and checks them
/// before any index gets one.
pub(crate) struct CollectPackage {
    /// Patterns of the artifacts' names.
    pub(crate) artifacts: Vec<String>,
}

/// Evidence of the wheels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CollectedEvidence {
    /// The artifacts that they were in.
    artifacts: Vec<String>,
    #[serde(flatten)]
    pub(crate) package: PackageEvidence,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for CollectPackage {
    type Evidence = CollectedEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::CollectPackage
    }

    /// Wheels that were collected before are used again, if they are those recorded.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let Some(recorded) = context.evidence(self)? else { return Ok(Probe::Absent) };
        // Files that are gone or unreadable are downloaded anew, and then compared.
        let existing = collected_wheels(context).await.map(|files| PackageEvidence::of(&files));
        Ok(match existing {
            Ok(existing) if existing == recorded.package => {
                let names = recorded.package.file_names();
                Probe::Identical(Outcome::already_done(recorded, names))
            }
            _ => Probe::Absent,
        })
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<CollectedEvidence>, ReleaseStepError> {
        let (artifacts, wheels) = self.download(context, progress).await?;
        let package = PackageEvidence::of(&wheels);
        if let Some(recorded) = context.evidence(self)?
            && recorded.package != package
        {
            let problem = format!(
                "the artifacts have other wheels than those recorded ({})",
                recorded.package.differing_from(&package)
            );
            let advice = "what was checked and what is published must be the same files: restore \
                          them, or withdraw the release with --abort and start again";
            return Err(ReleaseStepError::refused(problem, advice));
        }
        let result = check_whole_release(context, progress).await?;
        let detail = format!("{}; {result}", package.file_names());
        Ok(Outcome::done(CollectedEvidence { artifacts, package }, detail))
    }
}

/// The files of the release that steps recorded: those that were built, and those that
/// were collected.
pub(super) fn recorded_files(
    context: &ReleaseContext<'_>,
) -> Result<PackageEvidence, ReleaseStepError> {
    let mut recorded = context.require(&BuildPackage, "built package")?;
    let artifacts = package(context)?.settings.wheel_artifacts.clone();
    if !artifacts.is_empty() && context.project.wheels_left_out.is_none() {
        recorded.files.extend(
            context.require(&CollectPackage { artifacts }, "collected wheels")?.package.files,
        );
    }
    Ok(recorded)
}

impl CollectPackage {
    /// The names of the artifacts, and the wheels in them, which are in their place when
    /// all of them are there.
    async fn download(
        &self,
        context: &ReleaseContext<'_>,
        progress: &RunningStep,
    ) -> Result<(Vec<String>, Vec<Distribution>), ReleaseStepError> {
        let client = context.clients.github()?;
        let artifacts = self.find_artifacts(context, client).await?;
        let part = context.folder.path().join("collecting");
        make_empty(&part)?;
        for artifact in &artifacts {
            progress.line(&format!("downloading artifact {}", artifact.name));
            unpack_wheels(client, artifact, &part).await?;
        }
        let target = context.folder.collected();
        remove_folder(&target)?;
        std::fs::rename(&part, &target).map_err(ReleaseStepError::io("keep", &part))?;
        let names = artifacts.into_iter().map(|artifact| artifact.name).collect();
        Ok((names, read_distributions(target).await?))
    }

    /// The artifacts of the workflows that were waited for.
    async fn find_artifacts(
        &self,
        context: &ReleaseContext<'_>,
        client: &GitHubClient,
    ) -> Result<Vec<Artifact>, ReleaseStepError> {
        let mut offered = Vec::new();
        for run in green_runs(context, client).await? {
            offered.extend(client.artifacts().list(run.id).await?);
        }
        let mut chosen: Vec<Artifact> = Vec::new();
        for pattern in &self.artifacts {
            let matcher = matcher(pattern)?;
            let matching: Vec<&Artifact> =
                offered.iter().filter(|artifact| matcher.is_match(&artifact.name)).collect();
            if matching.is_empty() {
                return Err(no_artifact(pattern, &offered));
            }
            for artifact in matching {
                if !chosen.contains(artifact) {
                    chosen.push(artifact.clone());
                }
            }
        }
        Ok(chosen)
    }
}

async fn green_runs(
    context: &ReleaseContext<'_>,
    client: &GitHubClient,
) -> Result<Vec<WorkflowRun>, ReleaseStepError> {
    let github = context.project.configuration.github.as_ref();
    let names = github.map(|github| github.wait_for.clone()).unwrap_or_default();
    let runs = client.workflows().runs(context.commit()?.commit.as_str()).await?;
    match evaluate_workflows(&runs, &names) {
        WorkflowOutcome::Green(runs) => Ok(runs),
        _ => Err(ReleaseStepError::Failed {
            problem: "the workflows that build the wheels are not green any more".to_owned(),
            advice: Some("run the same command again when they have ended".to_owned()),
        }),
    }
}

fn no_artifact(pattern: &str, offered: &[Artifact]) -> ReleaseStepError {
    let names: Vec<&str> = offered.iter().map(|artifact| artifact.name.as_str()).collect();
    let offered = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    ReleaseStepError::Failed {
        problem: format!("no artifact of the workflows matches `{pattern}`; they have {offered}"),
        advice: Some(
            "correct `wheel-artifacts` in [package], or `wait-for` in [github], which names the \
             workflows"
                .to_owned(),
        ),
    }
}

async fn unpack_wheels(
    client: &GitHubClient,
    artifact: &Artifact,
    folder: &Path,
) -> Result<(), ReleaseStepError> {
    let own = folder.join(format!("artifact-{}", artifact.id));
    make_empty(&own)?;
    let wheels: Vec<PathBuf> = client.artifacts().unpack(artifact, &own, ".whl").await?;
    if wheels.is_empty() {
        let problem = format!("artifact `{}` has no wheel", artifact.name);
        let advice = "make the patterns of `wheel-artifacts` in [package] narrower".to_owned();
        return Err(ReleaseStepError::Failed { problem, advice: Some(advice) });
    }
    for wheel in wheels {
        move_wheel(&wheel, folder)?;
    }
    remove_folder(&own)
}

/// Everything that is checked of a built package, for all of its files.
async fn check_whole_release(
    context: &ReleaseContext<'_>,
    progress: &RunningStep,
) -> Result<String, ReleaseStepError> {
    let collected = collected_wheels(context).await?;
    let mut all = distributions(context).await?;
    let built = fitting_wheel(all.iter().map(Distribution::parsed_name), &context.clients.python);
    let was_installed = matches!(built.await, FittingWheel::Found(_));
    all.extend(collected.iter().cloned());
    check_foreign_wheels(context, &all)?;
    // What an index would refuse is found before any gets a file.
    for index in context.project.indexes() {
        upload_set(context, index).await?;
    }
    let comparison = compare_with_last_release(context, &all, true).await;
    require_files(context, &comparison)?;
    // A wheel that this machine built was installed before the tag was pushed.
    let installed = match was_installed {
        true => String::new(),
        false => format!("{}; ", install(context, &collected, progress).await?),
    };
    Ok(format!("{installed}{comparison}"))
}

#[cfg(test)]
mod tests {
    use rehearsal::{forge::Workflow, index::sample::Sample};
    use report::StepState;

    use super::*;
    use crate::{
        steps::{CreateTag, MakeCommit, PushGit},
        test_scene::{TestScene, carry_out},
    };

    fn step() -> CollectPackage {
        CollectPackage { artifacts: vec!["wheels-*".to_owned()] }
    }

    fn wheels(greeting: &str) -> Workflow {
        let wheel = Sample::new("demo-tool", "0.2.0").tags("cp38-abi3-win_amd64");
        let wheel = wheel.greeting(greeting).wheel();
        Workflow::new("Wheels").artifact("wheels-windows", &[(wheel.filename(), wheel.bytes())])
    }

    async fn scene(workflow: Workflow) -> TestScene {
        let mut scene = TestScene::with_workflows(vec![workflow]).await;
        let settings = &mut scene.project.configuration;
        settings.github.as_mut().unwrap().wait_for = vec!["wheels.yml".to_owned()];
        let package = scene.project.package.as_mut().unwrap();
        package.settings.wheel_artifacts = step().artifacts;
        scene
    }

    /// The release as it is when the workflows are green.
    async fn pushed(scene: &TestScene) -> ReleaseContext<'_> {
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        let wheel = context.folder.distributions().join("demo_tool-0.2.0-py3-none-any.whl");
        std::fs::remove_file(wheel).unwrap();
        let built = PackageEvidence::of(&distributions(&context).await.unwrap());
        context.journal.done(&BuildPackage.id(), &built).unwrap();
        let (branch, remote) = ("main".to_owned(), "origin".to_owned());
        carry_out(MakeCommit, &context).await.unwrap();
        let tag = CreateTag { tag: "v0.2.0".to_owned(), branch: branch.clone() };
        carry_out(tag, &context).await.unwrap();
        carry_out(PushGit { remote, branch }, &context).await.unwrap();
        context
    }

    #[tokio::test]
    async fn what_was_collected_is_not_downloaded_again() {
        let scene = scene(wheels("hello")).await;
        let context = pushed(&scene).await;
        let (state, detail) = carry_out(step(), &context).await.unwrap();
        assert_eq!(state, StepState::Done);
        let none = "not installed: none of the 1 wheels fits this machine";
        assert!(detail.contains(none), "{detail}");
        let (state, _) = carry_out(step(), &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
        assert_eq!(scene.forge.storage_requests().len(), 1);
        // What is damaged is downloaded anew, and must be the same.
        let wheel = context.folder.collected().join("demo_tool-0.2.0-cp38-abi3-win_amd64.whl");
        std::fs::write(wheel, "damaged").unwrap();
        let (state, _) = carry_out(step(), &context).await.unwrap();
        assert_eq!(state, StepState::Done);
    }

    #[tokio::test]
    async fn other_bytes_than_those_recorded_are_refused() {
        let scene = scene(wheels("hello")).await;
        let context = pushed(&scene).await;
        let mut other = PackageEvidence::of(&distributions(&context).await.unwrap());
        other.files[0].file_name = "demo_tool-0.2.0-cp38-abi3-win_amd64.whl".to_owned();
        let recorded = CollectedEvidence { artifacts: Vec::new(), package: other };
        context.journal.done(&step().id(), &recorded).unwrap();
        let failure = carry_out(step(), &context).await.unwrap_err();
        assert!(failure.refused && failure.text.contains("other wheels than those recorded"));
    }

    #[tokio::test]
    async fn an_artifact_that_is_not_offered_is_named_with_those_that_are() {
        let scene = scene(Workflow::new("Wheels").artifact("dist", &[])).await;
        let context = pushed(&scene).await;
        let failure = carry_out(step(), &context).await.unwrap_err();
        assert!(failure.text.contains("matches `wheels-*`; they have dist"), "{failure:?}");
    }
}
