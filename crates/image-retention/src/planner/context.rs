use std::collections::{HashMap, HashSet};

use image_ref::{Reference, Repository};
use jiff::Timestamp;

use super::{
    candidates::{self, Candidate},
    duplicate_tags::DuplicateTags,
    ranking::Ranking,
};
use crate::{
    EngineState, KeepReason, Policy, inventory::Inventory, removal_effect::RemovalEffect,
    usage::Usage,
};

/// Everything that decisions are made from.
pub(super) struct PlanContext<'a> {
    pub(super) inventory: Inventory<'a>,
    pub(super) usage: Usage<'a>,
    pub(super) candidates: Vec<Candidate<'a>>,
    pub(super) ranking: Ranking,
    pub(super) duplicate_tags: DuplicateTags,
    /// Repositories with an image in use.
    pub(super) deployed_repositories: HashSet<&'a Repository>,
    /// For each image and repository a tag that names no version: the first one that
    /// the policy does not select by name.
    pub(super) unversioned_tags: HashMap<(usize, &'a Repository), &'a Reference>,
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
}

impl<'a> PlanContext<'a> {
    pub(super) fn new(state: &'a EngineState, policy: &'a Policy, now: Timestamp) -> Self {
        let inventory = Inventory::new(&state.images);
        let usage = Usage::new(&inventory, &state.uses);
        let candidates = candidates::candidates_in_scope(&inventory, policy);
        let duplicate_tags = if policy.duplicates {
            DuplicateTags::find(&candidates, &usage)
        } else {
            DuplicateTags::none(&candidates)
        };
        Self {
            ranking: Ranking::new(&candidates),
            duplicate_tags,
            deployed_repositories: deployed_repositories(&inventory, &usage),
            unversioned_tags: unversioned_tags(&candidates, policy),
            inventory,
            usage,
            candidates,
            policy,
            now,
        }
    }

    /// What happens to the images when everything without a reason to keep is removed.
    pub(super) fn removal_effect(&self, kept: &[Vec<KeepReason>]) -> RemovalEffect {
        let mut remaining_names: Vec<usize> = (0..self.inventory.len())
            .map(|image| self.inventory.image(image).tags.len().max(1))
            .collect();
        for (candidate, _) in self.candidates.iter().zip(kept).filter(|(_, keep)| keep.is_empty()) {
            remaining_names[candidate.image] -= 1;
        }
        RemovalEffect::new(&self.inventory, &self.usage, |image| remaining_names[image] == 0)
    }
}

fn deployed_repositories<'a>(
    inventory: &Inventory<'a>,
    usage: &Usage<'_>,
) -> HashSet<&'a Repository> {
    (0..inventory.len())
        .filter(|image| usage.is_used(*image))
        .flat_map(|image| inventory.image(image).names())
        .map(Reference::repository)
        .collect()
}

fn unversioned_tags<'a>(
    candidates: &[Candidate<'a>],
    policy: &Policy,
) -> HashMap<(usize, &'a Repository), &'a Reference> {
    let mut tags = HashMap::new();
    for candidate in candidates.iter().filter(|candidate| candidate.version.is_none()) {
        let Some(tag) = candidate.tag else { continue };
        if !policy.select.iter().any(|pattern| pattern.selects_tag(tag)) {
            tags.entry((candidate.image, tag.repository())).or_insert(tag);
        }
    }
    tags
}
