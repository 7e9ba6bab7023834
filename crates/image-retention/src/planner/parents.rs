use std::collections::HashSet;

use super::World;
use crate::{KeepReason, Target, fate::Fate};

/// Gives whatever an image that stays is built on a reason to stay: by the
/// engine's record of parents, and by layers where that knows nothing.
///
/// Each image and each layer is looked at once.
pub(super) fn keep(world: &World<'_>, kept: &mut [Vec<KeepReason>]) {
    let fate = world.fate(kept);
    let mut search = Search::new(world, &fate, kept);
    search.run();
}

struct Search<'w, 'a, 'k> {
    world: &'w World<'a>,
    fate: &'w Fate,
    kept: &'k mut [Vec<KeepReason>],
    of_image: Vec<Vec<usize>>,
    /// Images whose topmost layer is this one and that go with all their names.
    going_at: Vec<Vec<usize>>,
    /// Layers with an image above them that stays.
    covered: Vec<bool>,
    stays: Vec<bool>,
    /// Images that stay and whose parents were not looked at yet; with each the
    /// image to name, since an intermediate one has no name.
    open: Vec<(usize, usize)>,
}

impl<'w, 'a, 'k> Search<'w, 'a, 'k> {
    fn new(world: &'w World<'a>, fate: &'w Fate, kept: &'k mut [Vec<KeepReason>]) -> Self {
        let inventory = &world.inventory;
        let mut of_image = vec![Vec::new(); inventory.len()];
        for (index, candidate) in world.candidates.iter().enumerate() {
            of_image[candidate.image].push(index);
        }
        let mut going_at = vec![Vec::new(); inventory.chains().len()];
        for image in (0..inventory.len()).filter(|image| fate.is_nameless(*image)) {
            going_at[inventory.chains().top(image)].push(image);
        }
        let stays: Vec<bool> = (0..inventory.len()).map(|image| !fate.may_go(image)).collect();
        let mut open: Vec<_> =
            (0..inventory.len()).filter(|i| stays[*i]).map(|image| (image, image)).collect();
        // Taken from the end: first those that people know by a tag.
        open.sort_by_key(|(image, _)| (!inventory.image(*image).is_untagged(), *image));
        let covered = vec![false; inventory.chains().len()];
        Self { world, fate, kept, of_image, going_at, covered, stays, open }
    }

    fn run(&mut self) {
        while let Some((image, name)) = self.open.pop() {
            let bases = self.bases(image);
            if bases.is_empty() {
                continue;
            }
            let target = self.name(name);
            for base in bases {
                self.keep(base, name, &target);
            }
        }
    }

    /// What the image is built on, as far as that was not found from another.
    fn bases(&mut self, image: usize) -> Vec<usize> {
        let inventory = &self.world.inventory;
        let parent = inventory.parent(image);
        let mut bases: Vec<usize> = parent.into_iter().collect();
        let chains = inventory.chains();
        let top = chains.top(image);
        for node in chains.down_from(top).skip(1) {
            if std::mem::replace(&mut self.covered[node], true) {
                break;
            }
            bases.append(&mut self.going_at[node]);
        }
        bases.retain(|base| !self.stays[*base]);
        bases
    }

    fn keep(&mut self, base: usize, name: usize, target: &Target) {
        self.stays[base] = true;
        for candidate in self.of_image[base].iter().filter(|_| self.fate.is_nameless(base)) {
            let kept = &mut self.kept[*candidate];
            if kept.is_empty() {
                kept.push(KeepReason::Parent { of: target.clone() });
            }
        }
        let untagged = self.world.inventory.image(base).is_untagged();
        self.open.push((base, if untagged { name } else { base }));
    }

    /// How the image is told to people: by a tag that stays, else by its ID.
    fn name(&self, image: usize) -> Target {
        let lost = self.of_image[image].iter().filter(|it| self.kept[**it].is_empty());
        let lost: HashSet<_> = lost.filter_map(|it| self.world.candidates[*it].tag).collect();
        let found = self.world.inventory.image(image);
        let tags = found.tags.iter().filter(|tag| !lost.contains(tag));
        match tags.min_by_key(|tag| (!self.world.usage.names(tag), *tag)) {
            Some(tag) => Target::Reference(tag.clone()),
            None => Target::ImageId(found.id.clone()),
        }
    }
}
