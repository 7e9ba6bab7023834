use release_version::{VersionRequest, is_pep440};

use super::first_names::first_names;
use crate::{Finding, Observed, ObservedIndex, OtherShape};

/// Versions that exist and that the release cannot be compared with: what cannot be
/// read is not absent.
pub(super) fn findings(observed: &Observed) -> Vec<Finding> {
    let mut findings: Vec<Finding> = tags_of_other_shape(observed).into_iter().collect();
    findings.extend(unreadable_tags(observed));
    for index in &observed.indexes {
        findings.extend(legacy_versions(index));
        findings.extend(incomparable_versions(index, observed.request));
    }
    findings
}

/// Counting from tags that are not read gives a version that is too low. With a
/// configured template and an explicit version, the user decides.
fn tags_of_other_shape(observed: &Observed) -> Option<Finding> {
    let tags = &observed.git.tags;
    let OtherShape { template, example, count } = tags.other_shape.as_ref()?;
    let (noun, versions) = match count {
        1 => ("tag has", "its version is"),
        _ => ("tags have", "their versions are"),
    };
    let problem = format!(
        "{count} {noun} the shape of `{example}` instead of `{}`, so {versions} not compared",
        tags.template
    );
    let advice = format!("set git.tag = \"{template}\" if they are this project's releases");
    let is_exact = matches!(observed.request, VersionRequest::Exact(_));
    Some(if tags.is_configured && is_exact {
        Finding::warning("git", problem, &advice)
    } else {
        Finding::mistake("git", problem, &advice)
    })
}

fn unreadable_tags(observed: &Observed) -> Option<Finding> {
    let unreadable = &observed.git.tags.unreadable;
    (!unreadable.is_empty()).then(|| {
        let shown = first_names(unreadable);
        let problem = format!("tags that cannot be read as versions are not compared: {shown}");
        Finding::warning("git", problem, "")
    })
}

/// Versions from before PEP 440. Their order is not in doubt: pip before 24.1 takes them for
/// older than all others (`LegacyVersion` of packaging 21), and later ones ignore them.
fn legacy_versions(index: &ObservedIndex) -> Option<Finding> {
    let legacy: Vec<String> =
        index.unreadable.iter().filter(|version| !is_pep440(version)).cloned().collect();
    (!legacy.is_empty()).then(|| {
        let shown = first_names(&legacy);
        let problem = format!("versions that PEP 440 does not allow are not compared: {shown}");
        let advice = "installers ignore them, or take them for older than all others";
        Finding::warning(&format!("index {}", index.name), problem, advice)
    })
}

/// Versions that installers compare and that we cannot: one of them may be the newest, so
/// nothing is counted. A version that the user names is theirs to compare.
fn incomparable_versions(index: &ObservedIndex, request: VersionRequest) -> Option<Finding> {
    let versions: Vec<String> =
        index.unreadable.iter().filter(|version| is_pep440(version)).cloned().collect();
    if versions.is_empty() {
        return None;
    }
    let (subject, shown) = (format!("index {}", index.name), first_names(&versions));
    let problem =
        format!("versions with more than six numbers or too large ones are not compared: {shown}");
    Some(match request {
        VersionRequest::Exact(version) => {
            let advice = format!("check that {version} is higher");
            Finding::warning(&subject, problem, &advice)
        }
        request => {
            let advice = format!("name the version instead of `{request}`");
            Finding::precondition(&subject, problem, &advice)
        }
    })
}
