//! The rules for the metadata fields of an upload form.
//!
//! PyPI checks the form, not the `METADATA` of the archive (`warehouse/forklift/metadata.py` and
//! the validators of the Python library `packaging`).

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use url::Url;

use super::form::Form;
use super::name::quoted;
use super::refusal::Refusal;

/// Versions of core metadata that PyPI accepts, in order.
const METADATA_VERSIONS: &[&str] = &["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"];
const CONTENT_TYPES: &[&str] = &["text/plain", "text/x-rst", "text/markdown"];
const SUMMARY_LIMIT: usize = 512;

/// The first words of all classifiers; the full list of PyPI is not imitated.
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

/// Form field, name in messages, metadata version that introduced it.
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
/// Of several findings the one on the metadata version, name or version is answered first, then
/// the first by field name, as on PyPI.
pub(crate) fn check(form: &Form) -> Result<Version, Refusal> {
    let version = check_version(form);
    let mut findings = Findings::default();
    check_metadata_version(form, &mut findings);
    if let Err(text) = &version {
        findings.add("version", text.clone());
    }
    check_texts(form, &mut findings);
    check_addresses(form, &mut findings);
    check_requirements(form, &mut findings);
    check_classifiers(form, &mut findings);
    findings.verdict()?;
    version.map_err(Refusal::Metadata)
}

