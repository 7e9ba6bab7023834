use std::collections::{HashMap, HashSet};

use image_ref::{Reference, Repository};

use super::{candidates::Candidate, context::PlanContext, ranking::VersionRank};
use crate::{Family, KeepReason, RemovalReason, tag};

/// What the reasons for removals refer to: what is kept.
pub(super) struct RemovalReasons<'c, 'a> {
    context: &'c PlanContext<'a>,
    /// The tag that an image keeps when it loses others.
    kept_tags: HashMap<usize, &'a Reference>,
    /// The newest version in use of each group.
    newest_used: HashMap<usize, usize>,
    /// The newest version that is kept of each group.
    newest_kept: HashMap<usize, usize>,
    /// Tags in use that name no version.
    used_unversioned: HashMap<(&'c Repository, &'c str), usize>,
    /// Repositories of which a version is kept.
    versioned_repositories: HashSet<&'c Repository>,
}

impl<'c, 'a> RemovalReasons<'c, 'a> {
    pub(super) fn new(context: &'c PlanContext<'a>, kept: &[Vec<KeepReason>]) -> Self {
        let mut reasons = Self {
            context,
            kept_tags: kept_tags(context, kept),
            newest_used: HashMap::new(),
            newest_kept: HashMap::new(),
            used_unversioned: HashMap::new(),
            versioned_repositories: HashSet::new(),
        };
        for (index, keep) in kept.iter().enumerate().filter(|(_, keep)| !keep.is_empty()) {
            reasons.add_kept(index, keep);
        }
        reasons
    }

    /// Candidates come with the newest first, so the first of a family counts.
    fn add_kept(&mut self, index: usize, keep: &[KeepReason]) {
        let candidate = &self.context.candidates[index];
        let Some(repository) = candidate.repository() else { return };
        let is_used = keep.iter().any(|reason| matches!(reason, KeepReason::InUse(_)));
        match self.context.ranking.rank(index) {
            Some(rank) if rank.is_exact => {
                self.versioned_repositories.insert(repository);
                self.newest_kept.entry(candidate.group).or_insert(index);
                if is_used {
                    self.newest_used.entry(candidate.group).or_insert(index);
                }
            }
            _ if is_used => {
                self.used_unversioned.insert((repository, candidate.tag_text()), index);
            }
            _ => {}
        }
    }

    /// Why a candidate that is not kept is removed.
    pub(super) fn removal_reason(&self, index: usize) -> RemovalReason {
        let candidate = &self.context.candidates[index];
        let Some(repository) = candidate.repository() else { return RemovalReason::Dangling };
        if let Some(of) = self.kept_tags.get(&candidate.image) {
            return RemovalReason::Duplicate { of: (*of).clone() };
        }
        if let (Some(family), Some(rank)) = (candidate.family(), self.context.ranking.rank(index)) {
            return self.reason_of_version(candidate.group, repository, family, rank);
        }
        let is_development = tag::is_development_tag(candidate.tag_text());
        if is_development && self.versioned_repositories.contains(repository) {
            return RemovalReason::Unversioned;
        }
        RemovalReason::Unused
    }

    fn reason_of_version(
        &self,
        group: usize,
        repository: &'c Repository,
        family: &'c Family,
        rank: &VersionRank,
    ) -> RemovalReason {
        let newer_used = self.newer_than(rank, self.newest_used.get(&group));
        let limit = self.context.policy.keep_newest;
        if newer_used.is_none() && limit.is_some_and(|limit| rank.newer >= limit.get()) {
            return RemovalReason::OldVersion { newer: rank.newer };
        }
        let replacement = newer_used
            .or_else(|| self.newer_than(rank, self.newest_kept.get(&group)))
            .or_else(|| self.used_unversioned_tag(repository, family))
            .and_then(|index| self.context.candidates[index].tag);
        match replacement {
            Some(by) => RemovalReason::Replaced { by: by.clone() },
            None => RemovalReason::Unused,
        }
    }

    fn newer_than(&self, rank: &VersionRank, candidate: Option<&usize>) -> Option<usize> {
        let candidate = *candidate?;
        let other = self.context.ranking.rank(candidate)?;
        rank.is_older_than(other).then_some(candidate)
    }

    fn used_unversioned_tag(
        &self,
        repository: &'c Repository,
        family: &'c Family,
    ) -> Option<usize> {
        [family.floating_tag(), "latest"]
            .iter()
            .find_map(|name| self.used_unversioned.get(&(repository, name)))
            .copied()
    }
}

/// For each image that loses tags and keeps others the one to name: one that a use
/// names, else the one that shows the version most precisely.
fn kept_tags<'a>(
    context: &PlanContext<'a>,
    kept: &[Vec<KeepReason>],
) -> HashMap<usize, &'a Reference> {
    let removed = context.candidates.iter().zip(kept).filter(|(_, keep)| keep.is_empty());
    let mut removed_tags: HashMap<usize, HashSet<&Reference>> = HashMap::new();
    for (candidate, _) in removed {
        removed_tags.entry(candidate.image).or_default().extend(candidate.tag);
    }
    removed_tags
        .into_iter()
        .filter_map(|(image, removed)| Some((image, best_kept_tag(context, image, &removed)?)))
        .collect()
}

fn best_kept_tag<'a>(
    context: &PlanContext<'a>,
    image: usize,
    removed: &HashSet<&Reference>,
) -> Option<&'a Reference> {
    let tags = context.inventory.image(image).tags.iter().filter(|tag| !removed.contains(tag));
    tags.map(|tag| Candidate::from_tag(image, tag))
        .max_by_key(|candidate| {
            let is_named = candidate.tag.is_some_and(|tag| context.usage.names_tag(tag));
            (is_named, candidate.specificity())
        })?
        .tag
}
