//! The rules for the metadata fields of an upload form.
//!
//! PyPI checks the form, not the `METADATA` of the archive (`warehouse/forklift/metadata.py` and
//! the validators of the Python library `packaging`).

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use url::Url;

use super::error::UploadError;
use super::form::UploadForm;
use super::name::python_repr;

/// The versions of core metadata that PyPI accepts, in order.
const METADATA_VERSIONS: &[&str] = &["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"];
const CONTENT_TYPES: &[&str] = &["text/plain", "text/x-rst", "text/markdown"];
const SUMMARY_LIMIT: usize = 512;

/// The categories of all classifiers; the full list of PyPI is not implemented.
const CLASSIFIER_CATEGORIES: &[&str] = &[
    "Development Status",
    "Environment",
    "Framework",
    "Intended Audience",
    "License",
    "Natural Language",
    "Operating System",
    "Programming Language",
    "Topic",
    "Typing",
];

/// Form field, name in messages, and the metadata version that introduced it.
const INTRODUCED: &[(&str, &str, &str)] = &[
    ("classifiers", "classifiers", "1.1"),
    ("download_url", "download-url", "1.1"),
    ("requires", "requires", "1.1"),
    ("provides", "provides", "1.1"),
    ("obsoletes", "obsoletes", "1.1"),
    ("supported_platform", "supported-platform", "1.1"),
    ("maintainer", "maintainer", "1.2"),
    ("maintainer_email", "maintainer-email", "1.2"),
    ("requires_dist", "requires-dist", "1.2"),
    ("provides_dist", "provides-dist", "1.2"),
    ("obsoletes_dist", "obsoletes-dist", "1.2"),
    ("requires_external", "requires-external", "1.2"),
    ("requires_python", "requires-python", "1.2"),
    ("project_urls", "project-url", "1.2"),
    ("description_content_type", "description-content-type", "2.1"),
    ("provides_extra", "provides-extra", "2.1"),
    ("dynamic", "dynamic", "2.2"),
    ("license_expression", "license-expression", "2.4"),
    ("license_file", "license-file", "2.4"),
    ("import_name", "import-name", "2.5"),
    ("import_namespace", "import-namespace", "2.5"),
];

/// Checks all metadata fields and returns the version of the release.
///
/// As on PyPI, a problem with the metadata version, the name or the version is reported first, then
/// the first problem by field name.
pub(super) fn check_metadata(form: &UploadForm) -> Result<Version, UploadError> {
    let version = parse_version(form);
    let mut problems = MetadataProblems::default();
    check_metadata_version(form, &mut problems);
    if let Err(text) = &version {
        problems.push("version", text.clone());
    }
    check_texts(form, &mut problems);
    check_addresses(form, &mut problems);
    check_requirements(form, &mut problems);
    check_classifiers(form, &mut problems);
    problems.into_result()?;
    version.map_err(UploadError::Metadata)
}

/// The version of the release, which is all that a private index reads of the metadata.
pub(super) fn read_version(form: &UploadForm) -> Result<Version, UploadError> {
    let text = form.first("version").unwrap_or_default();
    let invalid = || format!("{} is invalid for 'version'.", python_repr(text));
    Version::from_str(text).map_err(|_| UploadError::Metadata(invalid()))
}

