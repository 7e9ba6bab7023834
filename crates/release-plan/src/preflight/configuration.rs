use configuration::{Configuration, Image};
use release_version::TagTemplate;
use url::Url;

use crate::{Finding, Observed, ObservedImage};

/// Mistakes of the configuration that its parser cannot see.
pub(super) fn findings(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(nothing_to_release(observed));
    findings.extend(credentials_in_addresses(configuration));
    findings.extend(unknown_indexes(observed, configuration));
    for (number, image) in configuration.images.iter().enumerate() {
        if let Some(observed_image) = observed.images.get(number) {
            let mistakes = image_mistakes(observed, image, observed_image);
            let place = |key| configuration.lines.line_of(&format!("image[{number}].{key}"));
            findings.extend(mistakes.into_iter().map(|finding| finding.at(place("needs"))));
        }
    }
    findings.extend(wheel_mistakes(observed, configuration));
    findings.extend(ambiguous_image_tags(configuration));
    let git_tag = ambiguous_git_tag(&observed.git.tags.template);
    findings.extend(git_tag.map(|finding| finding.at(configuration.lines.line_of("git.tag"))));
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

fn unknown_indexes(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let indexes = observed.indexes.iter().enumerate();
    let unknown = indexes.filter(|(_, index)| !index.has_addresses).map(|(number, index)| {
        let name = &index.name;
        let problem = "it is no public index, and the configuration has no addresses of it";
        let advice =
            format!("correct its name, or add `[index.{name}]` with `upload` and `simple`");
        let place = configuration.lines.line_of(&format!("package.indexes[{number}]"));
        Finding::mistake(&format!("index {name}"), problem, &advice).at(place)
    });
    unknown.collect()
}

/// Credentials in addresses would reach arguments and build histories.
fn credentials_in_addresses(configuration: &Configuration) -> Vec<Finding> {
    let found = addresses(configuration).into_iter().filter(|address| {
        let url = address.url;
        url.password().is_some() || !url.username().is_empty()
    });
    found
        .map(|Address { subject, key, .. }| {
            let problem = "the address contains a user name or password";
            let advice = "keep credentials in the environment, .pypirc or Docker's configuration";
            Finding::mistake(&subject, problem, advice).at(configuration.lines.line_of(&key))
        })
        .collect()
}

/// A configured address.
struct Address<'a> {
    subject: String,
    key: String,
    url: &'a Url,
}

fn addresses(configuration: &Configuration) -> Vec<Address<'_>> {
    let indexes = configuration.indexes.iter().flat_map(|(name, index)| {
        let urls = [
            ("upload", &index.upload),
            ("simple", &index.simple),
            ("json", &index.json),
            ("web", &index.web),
        ];
        urls.map(|(key, url)| (format!("index {name}"), format!("index.{name}.{key}"), url))
    });
    let registries = configuration.registries.iter().map(|(name, registry)| {
        (format!("registry {name}"), format!("registry.{name}.url"), &registry.url)
    });
    let github = configuration.github.iter().flat_map(|github| {
        let urls = [("url", &github.url), ("uploads", &github.uploads)];
        urls.map(|(key, url)| ("github".to_owned(), format!("github.{key}"), url))
    });
    let all = indexes.chain(registries).chain(github);
    all.filter_map(|(subject, key, url)| Some(Address { subject, key, url: url.as_ref()? }))
        .collect()
}

fn wheel_mistakes(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let mut findings = Vec::new();
    let package = observed.package.as_ref().and(configuration.package.as_ref());
    let collects = package.is_some_and(|package| !package.wheel_artifacts.is_empty());
    let workflows = configuration.github.as_ref().map_or(0, |github| github.wait_for.len());
    if collects && workflows == 0 {
        let problem = "`wheel-artifacts` needs the workflows that build the wheels";
        let advice = "add `[github]` with `repository` and `wait-for = [\"wheels.yml\"]`";
        let place = configuration.lines.line_of("package.wheel-artifacts");
        findings.push(Finding::mistake("package", problem, advice).at(place));
    }
    // The index would refuse them after the tag is pushed.
    let allowed = configuration.indexes.iter().filter(|(_, index)| index.allow_linux_wheels);
    for (name, _) in allowed.filter(|(name, _)| matches!(name.as_str(), "pypi" | "testpypi")) {
        let problem = "a public index refuses wheels for plain `linux`";
        let advice = "remove `allow-linux-wheels`; auditwheel or cibuildwheel makes the wheels \
                      portable";
        let place = configuration.lines.line_of(&format!("index.{name}.allow-linux-wheels"));
        findings.push(Finding::mistake(&format!("index {name}"), problem, advice).at(place));
    }
    findings
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
    let is_ambiguous = |image: &Image| {
        let mut tags = image.tags.iter();
        image.tags.is_empty() || tags.any(|tag| !(tag.names_one_version() || tag.names_commit()))
    };
    let ambiguous = configuration.images.iter().zip(0..).filter(|(image, _)| is_ambiguous(image));
    ambiguous
        .map(|(image, number)| {
            let problem =
                "a tag in `tags` does not contain the version, so two releases would share it";
            let advice = "put {version} or {commit} into it, or move it to `floating`";
            let place = configuration.lines.line_of(&format!("image[{number}].tags"));
            Finding::mistake(&format!("image {}", image.repository), problem, advice).at(place)
        })
        .collect()
}

fn ambiguous_git_tag(tag: &TagTemplate) -> Option<Finding> {
    (!tag.names_one_version()).then(|| {
        let problem =
            format!("the tag `{tag}` does not contain the version, so two releases would share it");
        Finding::mistake("git", problem, "put {version} into git.tag")
    })
}
