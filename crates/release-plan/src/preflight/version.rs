use configuration::Configuration;
use release_version::{ReleaseVersion, TemplateValues};

use super::policy::ReleasePolicy;
use crate::{Finding, Observed, version::published_versions};

/// Another release that is partly published.
pub(super) fn unfinished_release(observed: &Observed, version: &ReleaseVersion) -> Option<Finding> {
    let other = observed.blocking.filter(|other| other != version)?;
    let problem = format!("the release of {other} is unfinished and partly published");
    let advice = format!(
        "finish it with `full-release {other}`, or close it with `full-release {other} --abort`"
    );
    Some(Finding::precondition("release", problem, &advice))
}

/// Why the version cannot be published anew.
pub(super) fn findings(
    observed: &Observed,
    configuration: &Configuration,
    version: &ReleaseVersion,
    policy: ReleasePolicy,
) -> Vec<Finding> {
    let mut findings = version_taken(observed, version);
    findings.extend(newer_version(observed, version, policy));
    findings.extend(lower_than_project_version(observed, version, policy));
    findings.extend(image_tags_taken(observed, configuration, version));
    findings
}

fn version_taken(observed: &Observed, version: &ReleaseVersion) -> Vec<Finding> {
    let taken = published_versions(observed).into_iter().filter(|(_, other)| other == version);
    taken
        .map(|(target, _)| {
            let problem = format!(
                "{version} is already published, and the journal has no unfinished release of it"
            );
            Finding::precondition(&target, problem, "choose a higher version")
        })
        .collect()
}

fn newer_version(
    observed: &Observed,
    version: &ReleaseVersion,
    policy: ReleasePolicy,
) -> Option<Finding> {
    let is_rival = |other: &ReleaseVersion| {
        !policy.backport || (other.major, other.minor) == (version.major, version.minor)
    };
    let rivals = published_versions(observed).into_iter().filter(|(_, other)| is_rival(other));
    let (target, newest) =
        rivals.max_by_key(|(_, other)| *other).filter(|(_, newest)| newest > version)?;
    let problem = format!("{version} is lower than {newest}, which is published");
    let advice = if policy.backport {
        "choose a higher version"
    } else {
        "choose a higher version, or add --backport for a fix to an older release line"
    };
    Some(Finding::precondition(&target, problem, advice))
}

/// The version in `pyproject.toml` may never have been released, and still no user
/// expects the next release to be lower.
fn lower_than_project_version(
    observed: &Observed,
    version: &ReleaseVersion,
    policy: ReleasePolicy,
) -> Option<Finding> {
    let text = observed.package.as_ref()?.version.as_deref();
    let current = text.and_then(ReleaseVersion::from_pep440)?;
    (current > *version && !policy.backport).then(|| {
        let problem = format!("{version} is lower than {current} in pyproject.toml");
        Finding::precondition("package", problem, "choose a higher version")
    })
}

fn image_tags_taken(
    observed: &Observed,
    configuration: &Configuration,
    version: &ReleaseVersion,
) -> Vec<Finding> {
    let values = TemplateValues { version, commit: "" };
    let mut findings = Vec::new();
    for (image, observed) in configuration.images.iter().zip(&observed.images) {
        let tags = image.tags.iter().map(|tag| tag.render(values));
        for tag in tags.filter(|tag| observed.tags.contains_key(tag)) {
            let problem = format!(
                "tag `{tag}` already exists, and the journal has no unfinished release of it"
            );
            let subject = format!("image {}", image.repository);
            findings.push(Finding::precondition(&subject, problem, "choose a higher version"));
        }
    }
    findings
}
