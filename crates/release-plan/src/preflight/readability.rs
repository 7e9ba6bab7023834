use release_version::VersionRequest;

use super::first_names::first_names;
use crate::{Finding, Observed, ObservedIndex, OtherShape};

/// Versions that exist and that the release cannot be compared with: what cannot be
/// read is not absent.
pub(super) fn findings(observed: &Observed) -> Vec<Finding> {
    let mut findings: Vec<Finding> = tags_of_other_shape(observed).into_iter().collect();
    findings.extend(unreadable_tags(observed));
    findings.extend(observed.indexes.iter().filter_map(unreadable_index_versions));
    findings
}

/// Counting from tags that are not read gives a version that is too low. With a
/// configured template and an explicit version, the user decides.
fn tags_of_other_shape(observed: &Observed) -> Option<Finding> {
    let tags = &observed.git.tags;
    let OtherShape { template, example, count } = tags.other_shape.as_ref()?;
    let noun = if *count == 1 { "tag has" } else { "tags have" };
    let problem = format!(
        "{count} {noun} the shape of `{example}` instead of `{}`, so their versions are not compared",
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
    let problem = unreadable("tags", &observed.git.tags.unreadable)?;
    Some(Finding::warning("git", problem, ""))
}

fn unreadable_index_versions(index: &ObservedIndex) -> Option<Finding> {
    let problem = unreadable("versions", &index.unreadable)?;
    Some(Finding::warning(&format!("index {}", index.name), problem, ""))
}

fn unreadable(noun: &str, names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| {
        let shown = first_names(names);
        format!("{noun} that cannot be read as versions are not compared: {shown}")
    })
}
