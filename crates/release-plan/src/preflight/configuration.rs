use configuration::{Configuration, Image};
use release_version::TagTemplate;
use url::Url;

use crate::{Finding, Observed, ObservedImage};

/// Mistakes of the configuration that its parser cannot see.
pub(super) fn findings(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(nothing_to_release(observed));
    findings.extend(credentials_in_addresses(configuration));
    for (image, observed_image) in configuration.images.iter().zip(&observed.images) {
        findings.extend(image_mistakes(observed, image, observed_image));
    }
    findings.extend(ambiguous_image_tags(configuration));
    findings.extend(ambiguous_git_tag(&observed.git.tags.template));
    findings
}

fn nothing_to_release(observed: &Observed) -> Option<Finding> {
    let is_empty = observed.package.is_none() && observed.images.is_empty();
    is_empty.then(|| {
        let problem = "has neither a Python package nor an image to release";
        let advice = "add `[project]` to pyproject.toml, or `[[image]]` to tidegate.toml";
        Finding::mistake("project", problem, advice)
    })
}

/// Credentials in addresses would reach arguments and build histories.
fn credentials_in_addresses(configuration: &Configuration) -> Vec<Finding> {
    let has_credentials =
        |(_, url): &(String, &Url)| url.password().is_some() || !url.username().is_empty();
    let finding = |(subject, _): (String, &Url)| {
        let problem = "the address contains a user name or password";
        let advice = "keep credentials in the environment, .pypirc or Docker's configuration";
        Finding::mistake(&subject, problem, advice)
    };
    addresses(configuration).into_iter().filter(has_credentials).map(finding).collect()
}

/// Every configured address with what it is about.
fn addresses(configuration: &Configuration) -> Vec<(String, &Url)> {
    let mut addresses = Vec::new();
    for (name, index) in &configuration.indexes {
        let urls = [&index.upload, &index.simple, &index.json];
        addresses.extend(urls.into_iter().flatten().map(|url| (format!("index {name}"), url)));
    }
    for (name, registry) in &configuration.registries {
        addresses.extend(registry.url.iter().map(|url| (format!("registry {name}"), url)));
    }
    if let Some(github) = &configuration.github {
        let urls = [&github.url, &github.uploads];
        addresses.extend(urls.into_iter().flatten().map(|url| ("github".to_owned(), url)));
    }
    addresses
}

fn image_mistakes(
    observed: &Observed,
    image: &Image,
    observed_image: &ObservedImage,
) -> Vec<Finding> {
    let subject = format!("image {}", observed_image.name);
    let mut findings = Vec::new();
    for index in &image.needs {
        findings.extend(mistaken_need(observed, image, &subject, index));
    }
    // The fault of unpinned Dockerfiles: an image tagged V that contains V-1.
    if !image.needs.is_empty() && image.contains.is_none() {
        let problem = "installs the package from an index, but nothing verifies which version";
        let advice = "set `contains` to a command that prints the version";
        findings.push(Finding::mistake(&subject, problem, advice));
    }
    findings
}

fn mistaken_need(
    observed: &Observed,
    image: &Image,
    subject: &str,
    index: &str,
) -> Option<Finding> {
    match observed.indexes.iter().find(|observed| observed.name == index) {
        None => {
            let problem =
                format!("needs the index `{index}`, but the package is not uploaded there");
            Some(Finding::mistake(subject, problem, "add it to package.indexes"))
        }
        // A required image cannot depend on an index that may fail.
        Some(needed) if needed.optional && !image.optional => {
            let problem = format!("is required and needs the index `{index}`, which is optional");
            let advice = "make the index required, or the image optional";
            Some(Finding::mistake(subject, problem, advice))
        }
        Some(_) => None,
    }
}

fn ambiguous_image_tags(configuration: &Configuration) -> Vec<Finding> {
    let is_ambiguous = |image: &&Image| {
        let mut tags = image.tags.iter();
        image.tags.is_empty() || tags.any(|tag| !(tag.names_one_version() || tag.names_commit()))
    };
    let finding = |image: &Image| {
        let problem =
            "a tag in `tags` does not contain the version, so two releases would share it";
        let advice = "put {version} or {commit} into it, or move it to `floating`";
        Finding::mistake(&format!("image {}", image.repository), problem, advice)
    };
    configuration.images.iter().filter(is_ambiguous).map(finding).collect()
}

fn ambiguous_git_tag(tag: &TagTemplate) -> Option<Finding> {
    (!tag.names_one_version()).then(|| {
        let problem =
            format!("the tag `{tag}` does not contain the version, so two releases would share it");
        Finding::mistake("git", problem, "put {version} into git.tag")
    })
}
