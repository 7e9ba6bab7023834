use std::collections::BTreeSet;

use image_ref::{ImageId, Reference};
use image_retention::{EngineState, Plan, UsedImage, unused_images, with_default_tag};
use operation::counted;
use report::bytes;

use crate::preparation::PreparedEngine;

/// Suggestions for further cleaning of an engine.
pub(super) fn maintenance_advice(prepared: &PreparedEngine) -> Vec<String> {
    let observation = &prepared.observation;
    let mut advice = Vec::new();
    let dangling = unused_dangling_images(&observation.state);
    if dangling > 0 {
        let images = counted(dangling, "unused image");
        advice.push(format!("{images} had no tag; --dangling --all-images removes such images"));
    }
    let build_cache = observation.disk.build_cache_bytes();
    if build_cache > 0 {
        advice.push(format!(
            "the build cache holds {}; `docker builder prune` empties it",
            bytes(build_cache)
        ));
    }
    let unversioned = unversioned_tags_in_use(&observation.state, &prepared.plan);
    if !unversioned.is_empty() {
        let tags = unversioned.into_iter().collect::<Vec<_>>().join(", ");
        advice.push(format!(
            "in use by tags that name no version: {tags}; pin a version in production"
        ));
    }
    advice
}

/// Build steps are removed with what was built.
fn unused_dangling_images(state: &EngineState) -> usize {
    let unused = unused_images(state);
    let parents: BTreeSet<&ImageId> =
        state.images.iter().filter_map(|image| image.parent.as_ref()).collect();
    state
        .images
        .iter()
        .filter(|image| {
            unused.contains(&image.id) && image.is_untagged() && !parents.contains(&image.id)
        })
        .count()
}

/// A deployment by a tag that names no version runs whatever has the tag at the moment.
/// Only repositories of the plan are considered.
fn unversioned_tags_in_use(state: &EngineState, plan: &Plan) -> BTreeSet<String> {
    let repositories: BTreeSet<_> = plan
        .decisions
        .iter()
        .filter_map(|decision| decision.reference())
        .map(Reference::repository)
        .collect();
    state
        .uses
        .iter()
        .filter_map(|image_use| match &image_use.used {
            UsedImage::Reference(reference) => Some(with_default_tag(reference.clone())),
            _ => None,
        })
        .filter(|reference| {
            is_unversioned(reference) && repositories.contains(reference.repository())
        })
        .map(|reference| reference.to_string())
        .collect()
}

fn is_unversioned(reference: &Reference) -> bool {
    reference.digest().is_none()
        && reference
            .tag()
            .is_some_and(|tag| !tag.as_str().bytes().any(|byte| byte.is_ascii_digit()))
}
