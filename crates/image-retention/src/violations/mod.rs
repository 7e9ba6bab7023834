//! The rules of a good plan, checked without a look at how plans are made: none of
//! the planner's code is used here.

mod after;
mod claims;

use std::{collections::HashSet, fmt};

use image_ref::{Digest, ImageTag, Reference};
use serde::Serialize;

use crate::{Image, Observed, Plan, RemovalReason, Target, Verdict};
use after::After;
use claims::Claims;

/// A rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Violation {
    /// Where.
    pub target: Target,
    /// The rule.
    pub rule: Rule,
}

/// What every plan must keep to. Displays as what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// Decisions are about what is there.
    Exists,
    /// There is one decision for each.
    Once,
    /// Whatever stays has a reason.
    Reasoned,
    /// A reference that somebody names, or may name, stays.
    Named,
    /// An image in use keeps a name, and all of them unless second tags go.
    InUse,
    /// An image that is named by digest keeps a tag of that repository: the engine
    /// drops the digest with the last one.
    Pinned,
    /// Backups for rollbacks and images being built stay.
    Protected,
    /// What an image that stays is built on stays.
    Parent,
    /// Intermediate images are left to the engine.
    Intermediate,
    /// What a reason refers to stays, and is what the reason says.
    TrueReason,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "is not there",
            Self::Once => "is decided about twice",
            Self::Reasoned => "would stay without a reason",
            Self::Named => "would go although somebody names it",
            Self::InUse => "would go although its image is in use",
            Self::Pinned => "would go although its image is in use by a digest of that repository",
            Self::Protected => "would go although it is a backup or being built",
            Self::Parent => "would go although an image that stays is built on it",
            Self::Intermediate => "would go although other images are made from it",
            Self::TrueReason => "would go for a reason that is not true",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.target, self.rule)
    }
}

/// What is wrong with a plan; empty for every plan that [`plan`](crate::plan()) makes.
///
/// Meant as the last look before a plan is carried out.
#[must_use]
pub fn violations(observed: &Observed, plan: &Plan) -> Vec<Violation> {
    let claims = Claims::new(&observed.uses);
    let after = After::new(&observed.images, plan, &claims);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for decision in &plan.decisions {
        let target = &decision.target;
        let mut broken = Vec::new();
        let repeated = !seen.insert((target, &decision.image));
        broken.extend(repeated.then_some(Rule::Once));
        match (after.image(&decision.image), &decision.verdict) {
            (Some(image), _) if !after.had(image, target) => broken.push(Rule::Exists),
            (None, _) => broken.push(Rule::Exists),
            (Some(_), Verdict::Keep(reasons)) => {
                broken.extend(reasons.is_empty().then_some(Rule::Reasoned));
            }
            (Some(image), Verdict::Remove(reason)) => {
                broken.extend(broken_by(&claims, &after, image, target, reason));
            }
        }
        found.extend(broken.into_iter().map(|rule| Violation { target: target.clone(), rule }));
    }
    found
}

/// The rules that one removal breaks.
fn broken_by(
    claims: &Claims<'_>,
    after: &After<'_>,
    image: &Image,
    target: &Target,
    reason: &RemovalReason,
) -> Vec<Rule> {
    let in_use = after.is_used(&image.id);
    let second = matches!(reason, RemovalReason::Duplicate { .. });
    let stripped = after.is_stripped(&image.id);
    let checks = [
        (Rule::Named, target_reference(target).is_some_and(|tag| claims.name(tag))),
        (Rule::InUse, in_use && (!second || stripped)),
        (
            Rule::Pinned,
            target_reference(target).is_some_and(|tag| unpins(claims, after, image, tag)),
        ),
        (Rule::Protected, target_reference(target).is_some_and(is_protected)),
        (Rule::Parent, stripped && after.is_base(image)),
        (Rule::Intermediate, image.tags.is_empty() && after.had_children(&image.id)),
        (Rule::TrueReason, !is_true(after, image, target, reason)),
    ];
    checks.into_iter().filter(|(_, broken)| *broken).map(|(rule, _)| rule).collect()
}

fn target_reference(target: &Target) -> Option<&Reference> {
    match target {
        Target::Reference(reference) => Some(reference),
        Target::ImageId(_) => None,
    }
}

/// Whether the image loses its last tag of a repository in which it is named by
/// digest.
fn unpins(claims: &Claims<'_>, after: &After<'_>, image: &Image, tag: &Reference) -> bool {
    let repository = tag.repository();
    let of_repository = |digest: &&Reference| digest.repository() == repository;
    let digests = image.digests.iter().filter(of_repository).filter_map(Reference::digest);
    let named = |digest: &Digest| claims.pin(repository, digest);
    let keeps_tag = || {
        let mut left = image.tags.iter().filter(|other| after.keeps(image, other));
        left.any(|other| other.repository() == repository)
    };
    digests.into_iter().any(named) && !keeps_tag()
}

fn is_protected(tag: &Reference) -> bool {
    let text = tag.tag().map_or("", ImageTag::as_str);
    let digits = text.strip_prefix("rollback-backup-").and_then(|time| time.split_once('-'));
    let all = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let backup = digits.is_some_and(|(date, time)| all(date, 8) && all(time, 6));
    backup || tag.repository().path().split('/').next() == Some("tidegate-build")
}

fn is_true(after: &After<'_>, image: &Image, target: &Target, reason: &RemovalReason) -> bool {
    match reason {
        RemovalReason::Duplicate { of } => after.had_tag(image, of) && after.keeps(image, of),
        RemovalReason::Replaced { by } => {
            let own = target_reference(target).map(Reference::repository);
            Some(by.repository()) == own && after.keeps_somewhere(by)
        }
        RemovalReason::Dangling => image.tags.is_empty(),
        RemovalReason::OldVersion { newer } => *newer > 0,
        RemovalReason::Unused | RemovalReason::Unversioned => !image.tags.is_empty(),
    }
}
