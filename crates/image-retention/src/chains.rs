use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
};

use image_ref::Digest;

/// A place in the tree of layer chains.
pub(crate) type Node = usize;

/// The place below all layers.
const ROOT: Node = 0;

/// A layer on top of another.
#[derive(PartialEq, Eq)]
struct Layer<'a> {
    below: Node,
    layer: &'a Digest,
}

impl Hash for Layer<'_> {
    /// A few digits of a digest tell layers apart as well as all of them, and
    /// finding layers is most of the work of planning.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.below.hash(state);
        state.write(&self.layer.hex().as_bytes()[..16]);
    }
}

/// The layers of all images as one tree: what makes a layer is its diff ID *and*
/// everything below it, as the engine's chain ID has it.
pub(crate) struct Chains {
    /// For each node the node below it; that of the root is itself.
    below: Vec<Node>,
    /// The topmost layer of each image, in the order given.
    tops: Vec<Node>,
}

impl Chains {
    /// The tree of these lists of diff IDs, bottom first.
    pub(crate) fn new<'a>(images: impl Iterator<Item = &'a [Digest]> + Clone) -> Self {
        let layers = images.clone().map(<[Digest]>::len).sum();
        let mut known: HashMap<Layer<'_>, Node> = HashMap::with_capacity(layers);
        let mut chains = Self { below: vec![ROOT], tops: Vec::new() };
        for layers in images {
            let top = layers.iter().fold(ROOT, |below, layer| {
                *known.entry(Layer { below, layer }).or_insert_with(|| chains.grow(below))
            });
            chains.tops.push(top);
        }
        chains
    }

    fn grow(&mut self, below: Node) -> Node {
        self.below.push(below);
        self.below.len() - 1
    }

    /// How many nodes there are, the root included; a node's number is greater
    /// than that of the node below it.
    pub(crate) fn len(&self) -> usize {
        self.below.len()
    }

    /// The topmost layer of an image.
    pub(crate) fn top(&self, image: usize) -> Node {
        self.tops[image]
    }

    /// The node below, `None` for the root.
    pub(crate) fn below(&self, node: Node) -> Option<Node> {
        (node != ROOT).then(|| self.below[node])
    }

    /// The node and everything below it but the root, from the top.
    pub(crate) fn down_from(&self, node: Node) -> impl Iterator<Item = Node> {
        std::iter::successors(Some(node), |node| self.below(*node)).filter(|node| *node != ROOT)
    }
}
