use std::collections::{BTreeMap, BTreeSet};

use image_ref::ImageId;
use serde::Serialize;

use super::{HistoryEntry, layer_sizes::LayerSizes};
use crate::{
    Image,
    layer_tree::{LayerTree, Node},
};

/// Bytes that removing images frees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FreedBytes {
    /// At least.
    pub least: u64,
    /// At most; more than `least` when histories do not determine the size of each
    /// layer.
    pub most: u64,
}

impl FreedBytes {
    /// Whether a measured figure is in the range.
    #[must_use]
    pub fn contains(&self, bytes: i64) -> bool {
        u64::try_from(bytes).is_ok_and(|bytes| (self.least..=self.most).contains(&bytes))
    }

    /// The remainder without a part of it.
    #[must_use]
    pub fn minus(self, part: Self) -> Self {
        let least = self.least.saturating_sub(part.most);
        Self { least, most: self.most.saturating_sub(part.least).max(least) }
    }

    /// The range that agrees with two ranges for the same figure.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        let least = self.least.max(other.least);
        Self { least, most: self.most.min(other.most).max(least) }
    }
}

/// The bytes that removing these images frees: those of layers that no other image
/// has. `images` are all of the engine, including intermediate ones.
///
/// The engine reports no sizes of layers. They are derived from histories, which
/// list build steps, not layers; what they leave open makes a range. An image
/// without a usable history counts with its size. That is exact if, for every image
/// with a history, the size is the sum of the history (as in the graph-driver store,
/// where sizes are those of layers); else its own layers have at most the remainder
/// of its size.
#[must_use]
pub fn freed_bytes(
    images: &[Image],
    removed: &BTreeSet<ImageId>,
    histories: &BTreeMap<ImageId, Vec<HistoryEntry>>,
) -> FreedBytes {
    let tree = LayerTree::new(images.iter().map(|image| image.layers.as_slice()));
    let sizes = LayerSizes::new(&tree, images, histories);
    let is_freed = freed_layers(&tree, images, removed);
    let mut freed = FreedBytes::default();
    for node in (0..tree.len()).filter(|node| is_freed[*node]) {
        freed.least = freed.least.saturating_add(sizes.least(&tree, node));
        freed.most = freed.most.saturating_add(sizes.most(&tree, node));
    }
    let removed = images
        .iter()
        .enumerate()
        .map(|(index, image)| (tree.top(index), image.size))
        .filter(|(top, _)| is_freed[*top]);
    freed.most = freed.most.saturating_add(sizes.most_of_unknown(removed));
    freed
}

/// For each layer whether only removed images have it.
fn freed_layers(tree: &LayerTree, images: &[Image], removed: &BTreeSet<ImageId>) -> Vec<bool> {
    let mut in_kept = vec![false; tree.len()];
    let mut in_removed = vec![false; tree.len()];
    for (index, image) in images.iter().enumerate() {
        let marks = if removed.contains(&image.id) { &mut in_removed } else { &mut in_kept };
        mark_down_from(tree, tree.top(index), marks);
    }
    in_removed.into_iter().zip(in_kept).map(|(removed, kept)| removed && !kept).collect()
}

/// Marks a layer and all below it; everything below a mark is marked already.
fn mark_down_from(tree: &LayerTree, top: Node, marks: &mut [bool]) {
    for node in tree.down_from(top) {
        if std::mem::replace(&mut marks[node], true) {
            break;
        }
    }
}
