use configuration::Configuration;
use release_version::{ReleaseVersion, TemplateValues};

use crate::{
    Access, ChangelogState, Finding, FindingKind, Observed, ObservedGit, Progress, Recorded,
    RemoteState, version::published,
};

use FindingKind::{Configuration as Mistake, Precondition, Unreachable, Warning};

/// Everything that stands in the way of releasing `version`, all at once.
#[must_use]
pub fn check(
    observed: &Observed,
    configuration: &Configuration,
    version: &ReleaseVersion,
    policy: ReleasePolicy,
) -> Vec<Finding> {
    let resumed = observed.recorded.as_ref().filter(|recorded| recorded.version == *version);
    // What a release published itself is not in its way.
    let published = resumed.filter(|recorded| recorded.progress > Progress::Private);
    let mut findings = Vec::new();
    findings.extend(other_release(observed, version));
    findings.extend(nothing_to_release(observed));
    findings.extend(addresses(configuration));
    findings.extend(needs_that_are_no_targets(observed, configuration));
    findings.extend(needs_that_may_fail(observed, configuration));
    findings.extend(needs_without_a_proof(observed, configuration));
    findings.extend(image_tags(configuration));
    findings.extend(git_tag(configuration));
    findings.extend(branch(&observed.git, configuration));
    findings.extend(changes(&observed.git));
    findings.extend(another_commit(&observed.git, published));
    findings.extend(remote(&observed.git, configuration, published));
    if published.is_none() {
        findings.extend(version_taken(observed, version, policy));
        findings.extend(image_tags_taken(observed, configuration, version));
    }
    findings.extend(access(observed, configuration));
    findings.extend(tools(observed));
    findings.extend(dockerfiles(observed, configuration));
    findings.extend(changelog(observed, configuration));
    findings
}

fn other_release(observed: &Observed, version: &ReleaseVersion) -> Option<Finding> {
    let other = observed.blocking.filter(|other| other != version)?;
    let problem = format!("the release of {other} is unfinished and partly published");
    let advice = format!(
        "finish it with `full-release {other}`, or close it with `full-release {other} --abort`"
    );
    Some(Finding::new(Precondition, "release", problem, &advice))
}

fn nothing_to_release(observed: &Observed) -> Option<Finding> {
    let empty = observed.package.is_none() && observed.images.is_empty();
    empty.then(|| {
        let problem = "there is neither a Python package nor an image to release";
        let advice = "add `[project]` to pyproject.toml, or `[[image]]` to tidegate.toml";
        Finding::new(Mistake, "project", problem, advice)
    })
}

fn needs_that_are_no_targets(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let known = |index: &&String| observed.indexes.iter().any(|known| known.name == **index);
    let images = configuration.images.iter().zip(&observed.images);
    let missing = images.flat_map(|(image, observed)| {
        image.needs.iter().filter(|index| !known(index)).map(move |index| (&observed.name, index))
    });
    missing
        .map(|(image, index)| {
            let problem = format!("needs the index `{index}`, to which nothing is uploaded");
            Finding::new(Mistake, &format!("image {image}"), problem, "add it to package.indexes")
        })
        .collect()
}

/// A required image cannot stand on an index that may fail.
fn needs_that_may_fail(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let may_fail = |name: &&String| {
        observed.indexes.iter().any(|index| index.optional && index.name == **name)
    };
    let images = configuration.images.iter().zip(&observed.images);
    let needs = images.filter(|(image, _)| !image.optional).flat_map(|(image, observed)| {
        image.needs.iter().filter(|index| may_fail(index)).map(move |index| (&observed.name, index))
    });
    needs
        .map(|(image, index)| {
            let problem = format!("is required and needs the index `{index}`, which is optional");
            let advice = "make the index required, or the image optional";
            Finding::new(Mistake, &format!("image {image}"), problem, advice)
        })
        .collect()
}

/// The very fault of unpinned Dockerfiles: an image tagged V that holds V-1.
fn needs_without_a_proof(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let images = configuration.images.iter().zip(&observed.images);
    images
        .filter(|(image, _)| !image.needs.is_empty() && image.contains.is_none())
        .map(|(_, observed)| {
            let problem = "installs the package from an index, and nothing proves which version";
            let advice = "set `contains` to a command that prints the version";
            Finding::new(Mistake, &format!("image {}", observed.name), problem, advice)
        })
        .collect()
}

