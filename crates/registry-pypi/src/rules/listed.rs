//! Rules that depend on what the index already has.

use std::time::{Duration, SystemTime};

use super::{Finding, finding::Findings};
use crate::{Distribution, DistributionKind, IndexFile, Listing};

/// PyPI accepts no new files for a release older than this (since July 2026).
const RELEASE_AGE: Duration = Duration::from_secs(14 * 86_400);

/// Default limit of all files of a project on PyPI, in bytes.
const PROJECT_LIMIT: u64 = 10 << 30;

/// Findings on distributions that the index does not have with the same
/// content. Those that it has need no upload and break no rule.
pub(crate) fn check_against_listing(
    distributions: &[Distribution],
    listing: &Listing,
    now: SystemTime,
) -> Vec<Finding> {
    let missing: Vec<&Distribution> = distributions
        .iter()
        .filter(|distribution| {
            let listed = listing.file(distribution.file_name());
            listed.is_none_or(|file| differs(distribution, file))
        })
        .collect();
    let mut findings: Vec<Finding> =
        missing.iter().flat_map(|distribution| check_listed(distribution, listing, now)).collect();
    if let Some(first) = missing.first() {
        let new = missing.iter().map(|distribution| distribution.size());
        findings.extend(check_project_size(first.file_name(), new, listing));
    }
    findings
}

/// Without a listed digest nothing is known to differ.
fn differs(distribution: &Distribution, file: &IndexFile) -> bool {
    let expected = &distribution.digests().sha256;
    file.sha256.as_ref().is_some_and(|sha256| !sha256.eq_ignore_ascii_case(expected))
}

fn check_listed(distribution: &Distribution, listing: &Listing, now: SystemTime) -> Vec<Finding> {
    let mut findings = Findings::new(distribution.file_name());
    if listing.file(distribution.file_name()).is_some() {
        let message =
            "the index has other bytes under this name, for good; release another version";
        findings.broken("name-used", message);
        return findings.into_vec();
    }
    let release = listing.files_of(distribution.version());
    if distribution.kind() == DistributionKind::Sdist
        && let Some(other) = release.iter().find(|file| is_sdist(file))
    {
        let message = format!("the release already has {} as its one sdist", other.file_name);
        findings.refused("second-sdist", message);
    }
    let oldest = release.iter().filter_map(|file| upload_time(file)).min();
    let age = oldest.and_then(|oldest| now.duration_since(oldest).ok());
    if age.is_some_and(|age| age > RELEASE_AGE) {
        let message = "its release is older than 14 days and accepts no new files; \
                       release another version";
        findings.refused("release-age", message);
    }
    findings.into_vec()
}

fn is_sdist(file: &IndexFile) -> bool {
    file.parsed.as_ref().is_some_and(|name| name.kind == DistributionKind::Sdist)
}

fn upload_time(file: &IndexFile) -> Option<SystemTime> {
    humantime::parse_rfc3339(file.upload_time.as_deref()?).ok()
}

fn check_project_size(
    file_name: &str,
    new: impl Iterator<Item = u64>,
    listing: &Listing,
) -> Vec<Finding> {
    let listed = listing.files.iter().filter_map(|file| file.size);
    let mut findings = Findings::new(file_name);
    if listed.chain(new).fold(0, u64::saturating_add) > PROJECT_LIMIT {
        let message = "with it the project is larger than 10 GiB, the limit unless PyPI raised it; \
                       delete old releases first";
        findings.refused("project-size", message);
    }
    findings.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(sizes: &[u64]) -> Listing {
        let files = sizes.iter().map(|size| {
            let mut file = IndexFile::sample("x-1.tar.gz");
            file.size = Some(*size);
            file
        });
        Listing { files: files.collect(), ..Listing::default() }
    }

    #[test]
    fn sizes_that_no_project_has_are_too_large_and_do_not_overflow() {
        let new = || std::iter::once(1);
        let findings = check_project_size("x", new(), &listing(&[u64::MAX, u64::MAX]));
        assert_eq!(findings[0].rule, "project-size");
        assert_eq!(check_project_size("x", new(), &listing(&[PROJECT_LIMIT - 1])), []);
    }
}
