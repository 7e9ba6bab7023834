//! Everything that blocks a release, found before anything is changed.

mod configuration;
mod first_names;
mod git;
mod policy;
mod readability;
mod target;
mod version;

use ::configuration::Configuration;
use release_version::ReleaseVersion;

pub use self::policy::ReleasePolicy;
use crate::{Finding, Observed, Progress};

/// Every problem of releasing `version`, all at once; or of everything else, when there
/// is no version to release.
#[must_use]
pub fn check(
    observed: &Observed,
    configuration: &Configuration,
    version: Result<&ReleaseVersion, &Finding>,
    policy: ReleasePolicy,
) -> Vec<Finding> {
    let recorded = observed.recorded.as_ref();
    let resumed = recorded.filter(|recorded| Ok(&recorded.version) == version);
    // What a release published itself does not block it.
    let published = resumed.filter(|recorded| recorded.progress > Progress::Private);
    let mut findings = Vec::new();
    if let Ok(version) = version {
        findings.extend(version::unfinished_release(observed, version));
    }
    findings.extend(configuration::findings(observed, configuration));
    findings.extend(git::findings(&observed.git, configuration, published));
    findings.extend(readability::findings(observed));
    match version {
        Ok(version) if published.is_none() => {
            findings.extend(version::findings(observed, configuration, version, policy));
        }
        Ok(_) => {}
        Err(finding) => findings.push(finding.clone()),
    }
    findings.extend(target::findings(observed, configuration, version.is_ok()));
    findings
}
