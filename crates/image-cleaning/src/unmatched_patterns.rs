//! Patterns that match no image, perhaps by mistake.

use image_ref::Reference;
use image_retention::{Pattern, Policy};
use report::Reporter;

use crate::observation::EngineObservation;

/// The names of all images of all engines.
fn names_of_images(observations: &[EngineObservation]) -> impl Iterator<Item = &Reference> {
    observations
        .iter()
        .flat_map(|observation| &observation.state.images)
        .flat_map(|image| image.names())
}

/// The patterns of the selection that match no image in scope.
pub(super) fn unmatched_selection(
    policy: &Policy,
    observations: &[EngineObservation],
) -> Vec<String> {
    policy
        .select
        .iter()
        .filter(|pattern| {
            !names_of_images(observations)
                .any(|name| policy.scope.has_repository(name.repository()) && pattern.matches(name))
        })
        .map(ToString::to_string)
        .collect()
}

/// A pattern to keep that matches nothing protects nothing.
pub(super) fn warn_of_unmatched_protection(
    keep_matching: &[String],
    observations: &[EngineObservation],
    reporter: &Reporter,
) {
    for text in keep_matching {
        let Ok(pattern) = text.parse::<Pattern>() else { continue };
        if !names_of_images(observations).any(|name| pattern.protects(name)) {
            reporter.warn(format!("--keep-matching {pattern} keeps nothing: no image matches it"));
        }
    }
}
