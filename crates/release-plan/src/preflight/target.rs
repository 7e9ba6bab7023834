use configuration::Configuration;

use crate::{Access, Attestations, BranchState, Finding, Observed};

/// Problems of targets, tools and files that the release needs.
pub(super) fn findings(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let mut findings = access_problems(observed, configuration);
    findings.extend(redirected_indexes(observed));
    findings.extend(missing_tools(observed));
    findings.extend(missing_lock_tools(observed));
    findings.extend(impossible_attestations(observed, configuration));
    findings.extend(missing_dockerfiles(observed, configuration));
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

/// Uploads go to one host and proofs come from another: that is seldom intended.
fn redirected_indexes(observed: &Observed) -> Vec<Finding> {
    let redirected = observed.indexes.iter().filter_map(|index| {
        let host = index.other_host.as_deref()?;
        let subject = format!("index {}", index.name);
        let problem = format!("its address redirects to {host}, which serves its pages");
        let advice = "if that is intended, write the address of that host into `simple`";
        Some(Finding::warning(&subject, problem, advice))
    });
    redirected.collect()
}

/// A push that the forge refuses would come after all builds.
pub(super) fn protected_branch(
    observed: &Observed,
    configuration: &Configuration,
) -> Option<Finding> {
    let (forge, github) = observed.forge.as_ref().zip(configuration.github.as_ref())?;
    let subject = format!("github {}", github.repository);
    let branch = observed.git.branch.as_deref()?;
    match &forge.branch {
        BranchState::Open | BranchState::Unchecked => None,
        BranchState::Protected(required) => {
            let problem = format!(
                "branch `{branch}` is protected and takes no pushed commit: it requires {}",
                required.join(" and ")
            );
            let advice = "let the account bypass that in the repository's settings (Rules or \
                          Branches), or release from another branch (git.branch) and merge it";
            Some(Finding::precondition(&subject, problem, advice))
        }
        BranchState::Unclear(reason) => {
            let problem =
                format!("branch `{branch}` is protected, and may refuse the push: {reason}");
            let advice = "check that the account that git pushes with may bypass that";
            Some(Finding::warning(&subject, problem, advice))
        }
        BranchState::Unreadable(reason) => {
            let problem =
                format!("whether branch `{branch}` is protected was not checked: {reason}");
            let advice = "make sure that git may push to it; private repositories need a token \
                          (GH_TOKEN, GITHUB_TOKEN)";
            Some(Finding::warning(&subject, problem, advice))
        }
    }
}

fn missing_tools(observed: &Observed) -> Vec<Finding> {
    let missing = observed.missing_tools.iter();
    missing.map(|(tool, advice)| Finding::precondition(tool, "not available", advice)).collect()
}

/// A lock file that is not refreshed would be released with the old version.
fn missing_lock_tools(observed: &Observed) -> Vec<Finding> {
    let Some(package) = &observed.package else { return Vec::new() };
    let stale = package.locks.iter().filter(|lock| !package.untouched.contains(&lock.path));
    stale
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

fn impossible_attestations(observed: &Observed, configuration: &Configuration) -> Option<Finding> {
    let Attestations::Impossible(reason) = &observed.package.as_ref()?.attestations else {
        return None;
    };
    let problem = format!("attestations cannot be made: {reason}");
    let advice = "correct that, or set package.attestations = false";
    let place = configuration.lines.line_of("package.attestations");
    let finding = Finding::precondition("package", problem, advice).at(place);
    let is_required =
        configuration.package.as_ref().is_some_and(|package| package.attestations == Some(true));
    Some(if is_required { finding } else { finding.into_warning() })
}

fn missing_dockerfiles(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let images = configuration.images.iter().zip(&observed.images).zip(0..);
    images
        .filter(|((_, observed), _)| !observed.dockerfile_found)
        .map(|((image, observed), number)| {
            let context = image.context.strip_prefix(".").unwrap_or(&image.context);
            let problem = format!("{} does not exist", context.join(&image.dockerfile).display());
            let subject = format!("image {}", observed.name);
            let key = format!("image[{number}].dockerfile");
            let place = configuration.lines.line_of(&key);
            Finding::mistake(&subject, problem, "check context and dockerfile").at(place)
        })
        .collect()
}
