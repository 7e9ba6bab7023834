use std::collections::{BTreeMap, HashMap};

use image_ref::{Digest, ImageId, Reference, Repository};

use crate::{Image, layer_tree::LayerTree};

/// The images of an engine in a fixed order, with indexes.
pub(crate) struct Inventory<'a> {
    images: Vec<&'a Image>,
    by_id: BTreeMap<&'a str, usize>,
    by_tag: HashMap<&'a Reference, Vec<usize>>,
    by_digest: HashMap<&'a Digest, Vec<usize>>,
    by_repository: HashMap<&'a Repository, Vec<usize>>,
    parents: Vec<Option<usize>>,
    child_counts: Vec<usize>,
    layers: LayerTree,
}

impl<'a> Inventory<'a> {
    /// Indexes the images; the order in which they are given does not matter.
    pub(crate) fn new(images: &'a [Image]) -> Self {
        let mut images: Vec<&Image> = images.iter().collect();
        images.sort_by(|a, b| a.id.cmp(&b.id));
        let by_id: BTreeMap<_, _> =
            images.iter().enumerate().map(|(index, image)| (image.id.as_str(), index)).collect();
        let parents: Vec<Option<usize>> = images
            .iter()
            .map(|image| by_id.get(image.parent.as_ref()?.as_str()).copied())
            .collect();
        let mut child_counts = vec![0; images.len()];
        for parent in parents.iter().flatten() {
            child_counts[*parent] += 1;
        }
        let layers = LayerTree::new(images.iter().map(|image| image.layers.as_slice()));
        let mut inventory = Self {
            images,
            by_id,
            by_tag: HashMap::new(),
            by_digest: HashMap::new(),
            by_repository: HashMap::new(),
            parents,
            child_counts,
            layers,
        };
        inventory.index_names();
        inventory
    }

    fn index_names(&mut self) {
        self.by_tag.reserve(self.images.iter().map(|image| image.tags.len()).sum());
        for (index, image) in self.images.iter().enumerate() {
            for tag in &image.tags {
                self.by_tag.entry(tag).or_default().push(index);
            }
            for digest in image.digests.iter().filter_map(Reference::digest) {
                self.by_digest.entry(digest).or_default().push(index);
            }
            let mut previous = None;
            for repository in image.names().map(Reference::repository) {
                // Most names of an image are of one repository.
                if previous.replace(repository) == Some(repository) {
                    continue;
                }
                let images = self.by_repository.entry(repository).or_default();
                if images.last() != Some(&index) {
                    images.push(index);
                }
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.images.len()
    }

    pub(crate) fn image(&self, index: usize) -> &'a Image {
        self.images[index]
    }

    /// The position of the image with this identifier.
    pub(crate) fn find(&self, id: &ImageId) -> Option<usize> {
        self.by_id.get(id.as_str()).copied()
    }

    /// The images whose identifier, with `sha256:`, has this prefix.
    pub(crate) fn with_id_prefix<'t>(
        &'t self,
        prefix: &'t str,
    ) -> impl Iterator<Item = usize> + 't {
        self.by_id
            .range(prefix..)
            .take_while(move |(id, _)| id.starts_with(prefix))
            .map(|(_, index)| *index)
    }

    /// The images that have this tag: one, unless it moved while they were listed.
    pub(crate) fn with_tag(&self, tag: &Reference) -> &[usize] {
        self.by_tag.get(tag).map_or(&[], Vec::as_slice)
    }

    /// The images with this digest in some repository, or as identifier.
    pub(crate) fn with_digest(&self, digest: &Digest) -> impl Iterator<Item = usize> {
        let by_name = self.by_digest.get(digest).map_or(&[][..], Vec::as_slice);
        by_name.iter().chain(self.by_id.get(digest.as_str())).copied()
    }

    /// The images with a tag or digest of this repository.
    pub(crate) fn in_repository(&self, repository: &Repository) -> &[usize] {
        self.by_repository.get(repository).map_or(&[], Vec::as_slice)
    }

    /// The image that this one was built from.
    pub(crate) fn parent(&self, index: usize) -> Option<usize> {
        self.parents[index]
    }

    /// How many images were built from this one.
    pub(crate) fn child_count(&self, index: usize) -> usize {
        self.child_counts[index]
    }

    /// Whether it has no tag but a child: a build step of another image.
    pub(crate) fn is_intermediate(&self, index: usize) -> bool {
        self.images[index].is_untagged() && self.child_counts[index] > 0
    }

    pub(crate) fn layers(&self) -> &LayerTree {
        &self.layers
    }
}
