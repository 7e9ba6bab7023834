use configuration::Configuration;
use image_ref::ImageTag;
use release_version::{ReleaseVersion, TemplateValues, VersionRequest};

use super::policy::ReleasePolicy;
use crate::{
    Finding, Observed,
    version::{published_versions, stated_version},
};

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
    findings.extend(lower_than_stated_version(observed, version, policy));
    findings.extend(contradicting_files(observed));
    findings.extend(counted_from(observed, version));
    findings.extend(unusual_shape(observed, version));
    findings.extend(invalid_image_tags(configuration, version));
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
    let is_rival = |other: &ReleaseVersion| !policy.backport || other.is_same_minor(version);
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

/// A stated version that cannot be read.
pub(super) fn stated_version_problem(observed: &Observed) -> Option<Finding> {
    stated_version(observed).err()
}

/// The stated version may never have been released, and still no user expects the next
/// release to be lower.
fn lower_than_stated_version(
    observed: &Observed,
    version: &ReleaseVersion,
    policy: ReleasePolicy,
) -> Option<Finding> {
    let stated = match stated_version(observed) {
        Ok(stated) => stated?,
        Err(finding) => return Some(finding),
    };
    (stated > *version && !policy.backport).then(|| {
        let problem = format!("the package states {stated}, and {version} is lower");
        Finding::precondition("package", problem, "choose a higher version")
    })
}

/// A file that states another version than the package is either forgotten or not a
/// version of the package; nobody but the user can tell.
fn contradicting_files(observed: &Observed) -> Vec<Finding> {
    let Some(package) = &observed.package else { return Vec::new() };
    let Some(stated) = &package.version else { return Vec::new() };
    let others = package.module_versions.iter().filter(|(_, version)| {
        let versions = [version, stated].map(|text| ReleaseVersion::from_pep440(text));
        version != stated && (versions[0].is_none() || versions[0] != versions[1])
    });
    others
        .map(|(path, version)| {
            let path = path.display();
            let problem = format!("{path} states version {version}, and the package {stated}");
            let advice = format!("correct it, or add it: package.version-files = [\"{path}\"]");
            Finding::mistake("package", problem, &advice)
        })
        .collect()
}

/// Which of two versions a request was counted from, where the package states one that
/// was not published.
fn counted_from(observed: &Observed, version: &ReleaseVersion) -> Option<Finding> {
    let stated = stated_version(observed).ok()??;
    let newest = published_versions(observed).into_iter().map(|(_, version)| version).max()?;
    if newest >= stated || matches!(observed.request, VersionRequest::Exact(_)) {
        return None;
    }
    let basis = if stated == *version {
        format!("{version} is the version that the package states")
    } else {
        format!("{version} is counted from {stated}, which the package states")
    };
    let problem = format!("{basis}; the newest published version is {newest}");
    Some(Finding::warning("version", problem, ""))
}

/// A version with fewer or more numbers than all before may be a slip.
fn unusual_shape(observed: &Observed, version: &ReleaseVersion) -> Option<Finding> {
    let published = published_versions(observed).into_iter().map(|(_, version)| version);
    let others: Vec<ReleaseVersion> =
        published.chain(stated_version(observed).ok().flatten()).collect();
    let example = others.first()?;
    if others.iter().any(|other| other.length() == version.length()) {
        return None;
    }
    let problem = format!("{version} has another number of parts than the versions so far");
    let advice = format!("check that it is intended; an earlier one is {example}");
    Some(Finding::warning("version", problem, &advice))
}

/// A registry's tags have letters, digits, `_`, `.` and `-` only (OCI distribution
/// specification, "Pulling manifests"): no epoch.
fn invalid_image_tags(configuration: &Configuration, version: &ReleaseVersion) -> Vec<Finding> {
    let values = TemplateValues { version, commit: "0" };
    let templates = configuration.images.iter().flat_map(|image| {
        image.tags.iter().chain(&image.floating).map(move |template| (image, template))
    });
    let invalid = templates.filter_map(|(image, template)| {
        let tag = template.render(values);
        let error = tag.parse::<ImageTag>().err()?;
        let subject = format!("image {}", image.repository);
        Some(Finding::mistake(&subject, error.to_string(), "choose a template without it"))
    });
    invalid.collect()
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