/// Problems by field name.
#[derive(Default)]
struct MetadataProblems(Vec<(&'static str, String)>);

impl MetadataProblems {
    fn push(&mut self, field: &'static str, text: String) {
        self.0.push((field, text));
    }

    /// The problem that PyPI reports.
    fn into_result(self) -> Result<(), UploadError> {
        match self.0.into_iter().min_by_key(|(field, _)| (field_rank(field), *field)) {
            Some((_, text)) if text.ends_with('.') => Err(UploadError::Metadata(text)),
            Some((_, text)) => Err(UploadError::Metadata(format!("{text}."))),
            None => Ok(()),
        }
    }
}

fn field_rank(field: &str) -> usize {
    match field {
        "metadata-version" => 0,
        "name" => 1,
        "version" => 2,
        _ => 3,
    }
}

fn parse_version(form: &UploadForm) -> Result<Version, String> {
    let text = form.first("version").unwrap_or_default();
    let version = Version::from_str(text)
        .map_err(|_| format!("{} is invalid for 'version'", python_repr(text)))?;
    if version.is_local() {
        return Err(format!("The use of local versions in <Version('{version}')> is not allowed."));
    }
    Ok(version)
}

fn check_metadata_version(form: &UploadForm, problems: &mut MetadataProblems) {
    let Some(declared) = form.first("metadata_version") else {
        return problems.push("metadata-version", "'metadata-version' is a required field".into());
    };
    let Some(declared_rank) = metadata_version_rank(declared) else {
        let text = format!("{} is not a valid metadata version", python_repr(declared));
        return problems.push("metadata-version", text);
    };
    for &(field, name, since) in INTRODUCED {
        if form.first(field).is_some() && metadata_version_rank(since) > Some(declared_rank) {
            let text = format!("{name} introduced in metadata version {since}, not {declared}");
            problems.push(name, text);
        }
    }
}

fn metadata_version_rank(version: &str) -> Option<usize> {
    METADATA_VERSIONS.iter().position(|accepted| *accepted == version)
}

fn check_texts(form: &UploadForm, problems: &mut MetadataProblems) {
    if let Some(summary) = form.first("summary") {
        if summary.contains('\n') {
            problems.push("summary", "'summary' must be a single line".into());
        }
        if summary.chars().count() > SUMMARY_LIMIT {
            let text = format!("'summary' field must be {SUMMARY_LIMIT} characters or less.");
            problems.push("summary", text);
        }
    }
    if let Some(sent) = form.first("description_content_type") {
        let media_type = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !CONTENT_TYPES.contains(&media_type.as_str()) {
            let text = format!(
                "'description-content-type' must be one of \
                 ['text/plain', 'text/x-rst', 'text/markdown'], not {}",
                python_repr(sent)
            );
            problems.push("description-content-type", text);
        }
    }
}

fn check_addresses(form: &UploadForm, problems: &mut MetadataProblems) {
    for (field, name) in
        [("author_email", "author-email"), ("maintainer_email", "maintainer-email")]
    {
        let address = form.first(field).map(first_address);
        if let Some(address) = address.filter(|address| !is_email_address(address)) {
            problems.push(name, format!("{} is not a valid email address", python_repr(address)));
        }
    }
    for (field, name) in [("home_page", "home-page"), ("download_url", "download-url")] {
        if let Some(address) = form.first(field).filter(|address| !is_web_url(address)) {
            problems.push(name, format!("{} is not a valid url.", python_repr(address)));
        }
    }
    for entry in form.values("project_urls") {
        if let Err(text) = check_project_url(entry) {
            problems.push("project-url", text);
        }
    }
}

fn check_project_url(entry: &str) -> Result<(), String> {
    let (label, address) = entry.split_once(',').unwrap_or((entry, ""));
    let (label, address) = (label.trim(), address.trim());
    match (label, address) {
        ("", _) => Err("Must have a label".into()),
        _ if label.chars().count() > 32 => {
            Err(format!("{} must be 32 characters or less.", python_repr(label)))
        }
        (_, "") => Err("Must have a URL".into()),
        _ if !is_web_url(address) => Err(format!("{} is not a valid url", python_repr(address))),
        _ => Ok(()),
    }
}

fn check_requirements(form: &UploadForm, problems: &mut MetadataProblems) {
    if let Some(specifier) = form.first("requires_python")
        && VersionSpecifiers::from_str(specifier).is_err()
    {
        let text = format!("{} is invalid for 'requires-python'", python_repr(specifier));
        problems.push("requires-python", text);
    }
    for (field, name) in [
        ("requires_dist", "requires-dist"),
        ("provides_dist", "provides-dist"),
        ("obsoletes_dist", "obsoletes-dist"),
    ] {
        for requirement in form.values(field) {
            let subject = requirement.split(';').next().unwrap_or_default();
            if !subject.trim_start().starts_with(|c: char| c.is_ascii_alphanumeric()) {
                problems
                    .push(name, format!("{} is invalid for '{name}'", python_repr(requirement)));
            } else if subject.contains('@') {
                problems.push(name, format!("Can't have direct dependency: {requirement}"));
            }
        }
    }
}

fn check_classifiers(form: &UploadForm, problems: &mut MetadataProblems) {
    for classifier in form.values("classifiers") {
        let category = classifier.split(" :: ").next().unwrap_or_default();
        if !CLASSIFIER_CATEGORIES.contains(&category) {
            let text = format!("{} is not a valid classifier.", python_repr(classifier));
            problems.push("classifier", text);
        }
    }
}

/// The address of the first entry of a list such as `A <a@b.example>, B <c@d.example>`.
fn first_address(list: &str) -> &str {
    let first = list.split(',').next().unwrap_or_default();
    match first.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default().trim(),
        None => first.trim(),
    }
}

fn is_email_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && domain.contains('.') && !domain.contains(['@', ' '])
    })
}

