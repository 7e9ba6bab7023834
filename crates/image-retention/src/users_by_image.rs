use std::collections::BTreeMap;

use image_ref::ImageId;

use crate::{EngineState, ImageUser, inventory::Inventory, usage::Usage};

/// The users of each image; an image that nothing uses has an empty list.
///
/// A use whose image is unknown counts for every image that it may be.
#[must_use]
pub fn users_by_image(state: &EngineState) -> BTreeMap<ImageId, Vec<ImageUser>> {
    let inventory = Inventory::new(&state.images);
    let usage = Usage::new(&inventory, &state.uses);
    (0..inventory.len())
        .map(|image| (inventory.image(image).id.clone(), usage.users(image)))
        .collect()
}
