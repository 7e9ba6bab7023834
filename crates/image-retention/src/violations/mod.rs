//! The rules of a correct plan. They are checked without the planner's code.

mod engine_after;
mod named_images;

use std::{collections::HashSet, fmt};

use image_ref::{ImageTag, Reference};
use serde::Serialize;

use self::{engine_after::EngineAfter, named_images::NamedImages};
use crate::{EngineState, Image, Plan, RemovalReason, RetentionVerdict, Target};

/// A rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Violation {
    /// The target of the decision that breaks it.
    pub target: Target,
    /// The rule.
    pub rule: Rule,
}

/// A rule for every plan. Displays as the way in which it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// Decisions have existing targets.
    Exists,
    /// Each target has one decision.
    Once,
    /// Everything that is kept has a reason.
    Reasoned,
    /// A reference that a use names, or may name, is kept.
    Named,
    /// An image in use keeps a name, and all of them unless duplicates are removed.
    InUse,
    /// An image that is used by digest keeps a tag of that repository: the engine
    /// drops the digest with the last one.
    Pinned,
    /// Rollback backups and images being built are kept.
    Protected,
    /// What a kept image is built on is kept.
    Parent,
    /// Intermediate images are left to the engine.
    Intermediate,
    /// The image that a reason refers to is kept, and the reason is true of it.
    TrueReason,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "does not exist",
            Self::Once => "has two decisions",
            Self::Reasoned => "would be kept without a reason",
            Self::Named => "would be removed although it is in use by name",
            Self::InUse => "would be removed although its image is in use",
            Self::Pinned => {
                "would be removed although its image is in use by a digest of that repository"
            }
            Self::Protected => "would be removed although it is a backup or being built",
            Self::Parent => "would be removed although an image that is kept is built on it",
            Self::Intermediate => "would be removed although other images are built on it",
            Self::TrueReason => "would be removed for a reason that is not true",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.target, self.rule)
    }
}

/// The rules that a plan breaks; empty for every plan that
/// [`plan`](crate::plan()) makes.
///
/// This is the final check before a plan is carried out.
#[must_use]
pub fn violations(state: &EngineState, plan: &Plan) -> Vec<Violation> {
    let named = NamedImages::new(&state.uses);
    let after = EngineAfter::new(&state.images, plan, &named);
    let mut seen = HashSet::new();
    let mut violations = Vec::new();
    for decision in &plan.decisions {
        let target = &decision.target;
        let mut broken = Vec::new();
        if !seen.insert((target, &decision.image)) {
            broken.push(Rule::Once);
        }
        let image = after.image(&decision.image).filter(|image| after.had_target(image, target));
        match (image, &decision.verdict) {
            (None, _) => broken.push(Rule::Exists),
            (Some(_), RetentionVerdict::Keep(reasons)) if reasons.is_empty() => {
                broken.push(Rule::Reasoned);
            }
            (Some(_), RetentionVerdict::Keep(_)) => {}
            (Some(image), RetentionVerdict::Remove(reason)) => {
                broken.extend(rules_broken_by_removal(&named, &after, image, target, reason));
            }
        }
        let of_target = broken.into_iter().map(|rule| Violation { target: target.clone(), rule });
        violations.extend(of_target);
    }
    violations
}

fn rules_broken_by_removal(
    named: &NamedImages<'_>,
    after: &EngineAfter<'_>,
    image: &Image,
    target: &Target,
    reason: &RemovalReason,
) -> Vec<Rule> {
    let is_duplicate = matches!(reason, RemovalReason::Duplicate { .. });
    let loses_names = after.loses_names(&image.id);
    let tag = target.reference();
    let checks = [
        (Rule::Named, tag.is_some_and(|tag| named.names_tag(tag))),
        (Rule::InUse, after.is_used(&image.id) && (!is_duplicate || loses_names)),
        (Rule::Pinned, tag.is_some_and(|tag| loses_pinned_repository(named, after, image, tag))),
        (Rule::Protected, tag.is_some_and(is_protected)),
        (Rule::Parent, loses_names && after.is_base(image)),
        (Rule::Intermediate, image.tags.is_empty() && after.had_children(&image.id)),
        (Rule::TrueReason, !is_true(after, image, target, reason)),
    ];
    checks.into_iter().filter(|(_, is_broken)| *is_broken).map(|(rule, _)| rule).collect()
}

/// Whether the image loses its last tag of a repository in which it is used by
/// digest.
fn loses_pinned_repository(
    named: &NamedImages<'_>,
    after: &EngineAfter<'_>,
    image: &Image,
    tag: &Reference,
) -> bool {
    let repository = tag.repository();
    let is_pinned = image
        .digests
        .iter()
        .filter(|name| name.repository() == repository)
        .filter_map(Reference::digest)
        .any(|digest| named.pins(repository, digest));
    let keeps_a_tag = image
        .tags
        .iter()
        .any(|other| other.repository() == repository && after.keeps_tag(image, other));
    is_pinned && !keeps_a_tag
}

fn is_protected(tag: &Reference) -> bool {
    let text = tag.tag().map_or("", ImageTag::as_str);
    let time = text.strip_prefix("rollback-backup-").and_then(|time| time.split_once('-'));
    let has_time = |time: &str| {
        let time = time.split_once('-').map_or(time, |(time, _)| time);
        has_digits(time, 6)
    };
    time.is_some_and(|(date, time)| has_digits(date, 8) && has_time(time))
        || tag.repository().path().split('/').next() == Some("tidegate-build")
}

fn has_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_true(
    after: &EngineAfter<'_>,
    image: &Image,
    target: &Target,
    reason: &RemovalReason,
) -> bool {
    match reason {
        RemovalReason::Duplicate { of } => after.had_tag(image, of) && after.keeps_tag(image, of),
        RemovalReason::Replaced { by } => {
            let repository = target.reference().map(Reference::repository);
            Some(by.repository()) == repository && after.keeps_tag_on_any_image(by)
        }
        RemovalReason::Dangling => image.tags.is_empty(),
        RemovalReason::OldVersion { newer } => *newer > 0,
        RemovalReason::Unused | RemovalReason::Unversioned => !image.tags.is_empty(),
    }
}
