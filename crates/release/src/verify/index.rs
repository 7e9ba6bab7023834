use std::time::Duration;

use futures_util::future::join_all;
use operation::error_chain;
use registry_pypi::{
    Comparison, Difference, IndexRelease, Polling, Proof, ProofOutcome, ProofRequest,
    compare_releases,
};
use release_plan::StepId;
use step_runner::StepError as _;

use super::{
    check::{Check, Verdict},
    verification::Verification,
};
use crate::{
    ReleaseError,
    install_check::index_check,
    steps::{CollectedEvidence, PackageEvidence, proof_problems, proved_levels},
};

/// What was published earlier is listed at once, or not at all.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Wait between two looks that must agree.
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);

/// The proof levels, then an installation into a clean environment.
pub(super) async fn verify_index(
    verification: &Verification<'_>,
    name: &str,
) -> Result<Vec<Check>, ReleaseError> {
    let target = format!("index {name}");
    let expected = recorded_package(verification)?;
    let proof = match prove(verification, name, expected).await {
        Ok(proof) => proof,
        Err(reason) => {
            return Ok(vec![Check::new(target, "served files", Verdict::Unknown(reason))]);
        }
    };
    let mut checks = vec![Check::new(&*target, "served files", proof_verdict(&proof))];
    if proof.is_proved() && !verification.request.without_install {
        let verdict = install_verdict(verification, name).await;
        checks.push(Check::new(target, "clean installation", verdict));
    }
    Ok(checks)
}

/// The files that the release's journal records, built and collected.
pub(super) fn recorded_package(
    verification: &Verification<'_>,
) -> Result<Option<PackageEvidence>, ReleaseError> {
    let built: Option<PackageEvidence> = verification.recorded(&StepId::BuildPackage)?;
    let collected: Option<CollectedEvidence> = verification.recorded(&StepId::CollectPackage)?;
    Ok(built.map(|mut recorded| {
        recorded.files.extend(collected.into_iter().flat_map(|wheels| wheels.package.files));
        recorded
    }))
}

async fn prove(
    verification: &Verification<'_>,
    name: &str,
    expected: Option<PackageEvidence>,
) -> Result<Proof, String> {
    let reader = verification.clients.index(name).map_err(|error| error_chain(&error))?;
    let project = package_name(verification).unwrap_or_default();
    // An unreachable index is no difference, so it is queried once before it is judged.
    reader.listing(&project).await.map_err(|error| error_chain(&error))?;
    let request = ProofRequest {
        project,
        version: verification.version.pep440(),
        expected: expected.map(|evidence| evidence.files).unwrap_or_default(),
        polling: Polling {
            within: RESPONSE_TIMEOUT,
            first_wait: BETWEEN_LOOKS,
            longest_wait: BETWEEN_LOOKS,
        },
        ..ProofRequest::default()
    };
    Ok(registry_pypi::prove(reader, &request, None).await)
}

fn package_name(verification: &Verification<'_>) -> Option<String> {
    let package = verification.project.package.as_ref();
    package.map(|package| package.pyproject.normalized_name())
}

fn proof_verdict(proof: &Proof) -> Verdict {
    let problems = proof_problems(proof).join("; ");
    match proof.outcome {
        ProofOutcome::Proved => Verdict::Holds(proved_levels(proof).join(", ")),
        ProofOutcome::RecordedNotListed => {
            Verdict::Unknown(format!("recorded, not yet listed: {problems}"))
        }
        _ => Verdict::Differs(problems),
    }
}

async fn install_verdict(verification: &Verification<'_>, name: &str) -> Verdict {
    let (project, clients) = (verification.project, verification.clients);
    let check = index_check(project, clients, name, &verification.version);
    let check = match check {
        Ok(check) => check,
        Err(error) => {
            let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
            return Verdict::Unknown(format!("{}{advice}", error_chain(&error)));
        }
    };
    match check.run(&|_| ()).await {
        Ok(report) => Verdict::Holds(report.summary()),
        Err(error) => Verdict::Differs(error_chain(&error)),
    }
}

/// All indexes must serve the same bytes. `None` when there is nothing to compare.
pub(super) async fn compare_indexes(verification: &Verification<'_>) -> Option<Check> {
    let indexes = &verification.clients.indexes;
    let package = package_name(verification).filter(|_| indexes.len() > 1)?;
    let version = verification.version.pep440();
    let releases =
        join_all(indexes.values().map(|reader| IndexRelease::read(reader, &package, &version)))
            .await;
    let verdict = match releases.into_iter().collect::<Result<Vec<_>, _>>() {
        Err(error) => Verdict::Unknown(error_chain(&error)),
        // That no index has the version is found for each index.
        Ok(releases) if releases.iter().all(|release| release.files.is_empty()) => return None,
        Ok(releases) => comparison_verdict(&compare_releases(&releases)),
    };
    Some(Check::new("all indexes", "same bytes", verdict))
}

fn comparison_verdict(comparison: &Comparison) -> Verdict {
    if comparison.differences.is_empty() {
        return Verdict::Holds(format!("{} files agree", comparison.agreeing.len()));
    }
    let differences: Vec<String> = comparison.differences.iter().map(difference_text).collect();
    Verdict::Differs(differences.join("; "))
}

fn difference_text(difference: &Difference) -> String {
    match difference {
        Difference::Missing { file, not_at, .. } => {
            format!("{file} is missing at {}", not_at.join(", "))
        }
        Difference::Other { file, what, values } => {
            let values: Vec<String> =
                values.iter().map(|(index, value)| format!("{index}: {value}")).collect();
            format!("{what} of {file} differs ({})", values.join(", "))
        }
        other => format!("{other:?}"),
    }
}
