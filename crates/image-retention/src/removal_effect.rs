use image_ref::Reference;

use crate::{Image, inventory::Inventory, usage::Usage};

/// What removing tags does to the images, as engines do it.
pub(crate) struct RemovalEffect {
    /// Whether the image loses its last name.
    loses_names: Vec<bool>,
    /// Whether it loses its last name or, as a build step, never had one.
    is_removable: Vec<bool>,
    /// Whether it is removed.
    is_removed: Vec<bool>,
}

impl RemovalEffect {
    /// `loses_all_tags`: whether an image loses all its tags, or is removed by its
    /// ID if it has none.
    pub(crate) fn new(
        inventory: &Inventory<'_>,
        usage: &Usage<'_>,
        loses_all_tags: impl Fn(usize) -> bool,
    ) -> Self {
        let loses_names: Vec<bool> = (0..inventory.len())
            .map(|image| loses_all_tags(image) && !is_held_by_digest(inventory.image(image)))
            .collect();
        let is_removable: Vec<bool> = (0..inventory.len())
            .map(|image| loses_names[image] || is_unused_step(inventory, usage, image))
            .collect();
        let is_removed = removed(inventory, &is_removable);
        Self { loses_names, is_removable, is_removed }
    }

    /// Whether the image is removed, by itself or with the last image built from it.
    pub(crate) fn is_removed(&self, image: usize) -> bool {
        self.is_removed[image]
    }

    /// Whether it is removed unless an image that is built on it remains.
    pub(crate) fn is_removable(&self, image: usize) -> bool {
        self.is_removable[image]
    }

    /// Whether all names of the image are removed.
    pub(crate) fn loses_names(&self, image: usize) -> bool {
        self.loses_names[image]
    }
}

/// Whether a digest remains as a name when the tags are removed: the engine drops
/// the digests of the tags' repositories, and all when the image is removed by ID.
fn is_held_by_digest(image: &Image) -> bool {
    !image.is_untagged() && !image.digests.iter().all(|digest| is_tagged_like(image, digest))
}

fn is_tagged_like(image: &Image, digest: &Reference) -> bool {
    image.tags.iter().any(|tag| tag.repository() == digest.repository())
}

fn is_unused_step(inventory: &Inventory<'_>, usage: &Usage<'_>, image: usize) -> bool {
    inventory.is_intermediate(image)
        && inventory.image(image).digests.is_empty()
        && !usage.is_used(image)
}

/// An image is removed when nothing built from it remains: the engine removes
/// untagged parents together with their last child.
fn removed(inventory: &Inventory<'_>, is_removable: &[bool]) -> Vec<bool> {
    let mut is_removed = vec![false; inventory.len()];
    let mut remaining_children: Vec<usize> =
        (0..inventory.len()).map(|image| inventory.child_count(image)).collect();
    let mut queue: Vec<usize> = (0..inventory.len())
        .filter(|image| remaining_children[*image] == 0 && is_removable[*image])
        .collect();
    while let Some(image) = queue.pop() {
        is_removed[image] = true;
        let Some(parent) = inventory.parent(image) else { continue };
        remaining_children[parent] -= 1;
        if remaining_children[parent] == 0 && is_removable[parent] {
            queue.push(parent);
        }
    }
    is_removed
}
