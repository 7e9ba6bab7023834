use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    hash::Hash,
};

use image_ref::{Reference, Repository};

use crate::{Family, Image, Policy, TagVersion, Target, VersionedTag, inventory::Inventory, tag};

/// Repositories of images that are being built; those of `full-release`.
const BUILDS: &str = "tidegate-build/";

/// A reference or dangling image that is decided about.
pub(super) struct Candidate<'a> {
    /// Position of the image in the inventory.
    pub(super) image: usize,
    /// The tag; `None` for a dangling image.
    pub(super) tag: Option<&'a Reference>,
    /// The version that the tag names.
    pub(super) version: Option<VersionedTag>,
    /// Number of its repository and family, in the order in which they are told.
    pub(super) group: usize,
}

impl<'a> Candidate<'a> {
    pub(super) fn of_tag(image: usize, tag: &'a Reference) -> Self {
        Self { image, tag: Some(tag), version: tag.tag().and_then(VersionedTag::read), group: 0 }
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
        self.repository().is_some_and(|repository| repository.path().starts_with(BUILDS))
    }

    pub(super) fn is_rollback_backup(&self) -> bool {
        self.tag.and_then(Reference::tag).is_some_and(tag::is_rollback_backup)
    }

    /// The greater, the better the tag says which version the image is.
    pub(super) fn specificity(&self) -> impl Ord + use<'a> {
        let precision = self.version.as_ref().map(VersionedTag::precision);
        let version = self.version.as_ref().map(|tag| tag.version.clone());
        let length = self.tag.map(|tag| tag.to_string().len());
        (precision, version, Reverse(length), Reverse(self.tag))
    }
}

/// Everything in scope, in the order in which it is told: by repository, family,
/// version, the newest first; dangling images last. Intermediate images are not
/// decided about: the engine removes them with the last image built from them.
pub(super) fn in_scope<'a>(inventory: &Inventory<'a>, policy: &Policy) -> Vec<Candidate<'a>> {
    let of_image = |image| {
        let tags = tags_in_scope(inventory.image(image), policy);
        let tags = tags.map(move |tag| Candidate::of_tag(image, tag));
        let dangling = is_dangling_in_scope(inventory, image, policy);
        tags.chain(dangling.then_some(Candidate { image, tag: None, version: None, group: 0 }))
    };
    let mut found: Vec<Candidate<'a>> = (0..inventory.len()).flat_map(of_image).collect();
    part_counted(&mut found);
    let groups = group_numbers(&found);
    for (candidate, group) in found.iter_mut().zip(groups) {
        candidate.group = group;
    }
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    found
}

/// Build numbers and dates are newer than nothing that has a dot: a number alone
/// that is no line of the versions beside it, `57` or `20260101` beside `1.4.0`,
/// belongs to a family of such numbers.
fn part_counted(candidates: &mut [Candidate<'_>]) {
    for candidate in counted(candidates) {
        if let Some(version) = &mut candidates[candidate].version {
            version.family.counts();
        }
    }
}

fn counted(candidates: &[Candidate<'_>]) -> Vec<usize> {
    let mut lines: HashMap<_, HashSet<u64>> = HashMap::new();
    for one in candidates {
        let line = one.version.as_ref().and_then(VersionedTag::line);
        lines.entry((one.repository(), one.family())).or_default().extend(line);
    }
    let is_counted = |one: &Candidate<'_>| {
        let lines = &lines[&(one.repository(), one.family())];
        let number = one.version.as_ref().and_then(VersionedTag::bare_number);
        !lines.is_empty() && number.is_some_and(|number| !lines.contains(&number))
    };
    (0..candidates.len()).filter(|one| is_counted(&candidates[*one])).collect()
}

/// Names are compared here, where there are few distinct ones, and not while
/// everything is sorted.
fn group_numbers(candidates: &[Candidate<'_>]) -> Vec<usize> {
    let mut seen = HashMap::new();
    let group = |one| {
        let next = seen.len();
        *seen.entry(group(one)).or_insert(next)
    };
    let unordered: Vec<usize> = candidates.iter().map(group).collect();
    let mut groups: Vec<_> = seen.into_iter().collect();
    groups.sort();
    let mut numbers = vec![0; groups.len()];
    for (number, (_, seen)) in groups.into_iter().enumerate() {
        numbers[seen] = number;
    }
    unordered.into_iter().map(|seen| numbers[seen]).collect()
}

fn group<'c>(candidate: &'c Candidate<'_>) -> impl Ord + Hash + use<'c> {
    let family = candidate.family();
    (candidate.tag.is_none(), candidate.repository(), family.is_none(), family)
}

fn tags_in_scope<'a>(image: &'a Image, policy: &Policy) -> impl Iterator<Item = &'a Reference> {
    image.tags.iter().filter(|tag| policy.scope.has_repository(tag.repository()))
}

fn is_dangling_in_scope(inventory: &Inventory<'_>, image: usize, policy: &Policy) -> bool {
    let found = inventory.image(image);
    found.is_untagged() && inventory.children(image) == 0 && policy.scope.has_dangling(found)
}

fn order<'c>(candidate: &'c Candidate<'_>) -> impl Ord + use<'c> {
    let version = candidate.version().map(Reverse);
    (candidate.group, version, candidate.tag, candidate.image)
}
