use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Bound,
};

use image_ref::{Digest, ImageId, Reference};

use super::named_images::NamedImages;
use crate::{Decision, Image, Plan, Target};

/// The engine after a plan was carried out.
pub(super) struct EngineAfter<'a> {
    images: HashMap<&'a ImageId, &'a Image>,
    children: HashMap<&'a ImageId, Vec<&'a ImageId>>,
    tags: HashSet<(&'a ImageId, &'a Reference)>,
    removed_tags: HashSet<(&'a ImageId, &'a Reference)>,
    used: HashSet<&'a ImageId>,
    /// Images that lose all names.
    without_names: HashSet<&'a ImageId>,
    /// Tags that an image keeps.
    kept_tags: HashSet<&'a Reference>,
    /// Ancestors of kept images.
    ancestors: HashSet<&'a ImageId>,
    /// Layers of kept images.
    layer_stacks: BTreeSet<&'a [Digest]>,
}

impl<'a> EngineAfter<'a> {
    pub(super) fn new(images: &'a [Image], plan: &'a Plan, named: &NamedImages<'_>) -> Self {
        let mut after = Self {
            images: images.iter().map(|image| (&image.id, image)).collect(),
            children: children(images),
            tags: images
                .iter()
                .flat_map(|image| image.tags.iter().map(|tag| (&image.id, tag)))
                .collect(),
            removed_tags: plan
                .removals()
                .filter_map(|decision| Some((&decision.image, decision.reference()?)))
                .collect(),
            used: ids(images.iter().filter(|image| named.names_image(image))),
            without_names: HashSet::new(),
            kept_tags: HashSet::new(),
            ancestors: HashSet::new(),
            layer_stacks: BTreeSet::new(),
        };
        let removed_by_id = removed_by_id(plan);
        after.without_names =
            ids(images.iter().filter(|image| after.removes_all_names(image, &removed_by_id)));
        let mut is_removed = HashMap::new();
        for image in images {
            if !after.removes_image(&image.id, &mut is_removed) {
                after.add_kept_image(image);
            }
        }
        after
    }

    /// Digests are removed with the last tag of their repository.
    fn removes_all_names(&self, image: &Image, removed_by_id: &HashSet<&ImageId>) -> bool {
        if image.tags.is_empty() {
            return removed_by_id.contains(&image.id);
        }
        let repositories: HashSet<_> = image.tags.iter().map(Reference::repository).collect();
        image.tags.iter().all(|tag| !self.keeps_tag(image, tag))
            && image.digests.iter().all(|digest| repositories.contains(digest.repository()))
    }

    /// An image is removed when it lost its names, or is a build step that had none,
    /// and everything that was made from it is removed.
    fn removes_image(&self, id: &'a ImageId, cache: &mut HashMap<&'a ImageId, bool>) -> bool {
        if let Some(is_removed) = cache.get(id) {
            return *is_removed;
        }
        let Some(image) = self.images.get(id) else { return true };
        // An image that is reached again during the recursion is its own ancestor.
        cache.insert(id, false);
        let children = self.children.get(id).map_or(&[][..], Vec::as_slice);
        let has_no_names = image.tags.is_empty() && image.digests.is_empty();
        let is_unused_step = has_no_names && !children.is_empty() && !self.is_used(id);
        let is_removed = (self.loses_names(id) || is_unused_step)
            && children.iter().all(|child| self.removes_image(child, cache));
        cache.insert(id, is_removed);
        is_removed
    }

    fn add_kept_image(&mut self, image: &'a Image) {
        let removed_tags = &self.removed_tags;
        let kept_tags = image.tags.iter().filter(|tag| !removed_tags.contains(&(&image.id, *tag)));
        self.kept_tags.extend(kept_tags);
        self.layer_stacks.insert(&image.layers);
        let mut next = image.parent.as_ref();
        while let Some(id) = next.filter(|id| self.ancestors.insert(id)) {
            next = self.images.get(id).and_then(|image| image.parent.as_ref());
        }
    }

    /// The image, as it was before the plan.
    pub(super) fn image(&self, id: &ImageId) -> Option<&'a Image> {
        self.images.get(id).copied()
    }

    /// Whether the image is in use.
    pub(super) fn is_used(&self, id: &ImageId) -> bool {
        self.used.contains(id)
    }

    /// Whether the plan removes all names of the image.
    pub(super) fn loses_names(&self, id: &ImageId) -> bool {
        self.without_names.contains(id)
    }

    /// Whether the target existed before.
    pub(super) fn had_target(&self, image: &Image, target: &Target) -> bool {
        match target {
            Target::Reference(tag) => self.had_tag(image, tag),
            Target::ImageId(id) => *id == image.id && image.tags.is_empty(),
        }
    }

    /// Whether the image had this tag before.
    pub(super) fn had_tag(&self, image: &Image, tag: &Reference) -> bool {
        self.tags.contains(&(&image.id, tag))
    }

    /// Whether the image keeps this one of its tags.
    pub(super) fn keeps_tag(&self, image: &Image, tag: &Reference) -> bool {
        !self.removed_tags.contains(&(&image.id, tag))
    }

    /// Whether any image has this tag afterwards.
    pub(super) fn keeps_tag_on_any_image(&self, tag: &Reference) -> bool {
        self.kept_tags.contains(tag)
    }

    /// Whether images were made from this one.
    pub(super) fn had_children(&self, id: &ImageId) -> bool {
        self.children.contains_key(id)
    }

    /// Whether a kept image was made from this one, or has its layers and more.
    /// Sorted, a stack of layers is followed by those that begin with it.
    pub(super) fn is_base(&self, image: &Image) -> bool {
        let layers = image.layers.as_slice();
        let above = (Bound::Excluded(layers), Bound::Unbounded);
        let next = self.layer_stacks.range::<[Digest], _>(above).next();
        self.ancestors.contains(&image.id)
            || !layers.is_empty() && next.is_some_and(|stack| stack.starts_with(layers))
    }
}

fn ids<'a>(images: impl Iterator<Item = &'a Image>) -> HashSet<&'a ImageId> {
    images.map(|image| &image.id).collect()
}

fn children(images: &[Image]) -> HashMap<&ImageId, Vec<&ImageId>> {
    let mut children: HashMap<_, Vec<_>> = HashMap::new();
    for image in images {
        if let Some(parent) = &image.parent {
            children.entry(parent).or_default().push(&image.id);
        }
    }
    children
}

fn removed_by_id(plan: &Plan) -> HashSet<&ImageId> {
    let untagged = plan.removals().filter(|decision| decision.reference().is_none());
    untagged.map(|decision: &Decision| &decision.image).collect()
}
