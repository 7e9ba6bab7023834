use std::collections::{BTreeMap, BTreeSet};

use image_ref::ImageId;

use super::{HistoryEntry, Sizes};
use crate::{
    Image,
    chains::{Chains, Node},
};

/// The images whose histories [`freed`](super::freed) still needs, where an image
/// is known to have the size of its layers (a graph-driver store).
///
/// What goes is the upper part of a chain. Its bytes follow from the sizes of
/// images, unless it begins where chains part and no image ends: the size up to
/// there is told by the history of any image that goes on from it. For each such
/// place this names at most so many images, those with the fewest layers first. A
/// history that leaves the size open is no use; others may then tell more.
#[must_use]
pub fn histories_needed(
    images: &[Image],
    histories: &BTreeMap<ImageId, Vec<HistoryEntry>>,
    at_most: usize,
) -> BTreeSet<ImageId> {
    let chains = Chains::new(images.iter().map(|image| image.layers.as_slice()));
    let mut wanting = wanting(&chains, &Sizes::new(&chains, images, histories), at_most);
    let mut asked: Vec<usize> =
        (0..images.len()).filter(|index| !histories.contains_key(&images[*index].id)).collect();
    asked.sort_by_key(|index| images[*index].layers.len());
    asked.retain(|index| take(&mut wanting, &chains, chains.top(*index)));
    asked.into_iter().map(|index| images[index].id.clone()).collect()
}

/// For each layer how many histories may be asked for because of it.
fn wanting(chains: &Chains, sizes: &Sizes, at_most: usize) -> Vec<usize> {
    let mut above = vec![0; chains.len()];
    (1..chains.len()).filter_map(|node| chains.below(node)).for_each(|below| above[below] += 1);
    let wants = |node: Node| above[node] > 1 && sizes.is_open(node);
    (0..chains.len()).map(|node| if wants(node) { at_most } else { 0 }).collect()
}

/// Whether any layer of the chain wants one more; each gets it.
fn take(wanting: &mut [usize], chains: &Chains, top: Node) -> bool {
    let mut wanted = false;
    for node in chains.down_from(top) {
        wanted |= wanting[node] > 0;
        wanting[node] = wanting[node].saturating_sub(1);
    }
    wanted
}
