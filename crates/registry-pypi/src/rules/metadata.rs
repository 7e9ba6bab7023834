//! Rules on the core metadata (`warehouse/forklift/metadata.py` of
//! pypi/warehouse).

use super::{finding::Findings, requirement::check_requirements};
use crate::{
    CoreMetadata, FIELDS,
    metadata::{METADATA_VERSIONS, field_by_header, parse_metadata_version},
};

const SUMMARY_LIMIT: usize = 512;
const LABEL_LIMIT: usize = 32;

/// Categories of all classifiers. The whole list changes too often to include.
const CLASSIFIERS: &[&str] = &[
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

pub(super) fn check_metadata(metadata: &CoreMetadata, findings: &mut Findings) {
    check_field_versions(metadata, findings);
    check_repetition(metadata, findings);
    check_summary(metadata, findings);
    check_description(metadata, findings);
    check_classifiers(metadata, findings);
    check_addresses(metadata, findings);
    check_requirements(metadata, findings);
    for line in metadata.malformed() {
        findings.questionable("metadata-format", format!("a line of its metadata is lost: {line}"));
    }
}

fn check_field_versions(metadata: &CoreMetadata, findings: &mut Findings) {
    let Some(text) = metadata.first("Metadata-Version") else {
        return findings.broken("metadata-version", "no Metadata-Version");
    };
    let Some(declared) = parse_metadata_version(text) else {
        let (major, minor) = METADATA_VERSIONS.last().copied().unwrap_or_default();
        let text =
            format!("Metadata-Version {text} is not accepted; the newest is {major}.{minor}");
        return findings.refused("metadata-version", text);
    };
    for name in metadata.names().filter(|name| !name.eq_ignore_ascii_case("License-File")) {
        match field_by_header(name) {
            None => findings.questionable("unknown-field", format!("field `{name}` is not sent")),
            Some(field) if field.since > declared => {
                let (major, minor) = field.since;
                let text = format!("{} came with Metadata-Version {major}.{minor}", field.header);
                findings
                    .refused("field-too-new", format!("{text}, the file declares an older one"));
            }
            Some(_) => {}
        }
    }
}

fn check_repetition(metadata: &CoreMetadata, findings: &mut Findings) {
    for field in FIELDS.iter().filter(|field| !field.repeated) {
        if metadata.all(field.header).nth(1).is_some() {
            let text = format!("{} occurs more than once; only the first is sent", field.header);
            findings.questionable("repeated-field", text);
        }
    }
}

fn check_summary(metadata: &CoreMetadata, findings: &mut Findings) {
    let Some(summary) = metadata.first("Summary") else { return };
    if summary.contains('\n') {
        findings.refused("summary", "the summary must be one line");
    }
    if summary.chars().count() > SUMMARY_LIMIT {
        findings
            .refused("summary", format!("the summary is longer than {SUMMARY_LIMIT} characters"));
    }
}

fn check_description(metadata: &CoreMetadata, findings: &mut Findings) {
    let described = metadata.first("Description").is_some();
    let Some(content_type) = metadata.first("Description-Content-Type") else {
        if described {
            let text = "no Description-Content-Type: the description must then be valid \
                        reStructuredText; state `readme` with its content type";
            findings.questionable("description-type", text);
        }
        return;
    };
    if let Err(reason) = check_content_type(content_type) {
        findings.refused("description-type", format!("Description-Content-Type {reason}"));
    }
    if !described {
        findings.questionable("description", "Description-Content-Type without a description");
    }
}

fn check_content_type(text: &str) -> Result<(), String> {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    if !["text/plain", "text/x-rst", "text/markdown"].contains(&media.as_str()) {
        return Err(format!("`{media}`: use text/markdown, text/x-rst or text/plain"));
    }
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        let value = value.trim().trim_matches('"');
        let accepted = match name.trim().to_ascii_lowercase().as_str() {
            "charset" => value.eq_ignore_ascii_case("utf-8"),
            "variant" => media != "text/markdown" || ["GFM", "CommonMark"].contains(&value),
            _ => true,
        };
        if !accepted {
            return Err(format!("`{}={value}` is not accepted", name.trim()));
        }
    }
    Ok(())
}

fn check_classifiers(metadata: &CoreMetadata, findings: &mut Findings) {
    for classifier in metadata.all("Classifier") {
        let category = classifier.split(" :: ").next().unwrap_or_default();
        if category == "Private" {
            let text = format!("classifier `{classifier}` forbids publication");
            findings.refused("private", text);
        } else if !CLASSIFIERS.contains(&category) {
            findings.refused("classifier", format!("`{classifier}` is not a known classifier"));
        }
    }
}

fn check_addresses(metadata: &CoreMetadata, findings: &mut Findings) {
    for header in ["Home-page", "Download-URL"] {
        if let Some(url) = metadata.first(header).filter(|url| !is_web_address(url)) {
            findings.refused("url", format!("{header} `{url}` is not an http or https address"));
        }
    }
    for header in ["Author-email", "Maintainer-email"] {
        if let Some(list) =
            metadata.first(header).filter(|list| !is_mail_address(first_address(list)))
        {
            findings
                .refused("email", format!("{header} `{list}` does not start with a mail address"));
        }
    }
    for entry in metadata.all("Project-URL") {
        let (label, url) = entry.split_once(',').unwrap_or((entry, ""));
        let length = label.trim().chars().count();
        if length == 0 || length > LABEL_LIMIT || !is_web_address(url.trim()) {
            let expected =
                format!("`Label, https://…` with a label of up to {LABEL_LIMIT} characters");
            findings.refused("project-url", format!("Project-URL `{entry}` is not {expected}"));
        }
    }
}

fn is_web_address(text: &str) -> bool {
    transport::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// The address of the first entry in `A B <a@b.example>, C <c@d.example>`.
/// A display name may be quoted and hold commas.
fn first_address(list: &str) -> &str {
    match list.split_once('<') {
        Some((before, rest)) if !before.contains('@') => rest.split('>').next().unwrap_or_default(),
        _ => list.split(',').next().unwrap_or_default().trim(),
    }
}

fn is_mail_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace)
    })
}