/// Credentials in addresses would reach arguments and build histories.
fn addresses(configuration: &Configuration) -> Vec<Finding> {
    let indexes = configuration.indexes.iter().flat_map(|(name, index)| {
        let urls = [&index.upload, &index.simple, &index.json];
        urls.into_iter().flatten().map(move |url| (format!("index {name}"), url))
    });
    let registries = configuration.registries.iter();
    let registries = registries
        .filter_map(|(name, registry)| Some((format!("registry {name}"), registry.url.as_ref()?)));
    let forge = configuration.github.iter().flat_map(|github| [&github.url, &github.uploads]);
    let forge = forge.flatten().map(|url| ("github".to_owned(), url));
    let all = indexes.chain(registries).chain(forge);
    let secret = all.filter(|(_, url)| url.password().is_some() || !url.username().is_empty());
    secret
        .map(|(subject, _)| {
            let problem = "its address has a user name or password";
            let advice = "keep credentials in the environment, .pypirc or Docker's configuration";
            Finding::new(Mistake, &subject, problem, advice)
        })
        .collect()
}

fn git_tag(configuration: &Configuration) -> Option<Finding> {
    let tag = &configuration.git.tag;
    let problem =
        format!("the tag `{tag}` does not state the version, so two releases would share it");
    let finding = Finding::new(Mistake, "git", problem, "put {version} into git.tag");
    (!tag.names_one_version()).then_some(finding)
}

fn image_tags(configuration: &Configuration) -> Vec<Finding> {
    let mistaken = configuration.images.iter().filter(|image| {
        image.tags.is_empty()
            || image.tags.iter().any(|tag| !(tag.names_one_version() || tag.names_commit()))
    });
    mistaken
        .map(|image| {
            let problem =
                "a tag in `tags` does not state the version, so two releases would share it";
            let advice = "put {version} or {commit} into it, or move it to `floating`";
            Finding::new(Mistake, &format!("image {}", image.repository), problem, advice)
        })
        .collect()
}

fn branch(git: &ObservedGit, configuration: &Configuration) -> Option<Finding> {
    let (problem, advice) = match (&git.branch, &configuration.git.branch) {
        (None, _) => (
            "the head is detached, so there is no branch to push".to_owned(),
            "check out the branch to release from",
        ),
        (Some(here), Some(wanted)) if here != wanted => (
            format!("releases are made from `{wanted}`, and `{here}` is checked out"),
            "check out that branch, or change git.branch",
        ),
        _ => return None,
    };
    Some(Finding::new(Precondition, "git", problem, advice))
}

fn changes(git: &ObservedGit) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !git.dirty.is_empty() {
        let problem = format!("the work tree has changes: {}", some_of(&git.dirty));
        findings.push(Finding::new(Precondition, "git", problem, "commit or stash them"));
    }
    if !git.untracked.is_empty() {
        let problem =
            format!("files that are not committed are left out: {}", some_of(&git.untracked));
        findings.push(Finding::new(Warning, "git", problem, "add what belongs to the release"));
    }
    findings
}

/// A partly published release goes on from its own commit: the branch may have
/// moved on from it, but must not have left it.
fn another_commit(git: &ObservedGit, published: Option<&Recorded>) -> Option<Finding> {
    let recorded =
        published.filter(|recorded| git.head != recorded.base && !git.contains_release)?;
    let Recorded { version, base, .. } = recorded;
    let problem = format!(
        "{version} was begun from commit {base} and is partly published, and another commit is checked out"
    );
    let advice = "check out that commit's branch as it was, or close the release with --abort";
    Some(Finding::new(Precondition, "git", problem, advice))
}

fn some_of(files: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = files.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match files.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn remote(
    git: &ObservedGit,
    configuration: &Configuration,
    published: Option<&Recorded>,
) -> Option<Finding> {
    let name = &configuration.git.remote;
    let subject = format!("git remote {name}");
    match &git.remote {
        RemoteState::UpToDate | RemoteState::NewBranch => None,
        // What is ahead there may be our own release commit, already pushed.
        RemoteState::Ahead if published.is_some() => None,
        RemoteState::Ahead => Some(Finding::new(
            Precondition,
            &subject,
            "it has commits that are missing here",
            "pull them first",
        )),
        RemoteState::Missing => {
            let advice = "add it, or set git.remote";
            Some(Finding::new(Mistake, &subject, "there is no remote of that name", advice))
        }
        RemoteState::Unreachable(reason) => {
            let advice = "check the network and your access to it";
            Some(Finding::new(Unreachable, &subject, reason, advice))
        }
    }
}

/// How far a release may depart from the usual rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReleasePolicy {
    /// The version may be lower than the newest one, as long as it is the
    /// highest of its `major.minor` line: a fix for those who stay on it.
    pub backport: bool,
}

