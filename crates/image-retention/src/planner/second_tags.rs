use std::collections::HashMap;

use super::candidates::Candidate;
use crate::usage::Usage;

/// Which tags may go as second ones: their image keeps another tag in scope, the
/// one that somebody names, else the one that says the version most precisely.
pub(super) struct SecondTags(Vec<bool>);

impl SecondTags {
    /// For a policy that does not ask for them.
    pub(super) fn none(candidates: &[Candidate<'_>]) -> Self {
        Self(vec![false; candidates.len()])
    }

    pub(super) fn new(candidates: &[Candidate<'_>], usage: &Usage<'_>) -> Self {
        let mut by_image: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, one) in candidates.iter().enumerate() {
            // A backup says nothing about the image, and goes its own way.
            if one.tag.is_some() && !one.is_rollback_backup() && !one.is_being_built() {
                by_image.entry(one.image).or_default().push(index);
            }
        }
        let mut second = vec![false; candidates.len()];
        for (image, tags) in by_image {
            for tag in &tags {
                second[*tag] = true;
            }
            for tag in first_tags(candidates, usage, image, &tags) {
                second[tag] = false;
            }
        }
        Self(second)
    }

    pub(super) fn contains(&self, candidate: usize) -> bool {
        self.0[candidate]
    }
}

/// The tags that stay, at least one.
fn first_tags(
    candidates: &[Candidate<'_>],
    usage: &Usage<'_>,
    image: usize,
    tags: &[usize],
) -> Vec<usize> {
    let named = |tag: &usize| candidates[*tag].tag.is_some_and(|tag| usage.names(tag));
    let best = |among: &mut dyn Iterator<Item = usize>| {
        among.max_by_key(|tag| candidates[*tag].specificity())
    };
    let mut first: Vec<usize> = tags.iter().copied().filter(named).collect();
    for repository in usage.pinned(image) {
        let of_repository = |tag: &usize| candidates[*tag].repository() == Some(repository);
        if !first.iter().any(of_repository) {
            first.extend(best(&mut tags.iter().copied().filter(of_repository)));
        }
    }
    if first.is_empty() {
        first.extend(best(&mut tags.iter().copied()));
    }
    first
}