fn is_web_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(changes: &[(&str, &str)]) -> Result<Version, UploadError> {
        let mut form = UploadForm::default();
        let base = [("metadata_version", "2.5"), ("name", "greeter"), ("version", "0.1.0")];
        for (field, value) in base {
            if !changes.iter().any(|(changed, _)| *changed == field) {
                form.add_field(field, value.to_owned());
            }
        }
        for (field, value) in changes {
            form.add_field(field, (*value).to_owned());
        }
        check_metadata(&form)
    }

    #[test]
    fn accepts_what_current_build_tools_send() {
        let version = check(&[
            ("summary", "Says hello"),
            ("author_email", "A <a@example.org>, B <b@example.org>"),
            ("requires_python", ">=3.8"),
            ("requires_dist", "rich>=13; python_version < '4'"),
            ("project_urls", "Source, https://example.org/x"),
            ("classifiers", "Programming Language :: Python :: 3"),
            ("description_content_type", "text/markdown; charset=UTF-8; variant=GFM"),
            ("license_expression", "MIT"),
            ("import_name", "greeter"),
        ]);
        assert_eq!(version, Ok(Version::from_str("0.1").unwrap()));
    }

    #[test]
    fn an_empty_requires_python_counts_as_absent() {
        assert!(check(&[("requires_python", "")]).is_ok());
    }

    #[test]
    fn names_what_is_wrong() {
        for (change, part) in [
            (("metadata_version", ""), "'metadata-version' is a required field."),
            (("metadata_version", "9.9"), "'9.9' is not a valid metadata version."),
            (("version", "1.0+local"), "The use of local versions in <Version('1.0+local')>"),
            (("version", "nonsense"), "'nonsense' is invalid for 'version'"),
            (("summary", "a\nb"), "'summary' must be a single line"),
            (("author_email", "nobody"), "'nobody' is not a valid email address"),
            (("home_page", "ftp://x"), "'ftp://x' is not a valid url"),
            (("project_urls", "https://example.org"), "Must have a URL"),
            (("requires_python", "three"), "'three' is invalid for 'requires-python'"),
            (("requires_dist", "x @ https://example.org/x.whl"), "Can't have direct dependency"),
            (("classifiers", "Private :: Do Not Upload"), "is not a valid classifier"),
            (("description_content_type", "text/html"), "must be one of"),
        ] {
            let error = check(&[change]).unwrap_err();
            assert!(error.to_string().contains(part), "{change:?}: {error}");
        }
    }

    #[test]
    fn a_field_newer_than_the_declared_metadata_version_is_refused() {
        let error =
            check(&[("metadata_version", "2.1"), ("license_expression", "MIT")]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("license-expression introduced in metadata version 2.4, not 2.1.")
        );
    }

    #[test]
    fn a_wrong_version_is_reported_before_lesser_problems() {
        let error = check(&[("version", "x"), ("author_email", "nobody")]).unwrap_err();
        assert!(error.to_string().starts_with("'x' is invalid for 'version'"));
    }
}
