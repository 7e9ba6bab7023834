use std::path::{Path, PathBuf};

use async_trait::async_trait;
use probe::Probe;
use python_project::Build;
use registry_pypi::{Distribution, ExpectedFile, UploadSet};
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use crate::{
    ProjectPackage, context::ReleaseContext, folder::Checkout, step_error::ReleaseStepError,
};

/// Builds sdist and wheel, once: what is tested is what is published.
pub(crate) struct BuildPackage;

/// Evidence of the built files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PackageEvidence {
    pub(crate) files: Vec<ExpectedFile>,
}

impl PackageEvidence {
    fn of(distributions: &[Distribution]) -> Self {
        Self { files: distributions.iter().map(Distribution::expected).collect() }
    }

    fn file_names(&self) -> String {
        let names = self.files.iter().map(|file| file.file_name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    /// Names of the recorded files that `built` does not have with the same bytes.
    fn differing_from(&self, built: &Self) -> String {
        let differing = self.files.iter().filter(|file| !built.files.contains(file));
        differing.map(|file| file.file_name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for BuildPackage {
    type Evidence = PackageEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::BuildPackage
    }

    /// Files that were built before are used again, if they are those recorded.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let Some(recorded) = context.evidence(self)? else { return Ok(Probe::Absent) };
        // Files that are gone or unreadable are built anew, and then compared.
        let existing = distributions(context).await.map(|files| PackageEvidence::of(&files));
        Ok(match existing {
            Ok(existing) if existing == recorded => {
                let names = recorded.file_names();
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
    ) -> Result<Outcome<PackageEvidence>, ReleaseStepError> {
        build_distributions(context, progress).await?;
        let built = PackageEvidence::of(&distributions(context).await?);
        match context.evidence(self)? {
            Some(recorded) if recorded != built => Err(ReleaseStepError::refused(
                format!(
                    "the rebuilt files differ from those recorded ({})",
                    recorded.differing_from(&built)
                ),
                "tested and published artifacts must come from one build: restore the files, or withdraw \
                 the release with --abort and start again",
            )),
            _ => {
                let names = built.file_names();
                Ok(Outcome::done(built, names))
            }
        }
    }
}

async fn build_distributions(
    context: &ReleaseContext<'_>,
    progress: &RunningStep,
) -> Result<(), ReleaseStepError> {
    let package = package(context)?;
    context.tagged_checkout(Checkout::Package).await?;
    let source = context.project_folder(Checkout::Package).join(&package.settings.directory);
    let out = context.folder.distributions();
    if out.exists() {
        std::fs::remove_dir_all(&out).map_err(ReleaseStepError::io("empty", &out))?;
    }
    std::fs::create_dir_all(&out).map_err(ReleaseStepError::io("make", &out))?;
    run_hooks(context, package, &source, progress).await?;
    let build = Build {
        source: &source,
        out: &out,
        python: &context.environment.python,
        name: &package.pyproject.normalized_name(),
        version: &context.pep440(),
        source_date_epoch: Some(context.source_date_epoch()),
    };
    build.run(&|line| progress.line(line.text())).await?;
    // What an index would refuse is found before anything is public.
    for index in context.project.indexes() {
        upload_set(context, index).await?;
    }
    Ok(())
}

async fn run_hooks(
    context: &ReleaseContext<'_>,
    package: &ProjectPackage,
    folder: &Path,
    progress: &RunningStep,
) -> Result<(), ReleaseStepError> {
    for hook in &package.settings.before {
        let command = context.command(hook.argv(), folder)?.summary(hook.line());
        command.stream(|line| progress.line(line.text())).await?;
    }
    Ok(())
}

/// The project's package.
pub(super) fn package<'a>(
    context: &ReleaseContext<'a>,
) -> Result<&'a ProjectPackage, ReleaseStepError> {
    let package = context.project.package.as_ref();
    package.ok_or_else(|| ReleaseStepError::failed("the project has no package"))
}

/// The files in the order of upload, checked by the rules of the index.
pub(super) async fn upload_set(
    context: &ReleaseContext<'_>,
    index: &str,
) -> Result<UploadSet, ReleaseStepError> {
    let rules = context.clients.index(index)?.endpoints().rules;
    UploadSet::new(distributions(context).await?, rules, &[])
        .map_err(|source| ReleaseStepError::UnfitFiles { index: index.to_owned(), source })
}

/// The built files, read and hashed anew on a thread of their own.
pub(super) async fn distributions(
    context: &ReleaseContext<'_>,
) -> Result<Vec<Distribution>, ReleaseStepError> {
    let folder = context.folder.distributions();
    let read = tokio::task::spawn_blocking(move || open_distributions(&folder));
    read.await.map_err(|_| ReleaseStepError::failed("interrupted while reading the built files"))?
}

fn open_distributions(folder: &Path) -> Result<Vec<Distribution>, ReleaseStepError> {
    let entries = std::fs::read_dir(folder).map_err(ReleaseStepError::io("read", folder))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(ReleaseStepError::io("read", folder))?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|end| end == "whl" || end == "gz"));
    paths.sort();
    let opened: Result<_, _> = paths.iter().map(Distribution::open).collect();
    opened
        .map_err(|source| ReleaseStepError::UnfitFiles { index: "every index".to_owned(), source })
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::test_scene::{TestScene, carry_out};

    #[tokio::test]
    async fn files_that_were_recorded_are_used_again() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        let built = PackageEvidence::of(&distributions(&context).await.unwrap());
        context.journal.done(&StepId::BuildPackage, &built).unwrap();
        let (state, names) = carry_out(BuildPackage, &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
        assert_eq!(names, "demo_tool-0.2.0-py3-none-any.whl, demo_tool-0.2.0.tar.gz");
    }

    #[tokio::test]
    async fn files_that_differ_from_the_record_are_not_used() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        let built = PackageEvidence::of(&distributions(&context).await.unwrap());
        context.journal.done(&StepId::BuildPackage, &built).unwrap();
        scene.build_samples(&context, "another build");
        assert!(matches!(BuildPackage.probe(&context).await.unwrap(), Probe::Absent));
        let other = PackageEvidence::of(&distributions(&context).await.unwrap());
        assert_eq!(built.differing_from(&other), built.file_names());
    }

    #[tokio::test]
    async fn a_record_of_another_shape_is_an_error() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        context.journal.done(&StepId::BuildPackage, &"two files").unwrap();
        let failure = carry_out(BuildPackage, &context).await.unwrap_err();
        assert!(failure.text.contains("record of package.build that cannot be read"));
    }
}
