//! Rules on all distributions of a release together, and the order of upload.

use super::{Finding, distribution::check_distribution, finding::Findings};
use crate::{Distribution, DistributionKind};

/// Findings on every distribution, then on the set.
pub(crate) fn check_set(distributions: &[Distribution]) -> Vec<Finding> {
    let mut all: Vec<Finding> = distributions.iter().flat_map(check_distribution).collect();
    for (position, distribution) in distributions.iter().enumerate() {
        all.extend(check_with_earlier(distribution, &distributions[..position]));
    }
    all
}

fn check_with_earlier(distribution: &Distribution, earlier: &[Distribution]) -> Vec<Finding> {
    let mut findings = Findings::new(distribution.file_name());
    if let Some(first) = earlier.first()
        && (distribution.project(), distribution.version()) != (first.project(), first.version())
    {
        let message = format!("belongs to another release than {}", first.file_name());
        findings.broken("one-release", message);
    }
    if earlier.iter().any(|other| other.file_name() == distribution.file_name()) {
        findings.broken("duplicate", "given twice");
    }
    // PyPI identifies a file by its content, too.
    let same_content = earlier.iter().find(|other| {
        other.digests() == distribution.digests() && other.file_name() != distribution.file_name()
    });
    if let Some(other) = same_content {
        let message =
            format!("has the same bytes as {}: a wheel was only renamed", other.file_name());
        findings.refused("same-content", message);
    }
    let is_sdist = distribution.kind() == DistributionKind::Sdist;
    if is_sdist && earlier.iter().any(|other| other.kind() == DistributionKind::Sdist) {
        findings.refused("second-sdist", "a release has one sdist");
    }
    findings.into_vec()
}

/// The order of upload: wheels first, the sdist last, each by name. An
/// installation in the meantime finds a wheel for its platform or the previous
/// release, and never builds from source what will be a wheel in a moment.
#[must_use]
pub fn upload_order(mut distributions: Vec<Distribution>) -> Vec<Distribution> {
    distributions.sort_by(|a, b| (a.kind(), a.file_name()).cmp(&(b.kind(), b.file_name())));
    distributions
}
