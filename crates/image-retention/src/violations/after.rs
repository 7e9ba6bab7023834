use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Bound,
};

use image_ref::{Digest, ImageId, Reference};

use super::claims::Claims;
use crate::{Image, Plan, Target};

/// The engine after a plan was carried out.
pub(super) struct After<'a> {
    images: HashMap<&'a ImageId, &'a Image>,
    children: HashMap<&'a ImageId, Vec<&'a ImageId>>,
    tags: HashSet<(&'a ImageId, &'a Reference)>,
    removed_tags: HashSet<(&'a ImageId, &'a Reference)>,
    /// Images that somebody uses.
    used: HashSet<&'a ImageId>,
    /// Images whose names the plan takes away, all of them.
    stripped: HashSet<&'a ImageId>,
    /// Tags that some image keeps.
    kept_tags: HashSet<&'a Reference>,
    /// Ancestors of images that stay.
    ancestors: HashSet<&'a ImageId>,
    /// Layers of images that stay.
    stacks: BTreeSet<&'a [Digest]>,
}

impl<'a> After<'a> {
    pub(super) fn new(images: &'a [Image], plan: &'a Plan, claims: &Claims<'_>) -> Self {
        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        for image in images {
            children.entry(image.parent.as_ref()).or_default().push(&image.id);
        }
        let tags = images.iter().flat_map(|one| one.tags.iter().map(|tag| (&one.id, tag)));
        let removed_tags = plan.removals().filter_map(|one| Some((&one.image, one.reference()?)));
        let mut after = Self {
            images: images.iter().map(|image| (&image.id, image)).collect(),
            children: children.into_iter().filter_map(|(id, all)| Some((id?, all))).collect(),
            tags: tags.collect(),
            removed_tags: removed_tags.collect(),
            used: images.iter().filter(|one| claims.on(one)).map(|one| &one.id).collect(),
            stripped: HashSet::new(),
            kept_tags: HashSet::new(),
            ancestors: HashSet::new(),
            stacks: BTreeSet::new(),
        };
        let by_id = plan.removals().filter(|one| one.reference().is_none());
        let by_id: HashSet<&ImageId> = by_id.map(|one| &one.image).collect();
        let stripped = images.iter().filter(|image| after.loses_names(image, &by_id));
        after.stripped = stripped.map(|image| &image.id).collect();
        let mut fates = HashMap::new();
        for image in images {
            if !after.goes(&image.id, &mut fates) {
                after.note_staying(image);
            }
        }
        after
    }

    /// An image goes when it lost its names, or is a step that had none, and all
    /// that was made from it goes.
    fn goes(&self, id: &'a ImageId, fates: &mut HashMap<&'a ImageId, bool>) -> bool {
        if let Some(known) = fates.get(id) {
            return *known;
        }
        let Some(image) = self.images.get(id) else { return true };
        // Whoever is asked again on the way would be its own ancestor.
        fates.insert(id, false);
        let made = self.children.get(id).map_or(&[][..], Vec::as_slice);
        let nameless = image.tags.is_empty() && image.digests.is_empty();
        let step = nameless && !made.is_empty() && !self.is_used(id);
        let goes =
            (self.is_stripped(id) || step) && made.iter().all(|child| self.goes(child, fates));
        fates.insert(id, goes);
        goes
    }

    fn note_staying(&mut self, image: &'a Image) {
        let removed = |tag: &&Reference| self.removed_tags.contains(&(&image.id, *tag));
        self.kept_tags.extend(image.tags.iter().filter(|tag| !removed(tag)));
        self.stacks.insert(&image.layers);
        let mut next = image.parent.as_ref();
        while let Some(id) = next.filter(|id| self.ancestors.insert(id)) {
            next = self.images.get(id).and_then(|image| image.parent.as_ref());
        }
    }

    pub(super) fn image(&self, id: &ImageId) -> Option<&'a Image> {
        self.images.get(id).copied()
    }

    /// Digests go with the last tag of their repository.
    fn loses_names(&self, image: &Image, removed_by_id: &HashSet<&ImageId>) -> bool {
        if image.tags.is_empty() {
            return removed_by_id.contains(&image.id);
        }
        let repositories: HashSet<_> = image.tags.iter().map(Reference::repository).collect();
        image.tags.iter().all(|tag| !self.keeps(image, tag))
            && image.digests.iter().all(|digest| repositories.contains(digest.repository()))
    }

    /// Whether somebody uses the image.
    pub(super) fn is_used(&self, id: &ImageId) -> bool {
        self.used.contains(id)
    }

    /// Whether the plan takes all names of the image away.
    pub(super) fn is_stripped(&self, id: &ImageId) -> bool {
        self.stripped.contains(id)
    }

    /// Whether the target was there.
    pub(super) fn had(&self, image: &Image, target: &Target) -> bool {
        match target {
            Target::Reference(tag) => self.had_tag(image, tag),
            Target::ImageId(id) => *id == image.id && image.tags.is_empty(),
        }
    }

    /// Whether the image had this tag.
    pub(super) fn had_tag(&self, image: &Image, tag: &Reference) -> bool {
        self.tags.contains(&(&image.id, tag))
    }

    /// Whether the image keeps this tag of its.
    pub(super) fn keeps(&self, image: &Image, tag: &Reference) -> bool {
        !self.removed_tags.contains(&(&image.id, tag))
    }

    /// Whether some image has this tag afterwards.
    pub(super) fn keeps_somewhere(&self, tag: &Reference) -> bool {
        self.kept_tags.contains(tag)
    }

    pub(super) fn had_children(&self, id: &ImageId) -> bool {
        self.children.contains_key(id)
    }

    /// Whether an image that stays was made from this one, or has its layers and
    /// more. Sorted, a stack of layers is followed by those that begin with it.
    pub(super) fn is_base(&self, image: &Image) -> bool {
        let own = image.layers.as_slice();
        let above = (Bound::Excluded(own), Bound::Unbounded);
        let mut higher = self.stacks.range::<[Digest], _>(above);
        self.ancestors.contains(&image.id)
            || !own.is_empty() && higher.next().is_some_and(|stack| stack.starts_with(own))
    }
}
