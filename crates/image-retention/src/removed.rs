use std::collections::{BTreeSet, HashSet};

use image_ref::ImageId;

use crate::{Observed, Plan, fate::Fate, inventory::Inventory, usage::Usage};

impl Plan {
    /// The images that go: those that lose all names, and the untagged ones that
    /// the engine removes together with the last image built from them.
    ///
    /// An image stays when a digest of a repository remains in which it has no
    /// tag: it is dangling then, and a plan of its own may remove it.
    #[must_use]
    pub fn removed_images(&self, observed: &Observed) -> BTreeSet<ImageId> {
        let inventory = Inventory::new(&observed.images);
        let usage = Usage::new(&inventory, &observed.uses);
        let removed: HashSet<_> =
            self.removals().map(|decision| (&decision.image, decision.reference())).collect();
        let loses_all = |index: usize| {
            let image = inventory.image(index);
            let goes = |tag| removed.contains(&(&image.id, tag));
            if image.is_untagged() { goes(None) } else { image.tags.iter().map(Some).all(goes) }
        };
        let fate = Fate::new(&inventory, &usage, loses_all);
        let gone = (0..inventory.len()).filter(|image| fate.is_gone(*image));
        gone.map(|image| inventory.image(image).id.clone()).collect()
    }
}

/// The images that nothing uses and that no image in use was built from, whatever
/// a policy says of them.
#[must_use]
pub fn unused(observed: &Observed) -> BTreeSet<ImageId> {
    let inventory = Inventory::new(&observed.images);
    let usage = Usage::new(&inventory, &observed.uses);
    let mut needed = vec![false; inventory.len()];
    for used in (0..inventory.len()).filter(|image| usage.is_used(*image)) {
        let mut next = Some(used);
        while let Some(image) = next.filter(|image| !needed[*image]) {
            needed[image] = true;
            next = inventory.parent(image);
        }
    }
    let unused = (0..inventory.len()).filter(|image| !needed[*image]);
    unused.map(|image| inventory.image(image).id.clone()).collect()
}
