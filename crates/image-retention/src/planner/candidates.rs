use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    hash::Hash,
};

use image_ref::{ImageTag, Reference, Repository};

use crate::{Family, Image, Policy, TagVersion, Target, VersionedTag, inventory::Inventory};

/// Repositories of images that are being built; those of `full-release`.
const BUILD_REPOSITORIES: &str = "tidegate-build/";

/// A reference or dangling image to decide about.
pub(super) struct Candidate<'a> {
    /// Position of the image in the inventory.
    pub(super) image: usize,
    /// The tag; `None` for a dangling image.
    pub(super) tag: Option<&'a Reference>,
    /// The version that the tag names.
    pub(super) version: Option<VersionedTag>,
    /// Number of its repository and family, in the order of the plan.
    pub(super) group: usize,
}

impl<'a> Candidate<'a> {
    pub(super) fn from_tag(image: usize, tag: &'a Reference) -> Self {
        let version = tag.tag().and_then(VersionedTag::from_tag);
        Self { image, tag: Some(tag), version, group: 0 }
    }

    fn dangling(image: usize) -> Self {
        Self { image, tag: None, version: None, group: 0 }
    }

    pub(super) fn version(&self) -> Option<&TagVersion> {
        self.version.as_ref().map(|tag| &tag.version)
    }

    pub(super) fn family(&self) -> Option<&Family> {
        self.version.as_ref().map(|tag| &tag.family)
    }

    pub(super) fn target(&self, image: &Image) -> Target {
        match self.tag {
            Some(tag) => Target::Reference(tag.clone()),
            None => Target::ImageId(image.id.clone()),
        }
    }

    pub(super) fn repository(&self) -> Option<&'a Repository> {
        self.tag.map(Reference::repository)
    }

    /// Text of the tag, empty for a dangling image.
    pub(super) fn tag_text(&self) -> &'a str {
        self.tag.and_then(Reference::tag).map_or("", |tag| tag.as_str())
    }

    pub(super) fn is_being_built(&self) -> bool {
        self.repository()
            .is_some_and(|repository| repository.path().starts_with(BUILD_REPOSITORIES))
    }

    pub(super) fn is_rollback_backup(&self) -> bool {
        self.tag.and_then(Reference::tag).is_some_and(ImageTag::is_rollback_backup)
    }

    /// The greater, the better the tag shows which version the image is.
    pub(super) fn specificity(&self) -> impl Ord + use<'a> {
        let precision = self.version.as_ref().map(VersionedTag::precision);
        let version = self.version.as_ref().map(|tag| tag.version.clone());
        let length = self.tag.map(|tag| tag.to_string().len());
        (precision, version, Reverse(length), Reverse(self.tag))
    }

    fn group_key(&self) -> impl Ord + Hash + use<'_, 'a> {
        let family = self.family();
        (self.tag.is_none(), self.repository(), family.is_none(), family)
    }

    fn sort_key(&self) -> impl Ord + use<'_, 'a> {
        (self.group, self.version().map(Reverse), self.tag, self.image)
    }
}

/// Everything in scope, in the order of the plan: by repository, family and version,
/// the newest first; dangling images last. Intermediate images are left out: the
/// engine removes them with the last image built from them.
pub(super) fn candidates_in_scope<'a>(
    inventory: &Inventory<'a>,
    policy: &Policy,
) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'a>> = (0..inventory.len())
        .flat_map(|image| candidates_of_image(inventory, image, policy))
        .collect();
    separate_plain_numbers(&mut candidates);
    let groups = group_numbers(&candidates);
    for (candidate, group) in candidates.iter_mut().zip(groups) {
        candidate.group = group;
    }
    candidates.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    candidates
}

fn candidates_of_image<'a>(
    inventory: &Inventory<'a>,
    index: usize,
    policy: &Policy,
) -> impl Iterator<Item = Candidate<'a>> {
    let image = inventory.image(index);
    let is_dangling = image.is_untagged()
        && inventory.child_count(index) == 0
        && policy.scope.has_dangling(image);
    image
        .tags
        .iter()
        .filter(|tag| policy.scope.has_repository(tag.repository()))
        .map(move |tag| Candidate::from_tag(index, tag))
        .chain(is_dangling.then(|| Candidate::dangling(index)))
}

/// Build numbers and dates are not newer than versions with a dot: a plain number
/// that is not a line of the versions beside it, `57` or `20260101` beside `1.4.0`,
/// belongs to a family of such numbers.
fn separate_plain_numbers(candidates: &mut [Candidate<'_>]) {
    for candidate in plain_numbers_beside_versions(candidates) {
        if let Some(version) = &mut candidates[candidate].version {
            version.family.set_plain_numbers();
        }
    }
}

fn plain_numbers_beside_versions(candidates: &[Candidate<'_>]) -> Vec<usize> {
    let mut lines: HashMap<_, HashSet<u64>> = HashMap::new();
    for candidate in candidates {
        let line = candidate.version.as_ref().and_then(VersionedTag::version_line);
        lines.entry((candidate.repository(), candidate.family())).or_default().extend(line);
    }
    (0..candidates.len())
        .filter(|index| {
            let candidate = &candidates[*index];
            let lines = &lines[&(candidate.repository(), candidate.family())];
            let number = candidate.version.as_ref().and_then(VersionedTag::plain_number);
            !lines.is_empty() && number.is_some_and(|number| !lines.contains(&number))
        })
        .collect()
}

/// Names are compared here, where there are few distinct ones, instead of during
/// sorting.
fn group_numbers(candidates: &[Candidate<'_>]) -> Vec<usize> {
    let mut first_seen = HashMap::new();
    let unordered: Vec<usize> = candidates
        .iter()
        .map(|candidate| {
            let next = first_seen.len();
            *first_seen.entry(candidate.group_key()).or_insert(next)
        })
        .collect();
    let mut groups: Vec<_> = first_seen.into_iter().collect();
    groups.sort();
    let mut numbers = vec![0; groups.len()];
    for (number, (_, seen)) in groups.into_iter().enumerate() {
        numbers[seen] = number;
    }
    unordered.into_iter().map(|seen| numbers[seen]).collect()
}