#[derive(Default)]
struct Findings(Vec<(&'static str, String)>);

impl Findings {
    fn add(&mut self, field: &'static str, text: String) {
        self.0.push((field, text));
    }

    fn verdict(self) -> Result<(), Refusal> {
        let rank = |field: &str| {
            ["metadata-version", "name", "version"].iter().position(|f| *f == field).unwrap_or(3)
        };
        match self.0.into_iter().min_by_key(|(field, _)| (rank(field), *field)) {
            Some((_, text)) if text.ends_with('.') => Err(Refusal::Metadata(text)),
            Some((_, text)) => Err(Refusal::Metadata(format!("{text}."))),
            None => Ok(()),
        }
    }
}

fn check_version(form: &Form) -> Result<Version, String> {
    let text = form.one("version").unwrap_or_default();
    let version = Version::from_str(text)
        .map_err(|_| format!("{} is invalid for 'version'", quoted(text)))?;
    if version.is_local() {
        return Err(format!("The use of local versions in <Version('{version}')> is not allowed."));
    }
    Ok(version)
}

fn check_metadata_version(form: &Form, findings: &mut Findings) {
    let Some(declared) = form.one("metadata_version") else {
        return findings.add("metadata-version", "'metadata-version' is a required field".into());
    };
    let rank = |version: &str| METADATA_VERSIONS.iter().position(|known| *known == version);
    let Some(declared_rank) = rank(declared) else {
        let text = format!("{} is not a valid metadata version", quoted(declared));
        return findings.add("metadata-version", text);
    };
    for &(field, name, since) in INTRODUCED {
        if form.one(field).is_some() && rank(since) > Some(declared_rank) {
            let text = format!("{name} introduced in metadata version {since}, not {declared}");
            findings.add(name, text);
        }
    }
}

fn check_texts(form: &Form, findings: &mut Findings) {
    if let Some(summary) = form.one("summary") {
        if summary.contains('\n') {
            findings.add("summary", "'summary' must be a single line".into());
        }
        if summary.chars().count() > SUMMARY_LIMIT {
            let text = format!("'summary' field must be {SUMMARY_LIMIT} characters or less.");
            findings.add("summary", text);
        }
    }
    if let Some(sent) = form.one("description_content_type") {
        let media_type = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !CONTENT_TYPES.contains(&media_type.as_str()) {
            let text = format!(
                "'description-content-type' must be one of \
                 ['text/plain', 'text/x-rst', 'text/markdown'], not {}",
                quoted(sent)
            );
            findings.add("description-content-type", text);
        }
    }
}

fn check_addresses(form: &Form, findings: &mut Findings) {
    for (field, name) in
        [("author_email", "author-email"), ("maintainer_email", "maintainer-email")]
    {
        let wrong = form.one(field).map(first_address).filter(|address| !is_address(address));
        if let Some(address) = wrong {
            findings.add(name, format!("{} is not a valid email address", quoted(address)));
        }
    }
    for (field, name) in [("home_page", "home-page"), ("download_url", "download-url")] {
        if let Some(address) = form.one(field).filter(|address| !is_web_address(address)) {
            findings.add(name, format!("{} is not a valid url.", quoted(address)));
        }
    }
    for entry in form.all("project_urls") {
        if let Err(text) = check_project_url(entry) {
            findings.add("project-url", text);
        }
    }
}

fn check_project_url(entry: &str) -> Result<(), String> {
    let (label, address) = entry.split_once(',').unwrap_or((entry, ""));
    let (label, address) = (label.trim(), address.trim());
    match (label, address) {
        ("", _) => Err("Must have a label".into()),
        _ if label.chars().count() > 32 => {
            Err(format!("{} must be 32 characters or less.", quoted(label)))
        }
        (_, "") => Err("Must have a URL".into()),
        _ if !is_web_address(address) => Err(format!("{} is not a valid url", quoted(address))),
        _ => Ok(()),
    }
}

fn check_requirements(form: &Form, findings: &mut Findings) {
    if let Some(specifier) = form.one("requires_python")
        && VersionSpecifiers::from_str(specifier).is_err()
    {
        let text = format!("{} is invalid for 'requires-python'", quoted(specifier));
        findings.add("requires-python", text);
    }
    for (field, name) in [
        ("requires_dist", "requires-dist"),
        ("provides_dist", "provides-dist"),
        ("obsoletes_dist", "obsoletes-dist"),
    ] {
        for requirement in form.all(field) {
            let subject = requirement.split(';').next().unwrap_or_default();
            if !subject.trim_start().starts_with(|c: char| c.is_ascii_alphanumeric()) {
                findings.add(name, format!("{} is invalid for '{name}'", quoted(requirement)));
            } else if subject.contains('@') {
                findings.add(name, format!("Can't have direct dependency: {requirement}"));
            }
        }
    }
}

fn check_classifiers(form: &Form, findings: &mut Findings) {
    for classifier in form.all("classifiers") {
        let category = classifier.split(" :: ").next().unwrap_or_default();
        if !CLASSIFIER_CATEGORIES.contains(&category) {
            let text = format!("{} is not a valid classifier.", quoted(classifier));
            findings.add("classifier", text);
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

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && domain.contains('.') && !domain.contains(['@', ' '])
    })
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(changes: &[(&str, &str)]) -> Result<Version, Refusal> {
        let mut form = Form::default();
        let base = [("metadata_version", "2.5"), ("name", "greeter"), ("version", "0.1.0")];
        for (field, value) in base {
            if !changes.iter().any(|(changed, _)| *changed == field) {
                form.add(field, value.to_owned());
            }
        }
        for (field, value) in changes {
            form.add(field, (*value).to_owned());
        }
        check(&form)
    }

    #[test]
    fn accepts_what_current_build_tools_send() {
        let version = checked(&[
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
        assert!(checked(&[("requires_python", "")]).is_ok());
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
            let refusal = checked(&[change]).unwrap_err();
            assert!(refusal.to_string().contains(part), "{change:?}: {refusal}");
        }
    }

    #[test]
    fn a_field_newer_than_the_declared_metadata_version_is_refused() {
        let refusal =
            checked(&[("metadata_version", "2.1"), ("license_expression", "MIT")]).unwrap_err();
        assert!(
            refusal
                .to_string()
                .starts_with("license-expression introduced in metadata version 2.4, not 2.1.")
        );
    }

    #[test]
    fn the_version_is_answered_before_lesser_findings() {
        let refusal = checked(&[("version", "x"), ("author_email", "nobody")]).unwrap_err();
        assert!(refusal.to_string().starts_with("'x' is invalid for 'version'"));
    }
}
