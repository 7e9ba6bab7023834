use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use image_ref::{Digest, ImageId};

use super::{
    HistoryEntry,
    alignment::{ByteRange, align},
};
use crate::{
    Image,
    layer_tree::{LayerTree, Node},
};

/// For each layer the bytes that it has together with all below it.
///
/// Where they are uncertain there are two consistent assignments, and a layer's own
/// bytes are the difference to the layer below in one of them. What is removed is
/// always the upper part of a chain whose total is known, so it is smallest when the
/// bytes are in the lowest possible layers, and largest when they are in the highest.
pub(super) struct LayerSizes {
    bytes_low: Vec<u64>,
    bytes_high: Vec<u64>,
    /// Whether the size is known at all. A layer of unknown size has no bytes here,
    /// and is above all layers of known size.
    is_determined: Vec<bool>,
}

impl LayerSizes {
    pub(super) fn new(
        tree: &LayerTree,
        images: &[Image],
        histories: &BTreeMap<ImageId, Vec<HistoryEntry>>,
    ) -> Self {
        let aligned: Vec<Option<Vec<ByteRange>>> =
            images.iter().map(|image| align_history(image, histories.get(&image.id)?)).collect();
        let sizes_are_exact = images.iter().zip(&aligned).all(|(image, ranges)| {
            ranges.as_ref().is_none_or(|ranges| image.size == least_total(ranges))
        });
        let mut bounds = Bounds::new(tree.len());
        for (index, (image, ranges)) in images.iter().zip(&aligned).enumerate() {
            let top = tree.top(index);
            match ranges {
                Some(ranges) => bounds.narrow_chain(tree, top, ranges),
                None if sizes_are_exact => bounds.narrow(top, (image.size, image.size)),
                None => {}
            }
        }
        bounds.into_layer_sizes(tree)
    }

    /// The least bytes of one layer, if what is removed is the upper part of a chain.
    pub(super) fn least(&self, tree: &LayerTree, node: Node) -> u64 {
        own_bytes(&self.bytes_low, tree, node)
    }

    /// The most bytes of one layer, if what is removed is the upper part of a chain.
    pub(super) fn most(&self, tree: &LayerTree, node: Node) -> u64 {
        own_bytes(&self.bytes_high, tree, node)
    }

    /// Whether it is uncertain how many bytes a layer has with all below it.
    pub(super) fn is_uncertain(&self, node: Node) -> bool {
        !self.is_determined[node] || self.bytes_low[node] != self.bytes_high[node]
    }

    /// The most bytes of the layers of unknown size, given the topmost layers and the
    /// sizes of the images that have them.
    pub(super) fn most_of_unknown(&self, images: impl Iterator<Item = (Node, u64)>) -> u64 {
        let mut most: HashMap<Node, u64> = HashMap::new();
        for (top, size) in images.filter(|(top, _)| !self.is_determined[*top]) {
            let undetermined_bytes = size.saturating_sub(self.bytes_high[top]);
            let bytes = most.entry(top).or_default();
            *bytes = undetermined_bytes.max(*bytes);
        }
        most.into_values().fold(0, u64::saturating_add)
    }
}

fn own_bytes(cumulated: &[u64], tree: &LayerTree, node: Node) -> u64 {
    tree.below(node).map_or(0, |below| cumulated[node].saturating_sub(cumulated[below]))
}

fn align_history(image: &Image, history: &[HistoryEntry]) -> Option<Vec<ByteRange>> {
    let steps: Vec<_> = history.iter().rev().map(HistoryEntry::layer_effect).collect();
    let is_empty: Vec<_> = image.layers.iter().map(|layer| *layer == *EMPTY_LAYER).collect();
    align(&steps, &is_empty)
}

fn least_total(ranges: &[ByteRange]) -> u64 {
    ranges.last().map_or(0, |(least, _)| *least)
}

/// The diff ID of a layer without files: a tar archive of 1,024 zero bytes.
static EMPTY_LAYER: LazyLock<Digest> = LazyLock::new(|| Digest::of(&[0; 1024]));

/// Bounds of the bytes of each layer together with all below it.
struct Bounds {
    /// The intersection of what all images state.
    common: Vec<ByteRange>,
    /// The union, which counts where the images contradict each other.
    union: Vec<ByteRange>,
}

impl Bounds {
    fn new(nodes: usize) -> Self {
        let mut common = vec![(0, u64::MAX); nodes];
        common[0] = (0, 0);
        Self { common, union: vec![(u64::MAX, 0); nodes] }
    }

    fn narrow_chain(&mut self, tree: &LayerTree, top: Node, ranges: &[ByteRange]) {
        for (node, range) in tree.down_from(top).zip(ranges.iter().rev()) {
            self.narrow(node, *range);
        }
    }

    fn narrow(&mut self, node: Node, (least, most): ByteRange) {
        let common = &mut self.common[node];
        *common = (common.0.max(least), common.1.min(most));
        let union = &mut self.union[node];
        *union = (union.0.min(least), union.1.max(most));
    }

    fn resolved(&self, node: Node) -> ByteRange {
        let common = self.common[node];
        if common.0 <= common.1 || node == 0 { common } else { self.union[node] }
    }

    /// A layer has no fewer bytes than what is below it.
    fn into_layer_sizes(self, tree: &LayerTree) -> LayerSizes {
        let (mut bytes_high, mut bytes_low): (Vec<u64>, Vec<u64>) =
            (0..tree.len()).map(|node| self.resolved(node)).unzip();
        for node in (1..tree.len()).rev() {
            if let Some(below) = tree.below(node) {
                bytes_low[below] = bytes_low[below].min(bytes_low[node]);
            }
        }
        let is_determined: Vec<bool> = bytes_low.iter().map(|most| *most < u64::MAX).collect();
        for node in 1..tree.len() {
            let Some(below) = tree.below(node) else { continue };
            bytes_high[node] = bytes_high[node].max(bytes_high[below]);
            if !is_determined[node] {
                bytes_low[node] = bytes_low[below];
            }
        }
        LayerSizes { bytes_low, bytes_high, is_determined }
    }
}