fn version_taken(
    observed: &Observed,
    version: &ReleaseVersion,
    policy: ReleasePolicy,
) -> Vec<Finding> {
    let same_line =
        |other: &ReleaseVersion| (other.major, other.minor) == (version.major, version.minor);
    let rivals = published(observed).filter(|(_, other)| !policy.backport || same_line(other));
    let taken = published(observed).filter(|(_, other)| other == version).map(|(place, _)| {
        let problem = format!("{version} is there already, and no unfinished release recorded it");
        Finding::new(Precondition, &place, problem, "choose a higher version")
    });
    let higher = rivals.max_by_key(|(_, version)| *version).filter(|(_, newest)| newest > version);
    let lower = higher.map(|(place, newest)| {
        let problem = format!("{newest} is published, and {version} is lower");
        let advice = if policy.backport {
            "choose a higher version"
        } else {
            "choose a higher version, or add --backport for a fix of an older line"
        };
        Finding::new(Precondition, &place, problem, advice)
    });
    taken.chain(lower).chain(lower_than_stated(observed, version, policy)).collect()
}

/// The version in `pyproject.toml` may never have been released, and still
/// nobody expects the next release to be lower.
fn lower_than_stated(
    observed: &Observed,
    version: &ReleaseVersion,
    policy: ReleasePolicy,
) -> Option<Finding> {
    let stated = observed.package.as_ref()?.version.as_deref();
    let stated = stated.and_then(ReleaseVersion::from_pep440)?;
    let problem = format!("pyproject.toml states {stated}, and {version} is lower");
    let finding = Finding::new(Precondition, "package", problem, "choose a higher version");
    (stated > *version && !policy.backport).then_some(finding)
}

fn image_tags_taken(
    observed: &Observed,
    configuration: &Configuration,
    version: &ReleaseVersion,
) -> Vec<Finding> {
    let values = TemplateValues { version, commit: "" };
    let images = configuration.images.iter().zip(&observed.images);
    let taken = images.flat_map(|(image, observed)| {
        let tags = image.tags.iter().map(move |tag| tag.render(values));
        tags.filter(|tag| observed.tags.contains_key(tag)).map(move |tag| (image, tag))
    });
    taken
        .map(|(image, tag)| {
            let problem = format!("tag `{tag}` exists, and no unfinished release recorded it");
            let subject = format!("image {}", image.repository);
            Finding::new(Precondition, &subject, problem, "choose a higher version")
        })
        .collect()
}

fn access(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let indexes = observed
        .indexes
        .iter()
        .map(|index| (format!("index {}", index.name), &index.access, index.optional));
    let images = configuration.images.iter().zip(&observed.images);
    let images = images.map(|(image, observed)| {
        (format!("image {}", image.repository), &observed.access, image.optional)
    });
    let forge = observed.forge.iter().zip(&configuration.github);
    let forge = forge.map(|(forge, github)| {
        (format!("github {}", github.repository), &forge.access, github.optional)
    });
    let all = indexes.chain(images).chain(forge);
    let mut findings: Vec<Finding> = all
        .filter_map(|(subject, access, optional)| access_finding(&subject, access, optional))
        .collect();
    findings.dedup();
    findings
}

fn access_finding(subject: &str, access: &Access, optional: bool) -> Option<Finding> {
    let (kind, problem, advice) = match access {
        Access::Granted | Access::Unasked => return None,
        Access::NoCredentials(places) => {
            (Precondition, "no credentials were found".to_owned(), format!("looked in {places}"))
        }
        Access::Refused(said) => {
            (Precondition, said.clone(), "check the token and its rights".to_owned())
        }
        Access::Unreachable(reason) => (Unreachable, reason.clone(), "try again later".to_owned()),
    };
    let kind = if optional { Warning } else { kind };
    Some(Finding::new(kind, subject, problem, &advice))
}

fn tools(observed: &Observed) -> Vec<Finding> {
    let missing = observed.missing_tools.iter();
    missing
        .map(|(tool, advice)| Finding::new(Precondition, tool, "is not available", advice))
        .collect()
}

fn dockerfiles(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let images = configuration.images.iter().zip(&observed.images);
    images
        .filter(|(_, observed)| !observed.dockerfile_found)
        .map(|(image, observed)| {
            let context = image.context.strip_prefix(".").unwrap_or(&image.context);
            let file = context.join(&image.dockerfile);
            let problem = format!("there is no {}", file.display());
            Finding::new(
                Mistake,
                &format!("image {}", observed.name),
                problem,
                "check context and dockerfile",
            )
        })
        .collect()
}

fn changelog(observed: &Observed, configuration: &Configuration) -> Option<Finding> {
    let file = &configuration.changelog.file;
    let required =
        configuration.changelog.required.unwrap_or(observed.changelog != ChangelogState::NoFile);
    let written = matches!(
        observed.changelog,
        ChangelogState::VersionSection | ChangelogState::UnreleasedSection
    );
    if written || configuration.changelog.generate || !required {
        return None;
    }
    let problem =
        format!("{} has no section for the version and nothing under Unreleased", file.display());
    let advice = "write one, or set changelog.generate = true";
    Some(Finding::new(Precondition, "changelog", problem, advice))
}
