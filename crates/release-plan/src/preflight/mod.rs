//! Everything that blocks a release, found before anything is changed.

mod configuration;
mod git;
mod policy;
mod target;
mod version;

use ::configuration::Configuration;
use release_version::ReleaseVersion;

pub use self::policy::ReleasePolicy;
use crate::{Finding, Observed, Progress};

/// Every problem of releasing `version`, all at once.
#[must_use]
pub fn check(
    observed: &Observed,
    configuration: &Configuration,
    version: &ReleaseVersion,
    policy: ReleasePolicy,
) -> Vec<Finding> {
    let resumed = observed.recorded.as_ref().filter(|recorded| recorded.version == *version);
    // What a release published itself does not block it.
    let published = resumed.filter(|recorded| recorded.progress > Progress::Private);
    let mut findings = Vec::new();
    findings.extend(version::unfinished_release(observed, version));
    findings.extend(configuration::findings(observed, configuration));
    findings.extend(git::findings(&observed.git, configuration, published));
    if published.is_none() {
        findings.extend(version::findings(observed, configuration, version, policy));
    }
    findings.extend(target::findings(observed, configuration));
    findings
}
