//! Rules on dependencies and Python versions.

use std::str::FromStr as _;

use pep440_rs::VersionSpecifiers;

use super::finding::Findings;
use crate::{CoreMetadata, project_name::is_valid_project_name};

pub(super) fn check_requirements(metadata: &CoreMetadata, findings: &mut Findings) {
    if let Some(text) = metadata.first("Requires-Python")
        && VersionSpecifiers::from_str(text).is_err()
    {
        findings
            .refused("requires-python", format!("Requires-Python `{text}` is not a version range"));
    }
    for header in ["Requires-Dist", "Provides-Dist", "Obsoletes-Dist"] {
        for text in metadata.all(header) {
            if let Err(reason) = check_requirement(text) {
                findings.refused("requires-dist", format!("{header} `{text}`: {reason}"));
            }
        }
    }
}

/// Name, optional extras, optional versions, before the marker (PEP 508).
fn check_requirement(requirement: &str) -> Result<(), &'static str> {
    let subject = requirement.split(';').next().unwrap_or_default().trim();
    if subject.contains('@') {
        return Err("a direct address is refused; name a released version");
    }
    let end = subject.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
    let (name, rest) = subject.split_at(end.unwrap_or(subject.len()));
    if !is_valid_project_name(name) {
        return Err("it does not start with a project's name");
    }
    let versions = without_extras(rest.trim()).ok_or("its extras are not closed with `]`")?;
    let versions = versions.trim().trim_start_matches('(').trim_end_matches(')');
    if versions.is_empty() || VersionSpecifiers::from_str(versions).is_ok() {
        return Ok(());
    }
    Err("its versions cannot be parsed")
}

fn without_extras(rest: &str) -> Option<&str> {
    match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map(|(_, rest)| rest),
        None => Some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::check_requirement;

    #[test]
    fn names_extras_versions_and_markers_are_accepted() {
        for valid in [
            "rich",
            "rich>=13",
            "rich (>=13,<14)",
            "rich[jupyter] >= 13 ; python_version < '4'",
            "zope.interface!=5.0.*",
            "a~=1.2",
        ] {
            assert_eq!(check_requirement(valid), Ok(()), "{valid}");
        }
    }

    #[test]
    fn direct_addresses_and_nonsense_are_refused() {
        for invalid in ["x @ https://forge.example/x.whl", "-x", "x=>1", "x[a", ""] {
            assert!(check_requirement(invalid).is_err(), "{invalid}");
        }
    }
}
