//! Rules on all distributions of a release together, and the order of upload.

use super::{Finding, Findings, Severity};
use crate::{Distribution, DistributionKind};

/// Findings on every distribution, then on the set.
pub(crate) fn check(distributions: &[Distribution]) -> Vec<Finding> {
    let mut all: Vec<Finding> = distributions.iter().flat_map(Distribution::check).collect();
    let Some(first) = distributions.first() else { return all };
    let mut sdists = 0;
    for (position, distribution) in distributions.iter().enumerate() {
        let mut findings = Findings::on(distribution.file_name());
        if distribution.project() != first.project() || distribution.version() != first.version() {
            let text = format!("belongs to another release than {}", first.file_name());
            findings.add(Severity::Broken, "one-release", text);
        }
        let earlier = &distributions[..position];
        if earlier.iter().any(|other| other.file_name() == distribution.file_name()) {
            findings.add(Severity::Broken, "duplicate", "given twice");
        }
        sdists += usize::from(distribution.kind() == DistributionKind::Sdist);
        if distribution.kind() == DistributionKind::Sdist && sdists > 1 {
            findings.refuse("second-sdist", "a release has one sdist");
        }
        all.extend(findings.into_vec());
    }
    all
}

/// The order of upload: wheels first, the sdist last, each by name. Whoever
/// installs in the middle finds a wheel for the platform or the release before,
/// and never builds from source what will be a wheel in a moment.
#[must_use]
pub fn upload_order(mut distributions: Vec<Distribution>) -> Vec<Distribution> {
    distributions.sort_by(|a, b| (a.kind(), a.file_name()).cmp(&(b.kind(), b.file_name())));
    distributions
}
