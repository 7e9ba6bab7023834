use std::collections::{BTreeSet, HashSet};

use image_ref::ImageId;

use crate::{EngineState, Plan, inventory::Inventory, removal_effect::RemovalEffect, usage::Usage};

/// The images that a plan removes: those that lose all names, and the untagged ones
/// that the engine removes together with the last image built from them.
///
/// An image remains when it has a digest of a repository in which it has no tag: it
/// is dangling then, and a later plan may remove it.
#[must_use]
pub fn removed_images(plan: &Plan, state: &EngineState) -> BTreeSet<ImageId> {
    let inventory = Inventory::new(&state.images);
    let usage = Usage::new(&inventory, &state.uses);
    let removed: HashSet<_> =
        plan.removals().map(|decision| (&decision.image, decision.reference())).collect();
    let effect = RemovalEffect::new(&inventory, &usage, |index| {
        let image = inventory.image(index);
        if image.is_untagged() {
            return removed.contains(&(&image.id, None));
        }
        image.tags.iter().all(|tag| removed.contains(&(&image.id, Some(tag))))
    });
    (0..inventory.len())
        .filter(|image| effect.is_removed(*image))
        .map(|image| inventory.image(image).id.clone())
        .collect()
}

/// The images without a user from which no image in use was built, regardless of
/// any policy.
#[must_use]
pub fn unused_images(state: &EngineState) -> BTreeSet<ImageId> {
    let inventory = Inventory::new(&state.images);
    let usage = Usage::new(&inventory, &state.uses);
    let mut is_needed = vec![false; inventory.len()];
    for used in (0..inventory.len()).filter(|image| usage.is_used(*image)) {
        let mut next = Some(used);
        while let Some(image) = next.filter(|image| !is_needed[*image]) {
            is_needed[image] = true;
            next = inventory.parent(image);
        }
    }
    (0..inventory.len())
        .filter(|image| !is_needed[*image])
        .map(|image| inventory.image(image).id.clone())
        .collect()
}
