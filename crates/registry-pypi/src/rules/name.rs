//! Rules on file names: they must be normalised and agree with the metadata
//! (PEP 427, PEP 503, PEP 625).

use std::str::FromStr as _;

use pep440_rs::Version;

use super::{finding::Findings, platform::is_accepted_platform};
use crate::{
    CoreMetadata, DistributionKind, FileName, normalized_name,
    project_name::{file_prefix, is_valid_project_name},
};

pub(super) fn check_name(name: &FileName, metadata: &CoreMetadata, findings: &mut Findings) {
    if name.text.chars().any(|c| c.is_ascii_control()) {
        findings.broken("file-name", "control characters in the file name");
    }
    check_project(name, metadata.name(), findings);
    if let Some(version) = check_declared_version(metadata.version(), findings) {
        check_spelling(name, metadata.name(), &version, findings);
    }
    for tag in name.tags.iter().flat_map(|tags| tags.platform.split('.')) {
        if !is_accepted_platform(tag) {
            let advice = if tag.starts_with("linux_") {
                "it is that of the build machine alone; make the wheel portable with auditwheel, \
                 or build it with cibuildwheel"
            } else {
                "repair the wheel (auditwheel, delocate) or build it for that platform"
            };
            findings.refused("platform-tag", format!("platform tag `{tag}`: {advice}"));
        }
    }
}

fn check_project(name: &FileName, declared: &str, findings: &mut Findings) {
    if !is_valid_project_name(declared) {
        let text =
            format!("`{declared}` is not a valid project name; use ASCII letters, digits, ._-");
        findings.broken("name", text);
    } else if normalized_name(declared) != normalized_name(&name.project) {
        let text =
            format!("the file name has project `{}`, its metadata `{declared}`", name.project);
        findings.broken("name-mismatch", text);
    }
}

fn check_declared_version(declared: &str, findings: &mut Findings) -> Option<Version> {
    let Ok(version) = Version::from_str(declared) else {
        let text = format!("`{declared}` in its metadata is not a version (PEP 440)");
        findings.broken("version", text);
        return None;
    };
    if version.is_local() {
        let text = format!("local version `{version}`: drop the part after the plus sign");
        findings.refused("local-version", text);
    }
    Some(version)
}

fn check_spelling(name: &FileName, project: &str, version: &Version, findings: &mut Findings) {
    if *version != name.version {
        let text =
            format!("the file name has version {}, its metadata {version}", name.version_text);
        return findings.broken("version-mismatch", text);
    }
    let prefix = file_prefix(project);
    match name.kind {
        DistributionKind::Sdist => {
            let expected = format!("{prefix}-{version}.tar.gz");
            if name.text != expected {
                findings.refused("sdist-name", format!("must be named {expected} (PEP 625)"));
            }
        }
        DistributionKind::Wheel if name.project != prefix => {
            findings.refused("wheel-name", format!("the file name must start with `{prefix}-`"));
        }
        DistributionKind::Wheel => {}
    }
}
