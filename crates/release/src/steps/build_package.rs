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
    ProjectPackage,
    checkouts::{make_empty, tagged_checkout},
    context::ReleaseContext,
    folder::Checkout,
    foreign_wheels::{WheelIdentity, gather_wheels, wheels_of},
    logged_command::run_logged,
    step_error::ReleaseStepError,
};

/// Builds sdist and wheel, once: what is tested is what is published.
pub(crate) struct BuildPackage;

/// Evidence of the built files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PackageEvidence {
    pub(crate) files: Vec<ExpectedFile>,
}

impl PackageEvidence {
    pub(super) fn of(distributions: &[Distribution]) -> Self {
        Self { files: distributions.iter().map(Distribution::expected).collect() }
    }

    pub(super) fn file_names(&self) -> String {
        let names = self.files.iter().map(|file| file.file_name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    /// Names of the recorded files that `built` does not have with the same bytes.
    pub(super) fn differing_from(&self, built: &Self) -> String {
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
    tagged_checkout(context, Checkout::Package).await?;
    let source = context.project_folder(Checkout::Package).join(&package.settings.directory);
    let out = context.folder.distributions();
    make_empty(&out)?;
    run_hooks(context, package, &source, progress).await?;
    // Before the sdist is built, which would contain what lies in the tree.
    let wheels = gather_wheels(&source, &package.settings.wheels, &out)?;
    let build = Build {
        source: &source,
        out: &out,
        python: &context.clients.python,
        name: &package.pyproject.normalized_name(),
        version: &context.pep440(),
        wheel: package.settings.builds_wheel(),
        source_date_epoch: Some(context.source_date_epoch()),
    };
    build.run(&|line| progress.line(line.text())).await?;
    if !wheels.is_empty() {
        let files = distributions(context).await?;
        check_foreign_wheels(context, &files)?;
    }
    // What an index would refuse is found before anything is public.
    for index in context.project.indexes() {
        upload_set(context, index).await?;
    }
    Ok(())
}

/// Checks the wheels of a release of which some were built elsewhere.
pub(super) fn check_foreign_wheels(
    context: &ReleaseContext<'_>,
    files: &[Distribution],
) -> Result<(), ReleaseStepError> {
    let (project, version) = (package(context)?.pyproject.normalized_name(), context.pep440());
    let wheels: Vec<Distribution> = wheels_of(files).cloned().collect();
    WheelIdentity { project: &project, version: &version }.check(&wheels)
}

async fn run_hooks(
    context: &ReleaseContext<'_>,
    package: &ProjectPackage,
    folder: &Path,
    progress: &RunningStep,
) -> Result<(), ReleaseStepError> {
    for hook in &package.settings.before {
        let command = context.command(hook.argv(), folder)?;
        run_logged(context, command, &hook.line(), progress).await?;
    }
    Ok(())
}

/// The project's package.
pub(crate) fn package<'a>(
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
    let mut files = distributions(context).await?;
    files.extend(collected_wheels(context).await?);
    if !context.project.index(index).allow_linux_wheels {
        refuse_plain_linux(&files, index)?;
    }
    UploadSet::new(files, rules, &[])
        .map_err(|source| ReleaseStepError::UnfitFiles { index: index.to_owned(), source })
}

/// A wheel of the build machine alone breaks on others, and pip prefers it there.
fn refuse_plain_linux(files: &[Distribution], index: &str) -> Result<(), ReleaseStepError> {
    let plain = wheels_of(files).find_map(|wheel| {
        Some((wheel.file_name(), wheel.parsed_name().tags.as_ref()?.plain_linux()?))
    });
    let Some((file, tag)) = plain else { return Ok(()) };
    Err(ReleaseStepError::refused(
        format!("{file} cannot go to {index}: `{tag}` is the platform of the build machine alone"),
        "build portable wheels with cibuildwheel or `maturin build --zig`, or repair them with \
         auditwheel, and name them in `wheels` or `wheel-artifacts` of [package]; a private \
         index may get them with `allow-linux-wheels = true`",
    ))
}

/// The built files, read and hashed anew on a thread of their own.
pub(super) async fn distributions(
    context: &ReleaseContext<'_>,
) -> Result<Vec<Distribution>, ReleaseStepError> {
    read_distributions(context.folder.distributions()).await
}

/// The wheels of the forge's workflows; none before they are collected.
pub(super) async fn collected_wheels(
    context: &ReleaseContext<'_>,
) -> Result<Vec<Distribution>, ReleaseStepError> {
    let folder = context.folder.collected();
    if folder.exists() { read_distributions(folder).await } else { Ok(Vec::new()) }
}

/// The distributions in a folder.
pub(super) async fn read_distributions(
    folder: PathBuf,
) -> Result<Vec<Distribution>, ReleaseStepError> {
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

    #[test]
    fn a_wheel_of_the_build_machine_alone_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let plain = rehearsal::index::sample::Sample::new("demo-tool", "0.2.0");
        let plain = plain.tags("cp312-cp312-linux_x86_64").wheel();
        let plain = Distribution::open(plain.write_to(folder.path()).unwrap()).unwrap();
        let error = refuse_plain_linux(&[plain], "own").unwrap_err();
        assert!(error.to_string().contains("`linux_x86_64` is the platform of the build machine"));
        let ReleaseStepError::Refused { advice, .. } = error else { panic!("{error}") };
        assert!(advice.contains("auditwheel") && advice.contains("allow-linux-wheels = true"));
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
