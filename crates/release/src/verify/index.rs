use std::time::Duration;

use futures_util::future::join_all;
use registry_pypi::{Difference, Polling, Proof, ProofOutcome, ProofRequest, compare};

use super::{Check, Verdict, Verification};
use operation::error_chain;

use crate::publish::{PackageEvidence, install_check, proof_reasons, proof_words};

/// What was published before is listed at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// Wait between two looks that must agree.
const BETWEEN: Duration = Duration::from_millis(300);

impl Verification<'_> {
    /// The proof levels, then an installation into a clean environment.
    pub(super) async fn verify_index(&self, name: &str) -> Vec<Check> {
        let target = format!("index {name}");
        let proof = match self.prove(name).await {
            Ok(proof) => proof,
            Err(reason) => {
                return vec![Check::new(target, "served files", Verdict::Unknown(reason))];
            }
        };
        let verdict = match proof.outcome {
            ProofOutcome::Proved => Verdict::Holds(proof_words(&proof)),
            ProofOutcome::RecordedNotListed => Verdict::Unknown(format!(
                "recorded, not yet listed: {}",
                proof_reasons(&proof).join("; ")
            )),
            _ => Verdict::Differs(proof_reasons(&proof).join("; ")),
        };
        let proved = proof.is_proved();
        let mut checks = vec![Check::new(&*target, "served files", verdict)];
        if proved && !self.request.without_install {
            checks.push(Check::new(target, "clean installation", self.install(name).await));
        }
        checks
    }

    async fn prove(&self, name: &str) -> Result<Proof, String> {
        let reader = self.services.index(name).map_err(|failure| failure.text())?;
        let package =
            self.project.package.as_ref().map(|package| package.pyproject.normalized_name());
        let recorded = self.recorded::<PackageEvidence>("package.build");
        // An unreachable index is no difference: ask it once before it is judged.
        let project = package.unwrap_or_default();
        reader.listing(&project).await.map_err(|error| error_chain(&error))?;
        let request = ProofRequest {
            project,
            version: self.version.pep440(),
            expected: recorded.map(|evidence| evidence.files).unwrap_or_default(),
            polling: Polling { within: PATIENCE, first_wait: BETWEEN, longest_wait: BETWEEN },
            ..ProofRequest::default()
        };
        Ok(reader.prove(&request, None).await)
    }

    async fn install(&self, name: &str) -> Verdict {
        let (project, services) = (self.project, self.services);
        let python = &self.environment.python;
        let check = install_check(project, services, python, name, &self.version.pep440());
        let check = match check {
            Ok(check) => check,
            Err(failure) => return Verdict::Unknown(failure.text()),
        };
        match check.run(&|_| ()).await {
            Ok(report) => Verdict::Holds(format!("installed {}", report.selected.file)),
            Err(error) => Verdict::Differs(error_chain(&error)),
        }
    }

    /// All indexes must serve the same bytes.
    pub(super) async fn compare_indexes(&self) -> Vec<Check> {
        let package =
            self.project.package.as_ref().map(|package| package.pyproject.normalized_name());
        let (Some(package), true) = (package, self.services.indexes.len() > 1) else {
            return Vec::new();
        };
        let version = self.version.pep440();
        let readers = self.services.indexes.values();
        let releases =
            join_all(readers.map(|reader| reader.index_release(&package, &version))).await;
        let verdict = match releases.into_iter().collect::<Result<Vec<_>, _>>() {
            Err(error) => Verdict::Unknown(error_chain(&error)),
            // That it is nowhere was said for each index.
            Ok(releases) if releases.iter().all(|one| one.files.is_empty()) => return Vec::new(),
            Ok(releases) => judge(&compare(&releases)),
        };
        vec![Check::new("all indexes", "same bytes", verdict)]
    }
}

fn judge(comparison: &registry_pypi::Comparison) -> Verdict {
    if comparison.differences.is_empty() {
        return Verdict::Holds(format!("{} files agree", comparison.agreeing.len()));
    }
    let words = comparison.differences.iter().map(|difference| match difference {
        Difference::Missing { file, not_at, .. } => {
            format!("{file} is missing at {}", not_at.join(", "))
        }
        Difference::Other { file, what, values } => {
            let values: Vec<String> =
                values.iter().map(|(index, value)| format!("{index}: {value}")).collect();
            format!("{what} of {file} differs ({})", values.join(", "))
        }
        other => format!("{other:?}"),
    });
    Verdict::Differs(words.collect::<Vec<_>>().join("; "))
}
