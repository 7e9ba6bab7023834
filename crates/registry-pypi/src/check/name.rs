//! Rules on file names: they must be spelled the normalised way and agree with
//! the metadata (PEP 427, PEP 503, PEP 625).

use std::str::FromStr as _;

use pep440_rs::Version;

use super::{Findings, Severity, platform};
use crate::{
    CoreMetadata, DistributionKind, FileName, normalized_name,
    project_name::{file_prefix, is_valid},
};

pub(super) fn check(name: &FileName, metadata: &CoreMetadata, findings: &mut Findings) {
    if name.text.chars().any(|c| c.is_ascii_control()) {
        findings.add(Severity::Broken, "file-name", "control characters in the file name");
    }
    check_project(name, metadata.name(), findings);
    if let Some(version) = check_version(metadata.version(), findings) {
        check_spelling(name, metadata.name(), &version, findings);
    }
    for tag in name.tags.iter().flat_map(|tags| tags.platform.split('.')) {
        if !platform::is_accepted(tag) {
            let advice = "repair the wheel (auditwheel, delocate) or build it for that platform";
            findings.refuse("platform-tag", format!("platform tag `{tag}`: {advice}"));
        }
    }
}

fn check_project(name: &FileName, declared: &str, findings: &mut Findings) {
    if !is_valid(declared) {
        let text = format!("`{declared}` is no valid project name; use ASCII letters, digits, ._-");
        findings.add(Severity::Broken, "name", text);
    } else if normalized_name(declared) != normalized_name(&name.project) {
        let text =
            format!("the file name says project `{}`, its metadata `{declared}`", name.project);
        findings.add(Severity::Broken, "name-mismatch", text);
    }
}

fn check_version(declared: &str, findings: &mut Findings) -> Option<Version> {
    let Ok(version) = Version::from_str(declared) else {
        let text = format!("`{declared}` in its metadata is no version (PEP 440)");
        findings.add(Severity::Broken, "version", text);
        return None;
    };
    if version.is_local() {
        let text = format!("local version `{version}`: drop the part after the plus sign");
        findings.refuse("local-version", text);
    }
    Some(version)
}

fn check_spelling(name: &FileName, project: &str, version: &Version, findings: &mut Findings) {
    if *version != name.version {
        let text =
            format!("the file name says version {}, its metadata {version}", name.version_text);
        return findings.add(Severity::Broken, "version-mismatch", text);
    }
    let prefix = file_prefix(project);
    match name.kind {
        DistributionKind::Sdist => {
            let wanted = format!("{prefix}-{version}.tar.gz");
            if name.text != wanted {
                findings.refuse("sdist-name", format!("must be named {wanted} (PEP 625)"));
            }
        }
        DistributionKind::Wheel if name.project != prefix => {
            findings.refuse("wheel-name", format!("the file name must begin with `{prefix}-`"));
        }
        DistributionKind::Wheel => {}
    }
}
