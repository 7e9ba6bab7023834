use std::collections::HashMap;

use image_ref::Repository;

use super::candidates::Candidate;
use crate::usage::Usage;

/// The tags that may be removed as duplicates: their image keeps another tag in
/// scope, the one that a use names, else the one that shows the version most
/// precisely.
pub(super) struct DuplicateTags(Vec<bool>);

impl DuplicateTags {
    /// For a policy that does not select them.
    pub(super) fn none(candidates: &[Candidate<'_>]) -> Self {
        Self(vec![false; candidates.len()])
    }

    pub(super) fn find(candidates: &[Candidate<'_>], usage: &Usage<'_>) -> Self {
        let mut by_image: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, candidate) in candidates.iter().enumerate() {
            // Backups and builds do not name a version of the image.
            if candidate.tag.is_some()
                && !candidate.is_rollback_backup()
                && !candidate.is_being_built()
            {
                by_image.entry(candidate.image).or_default().push(index);
            }
        }
        let mut is_duplicate = vec![false; candidates.len()];
        for (image, tags) in by_image {
            for tag in &tags {
                is_duplicate[*tag] = true;
            }
            for tag in primary_tags(candidates, usage, image, &tags) {
                is_duplicate[tag] = false;
            }
        }
        Self(is_duplicate)
    }

    pub(super) fn contains(&self, candidate: usize) -> bool {
        self.0[candidate]
    }
}

/// The tags to keep, at least one.
fn primary_tags(
    candidates: &[Candidate<'_>],
    usage: &Usage<'_>,
    image: usize,
    tags: &[usize],
) -> Vec<usize> {
    let mut primary: Vec<usize> = tags
        .iter()
        .copied()
        .filter(|tag| candidates[*tag].tag.is_some_and(|tag| usage.names_tag(tag)))
        .collect();
    for repository in usage.pinned_repositories(image) {
        if !primary.iter().any(|tag| candidates[*tag].repository() == Some(repository)) {
            primary.extend(most_specific(candidates, tags, Some(repository)));
        }
    }
    if primary.is_empty() {
        primary.extend(most_specific(candidates, tags, None));
    }
    primary
}

/// `repository`: only tags of this one.
fn most_specific(
    candidates: &[Candidate<'_>],
    tags: &[usize],
    repository: Option<&Repository>,
) -> Option<usize> {
    tags.iter()
        .copied()
        .filter(|tag| repository.is_none() || candidates[*tag].repository() == repository)
        .max_by_key(|tag| candidates[*tag].specificity())
}
