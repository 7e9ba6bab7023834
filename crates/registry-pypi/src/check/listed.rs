//! Rules that depend on what the index has already.

use std::time::{Duration, SystemTime};

use super::{Finding, Findings, Severity};
use crate::{Distribution, DistributionKind, IndexFile, Listing};

/// PyPI takes no new files for a release older than this (since July 2026).
const RELEASE_AGE: Duration = Duration::from_secs(14 * 86_400);

/// Default limit of all files of a project on PyPI, in bytes.
const PROJECT_LIMIT: u64 = 10 << 30;

/// Findings on distributions that are not at the index with the same bytes.
/// What is there already needs no upload, and breaks no rule.
pub(crate) fn check(
    distributions: &[Distribution],
    listing: &Listing,
    now: SystemTime,
) -> Vec<Finding> {
    let missing: Vec<&Distribution> = distributions
        .iter()
        .filter(|ours| listing.file(ours.file_name()).is_none_or(|file| differs(ours, file)))
        .collect();
    let mut all = Vec::new();
    for distribution in &missing {
        let mut findings = Findings::on(distribution.file_name());
        check_one(distribution, listing, now, &mut findings);
        all.extend(findings.into_vec());
    }
    all.extend(check_quota(&missing, listing));
    all
}

/// Without a listed digest nothing is known to differ.
fn differs(ours: &Distribution, file: &IndexFile) -> bool {
    file.sha256.as_ref().is_some_and(|sha256| !sha256.eq_ignore_ascii_case(&ours.digests().sha256))
}

fn check_one(
    distribution: &Distribution,
    listing: &Listing,
    now: SystemTime,
    findings: &mut Findings,
) {
    if listing.file(distribution.file_name()).is_some() {
        let text = "the index has other bytes under this name, for good; release another version";
        return findings.add(Severity::Broken, "name-used", text);
    }
    let release = listing.files_of(distribution.version());
    let is_sdist = |file: &&&IndexFile| {
        file.parsed.as_ref().is_some_and(|n| n.kind == DistributionKind::Sdist)
    };
    if distribution.kind() == DistributionKind::Sdist
        && let Some(other) = release.iter().find(is_sdist)
    {
        let text = format!("the release has {} as its one sdist", other.file_name);
        findings.refuse("second-sdist", text);
    }
    let oldest = release.iter().filter_map(|file| uploaded_at(file)).min();
    let age = oldest.and_then(|oldest| now.duration_since(oldest).ok());
    if age.is_some_and(|age| age > RELEASE_AGE) {
        let text =
            "its release is older than 14 days and takes no new files; release another version";
        findings.refuse("release-age", text);
    }
}

fn uploaded_at(file: &IndexFile) -> Option<SystemTime> {
    humantime::parse_rfc3339(file.upload_time.as_deref()?).ok()
}

fn check_quota(missing: &[&Distribution], listing: &Listing) -> Option<Finding> {
    let first = missing.first()?;
    let there: u64 = listing.files.iter().filter_map(|file| file.size).sum();
    let new: u64 = missing.iter().map(|distribution| distribution.size()).sum();
    let mut findings = Findings::on(first.file_name());
    if there + new > PROJECT_LIMIT {
        let text = "with it the project is larger than 10 GiB, the limit unless PyPI raised it; \
                    delete old releases first";
        findings.refuse("project-size", text);
    }
    findings.into_vec().pop()
}
