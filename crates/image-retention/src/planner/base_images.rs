use std::{cmp::Reverse, collections::HashSet};

use super::context::PlanContext;
use crate::{KeepReason, Target, removal_effect::RemovalEffect};

/// Gives everything that a kept image is built on a reason to be kept: by the
/// engine's record of parents, and by layers where there is no record.
///
/// Each image and each layer is visited once.
pub(super) fn keep_base_images(context: &PlanContext<'_>, kept: &mut [Vec<KeepReason>]) {
    let effect = context.removal_effect(kept);
    let mut search = BaseImageSearch::new(context, &effect, kept);
    while let Some(derived) = search.queue.pop() {
        search.keep_bases_of(derived);
    }
}

/// A kept image whose bases are still to be found.
struct DerivedImage {
    image: usize,
    /// The image to name in reasons, since an intermediate one has no name.
    named_as: usize,
}

struct BaseImageSearch<'c, 'a, 'k> {
    context: &'c PlanContext<'a>,
    effect: &'c RemovalEffect,
    kept: &'k mut [Vec<KeepReason>],
    candidates_of_image: Vec<Vec<usize>>,
    /// For each layer the images of which it is the topmost and that lose all names.
    removable_by_top: Vec<Vec<usize>>,
    /// Layers below a kept image.
    is_covered: Vec<bool>,
    is_kept: Vec<bool>,
    queue: Vec<DerivedImage>,
}

impl<'c, 'a, 'k> BaseImageSearch<'c, 'a, 'k> {
    fn new(
        context: &'c PlanContext<'a>,
        effect: &'c RemovalEffect,
        kept: &'k mut [Vec<KeepReason>],
    ) -> Self {
        let inventory = &context.inventory;
        let mut candidates_of_image = vec![Vec::new(); inventory.len()];
        for (index, candidate) in context.candidates.iter().enumerate() {
            candidates_of_image[candidate.image].push(index);
        }
        let mut removable_by_top = vec![Vec::new(); inventory.layers().len()];
        for image in (0..inventory.len()).filter(|image| effect.loses_names(*image)) {
            removable_by_top[inventory.layers().top(image)].push(image);
        }
        let is_kept: Vec<bool> =
            (0..inventory.len()).map(|image| !effect.is_removable(image)).collect();
        let is_covered = vec![false; inventory.layers().len()];
        let mut search = Self {
            context,
            effect,
            kept,
            candidates_of_image,
            removable_by_top,
            is_covered,
            is_kept,
            queue: Vec::new(),
        };
        search.queue = search.kept_images();
        search
    }

    /// The kept images, in the reverse of the order in which they are visited: a base is
    /// named after the nearest image that is built on it, which has the fewest layers, and
    /// among those after the first by name. Images without a tag come last.
    fn kept_images(&self) -> Vec<DerivedImage> {
        let inventory = &self.context.inventory;
        let kept = (0..inventory.len()).filter(|image| self.is_kept[*image]);
        let mut queue: Vec<DerivedImage> =
            kept.map(|image| DerivedImage { image, named_as: image }).collect();
        queue.sort_by_cached_key(|derived| {
            let image = inventory.image(derived.image);
            let name = self.kept_name(derived.image);
            Reverse((image.is_untagged(), image.layers.len(), name.to_string(), &image.id))
        });
        queue
    }

    fn keep_bases_of(&mut self, derived: DerivedImage) {
        let bases = self.removable_bases(derived.image);
        if bases.is_empty() {
            return;
        }
        let name = self.kept_name(derived.named_as);
        for base in bases {
            self.keep_base(base, derived.named_as, &name);
        }
    }

    /// The bases of the image that were not reached from another image.
    fn removable_bases(&mut self, image: usize) -> Vec<usize> {
        let inventory = &self.context.inventory;
        let mut bases: Vec<usize> = inventory.parent(image).into_iter().collect();
        let layers = inventory.layers();
        for node in layers.down_from(layers.top(image)).skip(1) {
            if std::mem::replace(&mut self.is_covered[node], true) {
                break;
            }
            bases.append(&mut self.removable_by_top[node]);
        }
        bases.retain(|base| !self.is_kept[*base]);
        bases
    }

    fn keep_base(&mut self, base: usize, named_as: usize, name: &Target) {
        self.is_kept[base] = true;
        if self.effect.loses_names(base) {
            for candidate in &self.candidates_of_image[base] {
                let reasons = &mut self.kept[*candidate];
                if reasons.is_empty() {
                    reasons.push(KeepReason::Parent { of: name.clone() });
                }
            }
        }
        let is_untagged = self.context.inventory.image(base).is_untagged();
        let named_as = if is_untagged { named_as } else { base };
        self.queue.push(DerivedImage { image: base, named_as });
    }

    /// The name of the image in reasons: a tag that is kept, else its ID.
    fn kept_name(&self, index: usize) -> Target {
        let removed_tags: HashSet<_> = self.candidates_of_image[index]
            .iter()
            .filter(|candidate| self.kept[**candidate].is_empty())
            .filter_map(|candidate| self.context.candidates[*candidate].tag)
            .collect();
        let image = self.context.inventory.image(index);
        let kept_tag = image
            .tags
            .iter()
            .filter(|tag| !removed_tags.contains(tag))
            .min_by_key(|tag| (!self.context.usage.names_tag(tag), *tag));
        match kept_tag {
            Some(tag) => Target::Reference(tag.clone()),
            None => Target::ImageId(image.id.clone()),
        }
    }
}
