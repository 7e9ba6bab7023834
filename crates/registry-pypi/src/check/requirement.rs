//! Rules on dependencies and on the Python versions.

use std::str::FromStr as _;

use pep440_rs::VersionSpecifiers;

use super::Findings;
use crate::{CoreMetadata, project_name::is_valid};

pub(super) fn check(metadata: &CoreMetadata, findings: &mut Findings) {
    if let Some(text) = metadata.one("Requires-Python")
        && VersionSpecifiers::from_str(text).is_err()
    {
        findings.refuse("requires-python", format!("Requires-Python `{text}` is no version range"));
    }
    for header in ["Requires-Dist", "Provides-Dist", "Obsoletes-Dist"] {
        for text in metadata.all(header) {
            if let Err(reason) = judge(text) {
                findings.refuse("requires-dist", format!("{header} `{text}`: {reason}"));
            }
        }
    }
}

/// Name, optional extras, optional versions, before the marker (PEP 508).
fn judge(requirement: &str) -> Result<(), &'static str> {
    let subject = requirement.split(';').next().unwrap_or_default().trim();
    if subject.contains('@') {
        return Err("a direct address is refused; name a released version");
    }
    let end = subject.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
    let (name, rest) = subject.split_at(end.unwrap_or(subject.len()));
    if !is_valid(name) {
        return Err("it does not begin with a project's name");
    }
    let versions = without_extras(rest.trim()).ok_or("its extras are not closed with `]`")?;
    let versions = versions.trim().trim_start_matches('(').trim_end_matches(')');
    let fine = versions.is_empty() || VersionSpecifiers::from_str(versions).is_ok();
    if fine { Ok(()) } else { Err("its versions cannot be understood") }
}

fn without_extras(rest: &str) -> Option<&str> {
    match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map(|(_, rest)| rest),
        None => Some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn names_extras_versions_and_markers_are_understood() {
        for fine in [
            "rich",
            "rich>=13",
            "rich (>=13,<14)",
            "rich[jupyter] >= 13 ; python_version < '4'",
            "zope.interface!=5.0.*",
            "a~=1.2",
        ] {
            assert_eq!(judge(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn direct_addresses_and_nonsense_are_not() {
        for wrong in ["x @ https://forge.example/x.whl", "-x", "x=>1", "x[a", ""] {
            assert!(judge(wrong).is_err(), "{wrong}");
        }
    }
}
