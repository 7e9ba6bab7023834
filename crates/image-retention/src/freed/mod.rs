//! What removing images is worth: layers counted once, however many images share
//! them.

mod alignment;
mod history;
mod needed;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use image_ref::{Digest, ImageId};
use serde::Serialize;

use crate::{
    Image,
    chains::{Chains, Node},
};
use alignment::Range;
pub use history::HistoryEntry;
pub use needed::histories_needed;

/// Bytes that removing images frees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Freed {
    /// At least.
    pub least: u64,
    /// At most; more than `least` when histories leave it open which layer has
    /// which size.
    pub most: u64,
}

impl Freed {
    /// Whether a figure that was measured lies in the range.
    #[must_use]
    pub fn contains(&self, bytes: i64) -> bool {
        u64::try_from(bytes).is_ok_and(|bytes| (self.least..=self.most).contains(&bytes))
    }

    /// What is left of it without a part.
    #[must_use]
    pub fn less(self, part: Self) -> Self {
        let least = self.least.saturating_sub(part.most);
        Self { least, most: self.most.saturating_sub(part.least).max(least) }
    }

    /// What two figures for the same say together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let least = self.least.max(other.least);
        Self { least, most: self.most.min(other.most).max(least) }
    }
}

/// What removing these images frees: the layers that no other image has. `images`
/// are all of the engine, intermediate ones included.
///
/// Layers have no size of their own in the engine's answers: it is found in the
/// histories, which name steps, not layers. What they leave open makes a range. An
/// image without a usable history counts with its size, which is exact if that is
/// the sum of the history for every image that has one (so it is in the
/// graph-driver store, where sizes are those of layers); else its own layers have
/// at most what is left of it.
#[must_use]
pub fn freed(
    images: &[Image],
    removed: &BTreeSet<ImageId>,
    histories: &BTreeMap<ImageId, Vec<HistoryEntry>>,
) -> Freed {
    let chains = Chains::new(images.iter().map(|image| image.layers.as_slice()));
    let sizes = Sizes::new(&chains, images, histories);
    let mut stays = vec![false; chains.len()];
    let mut goes = vec![false; chains.len()];
    for (index, image) in images.iter().enumerate() {
        let marks = if removed.contains(&image.id) { &mut goes } else { &mut stays };
        mark(&chains, chains.top(index), marks);
    }
    let is_freed = |node: Node| goes[node] && !stays[node];
    let mut freed = Freed::default();
    for node in (0..chains.len()).filter(|node| is_freed(*node)) {
        freed.least += own(&sizes.low_lying, &chains, node);
        freed.most += own(&sizes.high_lying, &chains, node);
    }
    let removed = images.iter().enumerate().filter(|(index, _)| is_freed(chains.top(*index)));
    freed.most += sizes.unknown(removed.map(|(index, image)| (chains.top(index), image.size)));
    freed
}

/// Marks a layer and all below it; what is below a mark is marked already.
fn mark(chains: &Chains, top: Node, marks: &mut [bool]) {
    for node in chains.down_from(top) {
        if std::mem::replace(&mut marks[node], true) {
            break;
        }
    }
}

/// For each layer the bytes that it has together with all below it.
///
/// Where they are not certain there are two consistent answers, and a layer's own
/// bytes are the difference to the layer below in one of them. What goes is always
/// the upper part of a chain whose whole is known, so it is least when the bytes
/// lie as low as possible, and most when they lie as high as possible.
struct Sizes {
    low_lying: Vec<u64>,
    high_lying: Vec<u64>,
    /// Whether anything is known of it. A layer of which nothing is has no bytes
    /// here, and is above all that are known.
    is_known: Vec<bool>,
}

