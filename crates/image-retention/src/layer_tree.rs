use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
};

use image_ref::Digest;

/// A position in the tree of layers.
pub(crate) type Node = usize;

/// The position below all layers.
const ROOT: Node = 0;

/// A layer on top of another.
#[derive(PartialEq, Eq)]
struct StackedLayer<'a> {
    below: Node,
    layer: &'a Digest,
}

impl Hash for StackedLayer<'_> {
    /// A few digits of a digest distinguish layers as well as all of them, and
    /// finding layers is most of the work of planning.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.below.hash(state);
        state.write(&self.layer.hex().as_bytes()[..16]);
    }
}

/// The layers of all images as one tree. A layer is identified by its diff ID *and*
/// everything below it, like the engine's chain ID.
pub(crate) struct LayerTree {
    /// For each node the node below it; the root is below itself.
    below: Vec<Node>,
    /// The topmost layer of each image, in the order given.
    tops: Vec<Node>,
}

impl LayerTree {
    /// The tree of these lists of diff IDs, bottom first.
    pub(crate) fn new<'a>(images: impl Iterator<Item = &'a [Digest]> + Clone) -> Self {
        let layers = images.clone().map(<[Digest]>::len).sum();
        let mut nodes: HashMap<StackedLayer<'_>, Node> = HashMap::with_capacity(layers);
        let mut tree = Self { below: vec![ROOT], tops: Vec::new() };
        for layers in images {
            let top = layers.iter().fold(ROOT, |below, layer| {
                *nodes
                    .entry(StackedLayer { below, layer })
                    .or_insert_with(|| tree.push_node_on(below))
            });
            tree.tops.push(top);
        }
        tree
    }

    fn push_node_on(&mut self, below: Node) -> Node {
        self.below.push(below);
        self.below.len() - 1
    }

    /// The number of nodes, including the root; a node's number is greater than
    /// that of the node below it.
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

    /// The node and everything below it except the root, from the top.
    pub(crate) fn down_from(&self, node: Node) -> impl Iterator<Item = Node> {
        std::iter::successors(Some(node), |node| self.below(*node)).filter(|node| *node != ROOT)
    }
}
