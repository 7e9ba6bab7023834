use configuration::Configuration;

use crate::{Access, ChangelogState, Finding, Observed};

/// Problems of targets, tools and files that the release needs.
pub(super) fn findings(
    observed: &Observed,
    configuration: &Configuration,
    has_version: bool,
) -> Vec<Finding> {
    let mut findings = access_problems(observed, configuration);
    findings.extend(missing_tools(observed));
    findings.extend(missing_lock_tools(observed));
    findings.extend(missing_dockerfiles(observed, configuration));
    if has_version {
        findings.extend(missing_changelog_section(observed, configuration));
    }
    findings
}

fn access_problems(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let indexes = observed
        .indexes
        .iter()
        .map(|index| (format!("index {}", index.name), &index.access, index.optional));
    let images = configuration.images.iter().zip(&observed.images).map(|(image, observed)| {
        (format!("image {}", image.repository), &observed.access, image.optional)
    });
    let forge = observed.forge.iter().zip(&configuration.github).map(|(forge, github)| {
        (format!("github {}", github.repository), &forge.access, github.optional)
    });
    let mut findings: Vec<Finding> = indexes
        .chain(images)
        .chain(forge)
        .filter_map(|(subject, access, optional)| access_problem(&subject, access, optional))
        .collect();
    findings.dedup();
    findings
}

fn access_problem(subject: &str, access: &Access, optional: bool) -> Option<Finding> {
    let finding = match access {
        Access::Granted | Access::Unchecked => return None,
        Access::NoCredentials(places) => {
            let advice = format!("searched in {places}");
            Finding::precondition(subject, "no credentials were found", &advice)
        }
        Access::Refused(reason) => {
            Finding::precondition(subject, reason, "check the token and its rights")
        }
        Access::Unreachable(reason) => Finding::unreachable(subject, reason, "try again later"),
    };
    Some(if optional { finding.into_warning() } else { finding })
}

fn missing_tools(observed: &Observed) -> Vec<Finding> {
    let missing = observed.missing_tools.iter();
    missing.map(|(tool, advice)| Finding::precondition(tool, "not available", advice)).collect()
}

/// A lock file that is not refreshed would be released with the old version.
fn missing_lock_tools(observed: &Observed) -> Vec<Finding> {
    let locks = observed.package.iter().flat_map(|package| &package.locks);
    locks
        .filter(|lock| !lock.is_available)
        .map(|lock| {
            let problem = format!(
                "{} holds the package's version, and `{}`, which refreshes it, was not found",
                lock.path.display(),
                lock.tool
            );
            let advice = "install it, or set package.lock to another command";
            Finding::precondition("package", problem, advice)
        })
        .collect()
}

fn missing_dockerfiles(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let images = configuration.images.iter().zip(&observed.images);
    images
        .filter(|(_, observed)| !observed.dockerfile_found)
        .map(|(image, observed)| {
            let context = image.context.strip_prefix(".").unwrap_or(&image.context);
            let problem = format!("{} does not exist", context.join(&image.dockerfile).display());
            let subject = format!("image {}", observed.name);
            Finding::mistake(&subject, problem, "check context and dockerfile")
        })
        .collect()
}

fn missing_changelog_section(
    observed: &Observed,
    configuration: &Configuration,
) -> Option<Finding> {
    let settings = &configuration.changelog;
    let is_required = settings.required.unwrap_or(observed.changelog != ChangelogState::NoFile);
    let is_written = matches!(
        observed.changelog,
        ChangelogState::VersionSection | ChangelogState::UnreleasedSection
    );
    if is_written || settings.generate || !is_required {
        return None;
    }
    let file = settings.file.display();
    let problem = format!("{file} has no section for the version and nothing under Unreleased");
    let advice = "write a section, or set changelog.generate = true";
    Some(Finding::precondition("changelog", problem, advice))
}
