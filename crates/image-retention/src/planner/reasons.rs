use std::collections::{HashMap, HashSet};

use image_ref::{Reference, Repository};

use super::{World, candidates::Candidate, ranking::Standing};
use crate::{Family, KeepReason, RemovalReason, tag};

/// What the reasons for removals refer to: what stays.
pub(super) struct Reasons<'w, 'a> {
    world: &'w World<'a>,
    /// The tag by which an image stays, when it loses others.
    staying: HashMap<usize, &'a Reference>,
    /// The newest version in use, and the newest that stays, of each group.
    used: HashMap<usize, usize>,
    stays: HashMap<usize, usize>,
    /// Tags in use that name no version.
    floating: HashMap<(&'w Repository, &'w str), usize>,
    versioned: HashSet<&'w Repository>,
}

impl<'w, 'a> Reasons<'w, 'a> {
    pub(super) fn new(world: &'w World<'a>, kept: &[Vec<KeepReason>]) -> Self {
        let mut reasons = Self {
            world,
            staying: staying(world, kept),
            used: HashMap::new(),
            stays: HashMap::new(),
            floating: HashMap::new(),
            versioned: HashSet::new(),
        };
        for (index, keep) in kept.iter().enumerate().filter(|(_, keep)| !keep.is_empty()) {
            reasons.note(index, keep);
        }
        reasons
    }

    /// Candidates come with the newest first, so the first of a family counts.
    fn note(&mut self, index: usize, keep: &[KeepReason]) {
        let one = &self.world.candidates[index];
        let Some(repository) = one.repository() else { return };
        let used = keep.iter().any(|reason| matches!(reason, KeepReason::InUse(_)));
        match self.world.ranking.of(index) {
            Some(standing) if standing.is_exact => {
                self.versioned.insert(repository);
                self.stays.entry(one.group).or_insert(index);
                if used {
                    self.used.entry(one.group).or_insert(index);
                }
            }
            _ if used => {
                self.floating.insert((repository, one.tag_text()), index);
            }
            _ => {}
        }
    }

    /// Why a candidate that goes does so.
    pub(super) fn of(&self, candidate: usize) -> RemovalReason {
        let one = &self.world.candidates[candidate];
        let Some(repository) = one.repository() else { return RemovalReason::Dangling };
        if let Some(of) = self.staying.get(&one.image) {
            return RemovalReason::Duplicate { of: (*of).clone() };
        }
        if let (Some(family), Some(standing)) = (one.family(), self.world.ranking.of(candidate)) {
            return self.of_version(one.group, repository, family, standing);
        }
        if tag::is_development(one.tag_text()) && self.versioned.contains(repository) {
            return RemovalReason::Unversioned;
        }
        RemovalReason::Unused
    }

    fn of_version(
        &self,
        group: usize,
        repository: &'w Repository,
        family: &'w Family,
        standing: &Standing,
    ) -> RemovalReason {
        let newer = |index: &&usize| {
            self.world.ranking.of(**index).is_some_and(|other| standing.is_older_than(other))
        };
        let used = self.used.get(&group).filter(newer);
        let stays = self.stays.get(&group).filter(newer);
        let floating = || {
            let names = [family.name(), "latest"];
            names.iter().find_map(|name| self.floating.get(&(repository, name)))
        };
        let limit = self.world.policy.keep_newest;
        if used.is_none() && limit.is_some_and(|limit| standing.newer >= limit.get()) {
            return RemovalReason::OldVersion { newer: standing.newer };
        }
        let by = used.or(stays).or_else(floating);
        match by.and_then(|index| self.world.candidates[*index].tag) {
            Some(by) => RemovalReason::Replaced { by: by.clone() },
            None => RemovalReason::Unused,
        }
    }
}

/// For each image that loses tags and keeps others the one to tell: one that
/// somebody names, else the one that says the version most precisely.
fn staying<'a>(world: &World<'a>, kept: &[Vec<KeepReason>]) -> HashMap<usize, &'a Reference> {
    let removed = world.candidates.iter().zip(kept).filter(|(_, keep)| keep.is_empty());
    let mut lost: HashMap<usize, HashSet<&Reference>> = HashMap::new();
    for (candidate, _) in removed {
        lost.entry(candidate.image).or_default().extend(candidate.tag);
    }
    let best = |(image, lost): (usize, HashSet<&Reference>)| {
        let tags = world.inventory.image(image).tags.iter().filter(|tag| !lost.contains(tag));
        let candidates = tags.map(|tag| Candidate::of_tag(image, tag));
        let named = |tag: &Reference| world.usage.names(tag);
        let best = candidates.max_by_key(|one| (one.tag.is_some_and(named), one.specificity()));
        Some((image, best?.tag?))
    };
    lost.into_iter().filter_map(best).collect()
}
