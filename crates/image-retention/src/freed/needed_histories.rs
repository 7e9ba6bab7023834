use std::collections::{BTreeMap, BTreeSet};

use image_ref::ImageId;

use super::{HistoryEntry, layer_sizes::LayerSizes};
use crate::{
    Image,
    layer_tree::{LayerTree, Node},
};

/// The images whose histories [`freed_bytes`](crate::freed_bytes) still needs, where
/// the size of an image is that of its layers (a graph-driver store).
///
/// What is removed is the upper part of a chain. Its bytes follow from the sizes of
/// images, unless it begins at a fork of chains that is not the top of any image: the
/// size up to the fork is in the history of any image above it. For each such fork
/// this returns at most `at_most` images, those with the fewest layers first. A
/// history may leave the size open; others may then determine it.
#[must_use]
pub fn needed_histories(
    images: &[Image],
    histories: &BTreeMap<ImageId, Vec<HistoryEntry>>,
    at_most: usize,
) -> BTreeSet<ImageId> {
    let tree = LayerTree::new(images.iter().map(|image| image.layers.as_slice()));
    let sizes = LayerSizes::new(&tree, images, histories);
    let mut demand = demand_by_layer(&tree, &sizes, at_most);
    let mut needed: Vec<usize> =
        (0..images.len()).filter(|index| !histories.contains_key(&images[*index].id)).collect();
    needed.sort_by_key(|index| images[*index].layers.len());
    needed.retain(|index| satisfy_demand(&mut demand, &tree, tree.top(*index)));
    needed.into_iter().map(|index| images[index].id.clone()).collect()
}

/// For each layer how many histories may be read because of it.
fn demand_by_layer(tree: &LayerTree, sizes: &LayerSizes, at_most: usize) -> Vec<usize> {
    let mut layers_above = vec![0; tree.len()];
    for below in (1..tree.len()).filter_map(|node| tree.below(node)) {
        layers_above[below] += 1;
    }
    (0..tree.len())
        .map(|node| if layers_above[node] > 1 && sizes.is_uncertain(node) { at_most } else { 0 })
        .collect()
}

/// Counts one history for each layer of the chain; returns whether any layer needed it.
fn satisfy_demand(demand: &mut [usize], tree: &LayerTree, top: Node) -> bool {
    let mut is_needed = false;
    for node in tree.down_from(top) {
        is_needed |= demand[node] > 0;
        demand[node] = demand[node].saturating_sub(1);
    }
    is_needed
}
