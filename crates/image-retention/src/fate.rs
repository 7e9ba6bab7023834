use image_ref::Reference;

use crate::{Image, inventory::Inventory, usage::Usage};

/// What becomes of images when tags are removed, as engines do it.
pub(crate) struct Fate {
    /// Whether the image loses its last name.
    nameless: Vec<bool>,
    /// Whether that is so, or it never had one: a step between images.
    may_go: Vec<bool>,
    /// Whether it goes.
    gone: Vec<bool>,
}

impl Fate {
    /// `loses_all`: whether an image loses all its tags, or goes by its ID if it has
    /// none.
    pub(crate) fn new(
        inventory: &Inventory<'_>,
        usage: &Usage<'_>,
        loses_all: impl Fn(usize) -> bool,
    ) -> Self {
        let nameless: Vec<bool> = (0..inventory.len())
            .map(|image| loses_all(image) && !is_held_by_digest(inventory.image(image)))
            .collect();
        let steps = |image: usize| {
            inventory.is_intermediate(image)
                && inventory.image(image).digests.is_empty()
                && !usage.is_used(image)
        };
        let may_go: Vec<bool> =
            (0..inventory.len()).map(|image| nameless[image] || steps(image)).collect();
        Self { gone: gone(inventory, &may_go), may_go, nameless }
    }

    /// Whether the image goes, alone or with the last image built from it.
    pub(crate) fn is_gone(&self, image: usize) -> bool {
        self.gone[image]
    }

    /// Whether it goes unless another image is built on it that stays.
    pub(crate) fn may_go(&self, image: usize) -> bool {
        self.may_go[image]
    }

    /// Whether all names of the image were removed.
    pub(crate) fn is_nameless(&self, image: usize) -> bool {
        self.nameless[image]
    }
}

/// Whether a digest remains as a name when the tags are gone: the engine drops
/// those of the tags' repositories, and all when the image goes by its ID.
fn is_held_by_digest(image: &Image) -> bool {
    let is_tagged =
        |digest: &Reference| image.tags.iter().any(|tag| tag.repository() == digest.repository());
    !image.is_untagged() && !image.digests.iter().all(is_tagged)
}

/// An image goes when nothing built from it stays: the engine removes untagged
/// parents together with their last child.
fn gone(inventory: &Inventory<'_>, may_go: &[bool]) -> Vec<bool> {
    let mut gone = vec![false; inventory.len()];
    let mut staying: Vec<usize> =
        (0..inventory.len()).map(|image| inventory.children(image)).collect();
    let childless = |image: &usize| staying[*image] == 0 && may_go[*image];
    let mut open: Vec<usize> = (0..inventory.len()).filter(childless).collect();
    while let Some(image) = open.pop() {
        gone[image] = true;
        let Some(parent) = inventory.parent(image) else { continue };
        staying[parent] -= 1;
        if staying[parent] == 0 && may_go[parent] {
            open.push(parent);
        }
    }
    gone
}
