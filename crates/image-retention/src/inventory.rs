use std::collections::{BTreeMap, HashMap};

use image_ref::{Digest, ImageId, Reference, Repository};

use crate::{Image, chains::Chains};

/// The images of an engine in a fixed order, and the ways to find one.
pub(crate) struct Inventory<'a> {
    images: Vec<&'a Image>,
    by_id: BTreeMap<&'a str, usize>,
    by_tag: HashMap<&'a Reference, Vec<usize>>,
    by_digest: HashMap<&'a Digest, Vec<usize>>,
    by_repository: HashMap<&'a Repository, Vec<usize>>,
    parents: Vec<Option<usize>>,
    children: Vec<usize>,
    chains: Chains,
}

impl<'a> Inventory<'a> {
    /// Indexes the images; the order in which they are given does not matter.
    pub(crate) fn new(images: &'a [Image]) -> Self {
        let mut images: Vec<&Image> = images.iter().collect();
        images.sort_by(|a, b| a.id.cmp(&b.id));
        let by_id: BTreeMap<_, _> =
            images.iter().enumerate().map(|(index, image)| (image.id.as_str(), index)).collect();
        let parent = |image: &&Image| by_id.get(image.parent.as_ref()?.as_str()).copied();
        let parents: Vec<Option<usize>> = images.iter().map(parent).collect();
        let mut children = vec![0; images.len()];
        for parent in parents.iter().flatten() {
            children[*parent] += 1;
        }
        let chains = Chains::new(images.iter().map(|image| image.layers.as_slice()));
        let mut inventory = Self {
            images,
            by_id,
            by_tag: HashMap::new(),
            by_digest: HashMap::new(),
            by_repository: HashMap::new(),
            parents,
            children,
            chains,
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
            let mut last = None;
            for repository in image.tags.iter().chain(&image.digests).map(Reference::repository) {
                // Most names of an image are of one repository.
                if last.replace(repository) == Some(repository) {
                    continue;
                }
                let of_repository = self.by_repository.entry(repository).or_default();
                if of_repository.last() != Some(&index) {
                    of_repository.push(index);
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

    /// The images whose identifier begins so, with `sha256:`.
    pub(crate) fn beginning_with<'t>(&'t self, text: &'t str) -> impl Iterator<Item = usize> + 't {
        let from = self.by_id.range(text..);
        from.take_while(move |(id, _)| id.starts_with(text)).map(|(_, index)| *index)
    }

    /// The images that have this tag: one, unless it moved while they were listed.
    pub(crate) fn tagged(&self, tag: &Reference) -> &[usize] {
        self.by_tag.get(tag).map_or(&[], Vec::as_slice)
    }

    /// The images with this digest in some repository, or as identifier.
    pub(crate) fn with_digest(&self, digest: &Digest) -> impl Iterator<Item = usize> {
        let by_name = self.by_digest.get(digest).map_or(&[][..], Vec::as_slice);
        by_name.iter().chain(self.by_id.get(digest.as_str())).copied()
    }

    /// The images with a tag or digest of this repository.
    pub(crate) fn of_repository(&self, repository: &Repository) -> &[usize] {
        self.by_repository.get(repository).map_or(&[], Vec::as_slice)
    }

    /// The image that this one was built from.
    pub(crate) fn parent(&self, index: usize) -> Option<usize> {
        self.parents[index]
    }

    /// How many images were built from this one.
    pub(crate) fn children(&self, index: usize) -> usize {
        self.children[index]
    }

    /// Whether it has no tag but a child: a step on the way to another image.
    pub(crate) fn is_intermediate(&self, index: usize) -> bool {
        self.images[index].is_untagged() && self.children[index] > 0
    }

    pub(crate) fn chains(&self) -> &Chains {
        &self.chains
    }
}