impl Sizes {
    fn new(
        chains: &Chains,
        images: &[Image],
        histories: &BTreeMap<ImageId, Vec<HistoryEntry>>,
    ) -> Self {
        let aligned: Vec<Option<Vec<Range>>> =
            images.iter().map(|image| ranges(image, histories.get(&image.id)?)).collect();
        let whole = |ranges: &Vec<Range>| ranges.last().map_or(0, |(whole, _)| *whole);
        let sizes_are_exact = (images.iter().zip(&aligned))
            .filter_map(|(image, ranges)| Some((image, ranges.as_ref()?)))
            .all(|(image, ranges)| image.size == whole(ranges));
        let mut bounds = Bounds::new(chains.len());
        for (index, (image, ranges)) in images.iter().zip(&aligned).enumerate() {
            let top = chains.top(index);
            match ranges {
                Some(ranges) => bounds.narrow_chain(chains, top, ranges),
                None if sizes_are_exact => bounds.narrow(top, (image.size, image.size)),
                None => {}
            }
        }
        bounds.settle(chains)
    }

    /// Whether it is not certain how many bytes a layer has with all below it.
    fn is_open(&self, node: Node) -> bool {
        !self.is_known[node] || self.low_lying[node] != self.high_lying[node]
    }

    /// The most bytes of layers of which nothing is known, given the topmost layers
    /// and the sizes of the images that have them.
    fn unknown(&self, images: impl Iterator<Item = (Node, u64)>) -> u64 {
        let mut most: BTreeMap<Node, u64> = BTreeMap::new();
        for (top, size) in images.filter(|(top, _)| !self.is_known[*top]) {
            let above_the_known = size.saturating_sub(self.high_lying[top]);
            let of_layer = most.entry(top).or_default();
            *of_layer = above_the_known.max(*of_layer);
        }
        most.values().sum()
    }
}

fn own(cumulated: &[u64], chains: &Chains, node: Node) -> u64 {
    chains.below(node).map_or(0, |below| cumulated[node].saturating_sub(cumulated[below]))
}

fn ranges(image: &Image, history: &[HistoryEntry]) -> Option<Vec<Range>> {
    let steps: Vec<_> = history.iter().rev().map(HistoryEntry::step).collect();
    let empty: Vec<_> = image.layers.iter().map(|layer| *layer == *EMPTY_LAYER).collect();
    alignment::align(&steps, &empty)
}

/// The diff ID of a layer without files: a tar archive of 1,024 zero bytes.
static EMPTY_LAYER: LazyLock<Digest> = LazyLock::new(|| Digest::of(&[0; 1024]));

/// What images say about each layer together with all below it.
struct Bounds {
    /// Where all of them agree.
    common: Vec<Range>,
    /// What any of them says: taken where they disagree.
    spanned: Vec<Range>,
}

impl Bounds {
    fn new(nodes: usize) -> Self {
        let mut common = vec![(0, u64::MAX); nodes];
        common[0] = (0, 0);
        Self { common, spanned: vec![(u64::MAX, 0); nodes] }
    }

    fn narrow_chain(&mut self, chains: &Chains, top: Node, ranges: &[Range]) {
        for (node, range) in chains.down_from(top).zip(ranges.iter().rev()) {
            self.narrow(node, *range);
        }
    }

    fn narrow(&mut self, node: Node, (least, most): Range) {
        let common = &mut self.common[node];
        *common = (common.0.max(least), common.1.min(most));
        let spanned = &mut self.spanned[node];
        *spanned = (spanned.0.min(least), spanned.1.max(most));
    }

    /// A layer has no fewer bytes than what is below it.
    fn settle(self, chains: &Chains) -> Sizes {
        let agreed = |node: Node| {
            let (common, spanned) = (self.common[node], self.spanned[node]);
            if common.0 <= common.1 || node == 0 { common } else { spanned }
        };
        let (mut high_lying, mut low_lying): (Vec<u64>, Vec<u64>) =
            (0..chains.len()).map(agreed).unzip();
        for node in (1..chains.len()).rev() {
            if let Some(below) = chains.below(node) {
                low_lying[below] = low_lying[below].min(low_lying[node]);
            }
        }
        let is_known: Vec<bool> = low_lying.iter().map(|most| *most < u64::MAX).collect();
        for node in 1..chains.len() {
            let Some(below) = chains.below(node) else { continue };
            high_lying[node] = high_lying[node].max(high_lying[below]);
            if !is_known[node] {
                low_lying[node] = low_lying[below];
            }
        }
        Sizes { low_lying, high_lying, is_known }
    }
}
