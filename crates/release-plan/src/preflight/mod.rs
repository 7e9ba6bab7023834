//! Everything that blocks a release, found before anything is changed.

mod builds;
mod changelog;
mod configuration;
mod disks;
mod first_names;
mod git;
mod locks;
mod paths;
mod policy;
mod programs;
mod readability;
mod target;
mod version;

use ::configuration::Configuration;
use release_version::ReleaseVersion;

pub use self::policy::ReleasePolicy;
use crate::{Finding, Observed, Progress, Recorded};

/// Every problem of releasing `version`, all at once; or of everything else, when there
/// is no version to release.
#[must_use]
pub fn check(
    observed: &Observed,
    configuration: &Configuration,
    version: Result<&ReleaseVersion, &Finding>,
    policy: ReleasePolicy,
) -> Vec<Finding> {
    let version = match version {
        Ok(version) => version,
        Err(finding) => {
            let mut findings = general(observed, configuration, None);
            findings.push(finding.clone());
            return findings;
        }
    };
    let recorded = observed.recorded.as_ref();
    let resumed = recorded.filter(|recorded| recorded.version == *version);
    // What a release published itself does not block it.
    let published = resumed.filter(|recorded| recorded.progress > Progress::Private);
    let mut findings: Vec<Finding> =
        version::unfinished_release(observed, version).into_iter().collect();
    findings.extend(general(observed, configuration, published));
    if published.is_none() {
        findings.extend(version::findings(observed, configuration, version, policy));
    }
    findings.extend(changelog::findings(&observed.changelog, &configuration.changelog));
    findings
}

/// Every problem that does not depend on the version.
#[must_use]
pub fn check_project(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let mut findings = general(observed, configuration, None);
    findings.extend(version::stated_version_problem(observed));
    findings
}

fn general(
    observed: &Observed,
    configuration: &Configuration,
    published: Option<&Recorded>,
) -> Vec<Finding> {
    let mut findings = configuration::findings(observed, configuration);
    findings.extend(setup_findings(observed, configuration, published.is_some()));
    findings.extend(git::findings(&observed.git, configuration, published));
    findings.extend(readability::findings(observed));
    findings.extend(target::findings(observed, configuration));
    findings
}

/// A release that is partly published must be able to go on: some of what is missing now
/// was needed by steps that are done.
fn setup_findings(
    observed: &Observed,
    configuration: &Configuration,
    is_published: bool,
) -> Vec<Finding> {
    let mut findings = paths::findings(observed, configuration);
    findings.extend(locks::findings(observed));
    findings.extend(programs::findings(observed, configuration));
    findings.extend(builds::findings(observed, configuration));
    findings.extend(disks::findings(observed));
    findings.extend(target::protected_branch(observed, configuration));
    if is_published {
        findings = findings.into_iter().map(Finding::into_warning).collect();
    }
    findings
}
