use async_trait::async_trait;
use python_project::Python;
use registry_pypi::{Distribution, ExpectedFile};
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use super::build_package::{BuildPackage, distributions, package};
use crate::{
    context::ReleaseContext,
    fitting_wheel::{FittingWheel, file_named, fitting_wheel},
    install_check::wheel_check,
    last_release::{Comparison, compare_with_last_release},
    python_versions::python_of,
    recorded_probe::recorded_probe,
    step_error::ReleaseStepError,
};

/// Checks the built wheel as its users will: everything that fails here would fail for
/// them, and nothing is public yet.
pub(crate) struct CheckPackage;

/// Evidence of files that passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PackageCheckEvidence {
    files: Vec<ExpectedFile>,
    /// What was installed, imported, run and compared.
    result: String,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for CheckPackage {
    type Evidence = PackageCheckEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::CheckPackage
    }

    /// Files that passed are not checked again.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let built = context.require(&BuildPackage, "built package")?.files;
        recorded_probe(
            context,
            self,
            |passed| passed.files == built,
            |_| "already passed".to_owned(),
        )
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<PackageCheckEvidence>, ReleaseStepError> {
        let files = context.require(&BuildPackage, "built package")?.files;
        let built = distributions(context).await?;
        require_large_files(&built)?;
        let installed = install(context, &built, progress).await?;
        let is_whole = package(context)?.settings.wheel_artifacts.is_empty();
        let comparison = compare_with_last_release(context, &built, is_whole).await;
        require_files(context, &comparison)?;
        let detail = format!("{installed}; {comparison}");
        Ok(Outcome::done(PackageCheckEvidence { files, result: detail.clone() }, detail))
    }
}

/// Who cloned without Git LFS has pointers in place of the files, and so has the wheel.
fn require_large_files(built: &[Distribution]) -> Result<(), ReleaseStepError> {
    let pointers: Vec<&str> =
        built.iter().flat_map(Distribution::lfs_pointers).map(String::as_str).collect();
    if pointers.is_empty() {
        return Ok(());
    }
    Err(ReleaseStepError::refused(
        format!("the wheel has pointers of Git LFS instead of files: {}", pointers.join(", ")),
        "run `git lfs pull`, withdraw the release with --abort and start again",
    ))
}

/// What the last release has and the package lacks stops the release, unless somebody
/// says that it is intended.
pub(super) fn require_files(
    context: &ReleaseContext<'_>,
    comparison: &Comparison,
) -> Result<(), ReleaseStepError> {
    let Comparison::Compared { last, lost } = comparison else { return Ok(()) };
    let accepted = package(context)?.settings.files_removed_since.as_deref();
    let is_accepted = context.policy.accept_missing_files || accepted == Some(last.as_str());
    if lost.is_empty() || is_accepted {
        return Ok(());
    }
    Err(ReleaseStepError::Refused {
        problem: format!("compared with {last}, {}", lost.join("; ")),
        advice: "if that is intended, use --yes, or set `files-removed-since` in [package] to the \
                 last version",
    })
}

pub(super) async fn install(
    context: &ReleaseContext<'_>,
    built: &[Distribution],
    progress: &RunningStep,
) -> Result<String, ReleaseStepError> {
    let pythons = &context.project.configuration.checks.pythons;
    if pythons.is_empty() {
        return install_with(context, built, context.clients.python.clone(), progress).await;
    }
    let mut results: Vec<(String, Vec<&str>)> = Vec::new();
    for python in pythons {
        let result = install_with(context, built, python_of(python).await?, progress).await?;
        match results.iter_mut().find(|(other, _)| *other == result) {
            Some((_, pythons)) => pythons.push(python),
            None => results.push((result, vec![python])),
        }
    }
    let results = results
        .iter()
        .map(|(result, pythons)| format!("{result}, with Python {}", pythons.join(", ")));
    Ok(results.collect::<Vec<_>>().join("; "))
}

/// Installs the wheel that this Python would get; when there is none, the result says so.
async fn install_with(
    context: &ReleaseContext<'_>,
    built: &[Distribution],
    python: Python,
    progress: &RunningStep,
) -> Result<String, ReleaseStepError> {
    let fitting = fitting_wheel(built.iter().map(Distribution::parsed_name), &python).await;
    let found = match &fitting {
        FittingWheel::Found(name) => file_named(built, name),
        FittingWheel::Absent(_) => None,
    };
    let Some(wheel) = found else { return Ok(fitting.to_string()) };
    let check = wheel_check(package(context)?, python, wheel.path(), &context.version);
    Ok(check.run(&|line| progress.line(line.text())).await?.summary())
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::{
        steps::PackageEvidence,
        test_scene::{TestScene, carry_out},
    };

    async fn record_build(context: &ReleaseContext<'_>) {
        let files = distributions(context).await.unwrap();
        let files = files.iter().map(registry_pypi::Distribution::expected).collect();
        context.journal.done(&StepId::BuildPackage, &PackageEvidence { files }).unwrap();
    }

    #[tokio::test]
    async fn files_that_passed_are_not_checked_again() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        record_build(&context).await;
        let (state, detail) = carry_out(CheckPackage, &context).await.unwrap();
        assert_eq!(state, StepState::Done);
        assert!(detail.starts_with("installed demo_tool-0.2.0-py3-none-any.whl"), "{detail}");
        let (state, _) = carry_out(CheckPackage, &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
        scene.build_samples(&context, "another build");
        record_build(&context).await;
        let (state, _) = carry_out(CheckPackage, &context).await.unwrap();
        assert_eq!(state, StepState::Done);
    }
}
