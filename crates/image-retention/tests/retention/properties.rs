//! Rules that hold for every engine and every policy.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use image_ref::{Digest, ImageId, Reference, Repository};
use image_retention::{
    Decision, EngineState, Family, Image, Plan, Policy, Scope, TagVersion, Target, UsedImage,
    VersionedTag, plan, removed_images, violations,
};
use proptest::{collection::vec, prelude::*};

use crate::{generator::Generator, support::*};

/// Failures are not recorded: the same bytes make another state as soon as a state
/// gets one more part.
pub(crate) fn many_cases() -> ProptestConfig {
    ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() }
}

pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..120)
}

fn removed(plan: &Plan) -> BTreeSet<(ImageId, Target)> {
    plan.removals().map(|decision| (decision.image.clone(), decision.target.clone())).collect()
}

/// Whether a use certainly names the tag, determined without the planner's help.
fn is_named(state: &EngineState, tag: &Reference) -> bool {
    state.uses.iter().any(|image_use| match &image_use.used {
        UsedImage::Reference(named) => {
            let text = named.to_string();
            text == tag.to_string() || format!("{text}:latest") == tag.to_string()
        }
        UsedImage::Repository(repository) => repository == tag.repository(),
        UsedImage::Everything => true,
        UsedImage::Image(_) | UsedImage::Digest(_) => false,
    })
}

/// Whether the image has a user, determined without the planner's help.
fn is_used(state: &EngineState, image: &Image) -> bool {
    image.tags.iter().any(|tag| is_named(state, tag))
        || state.uses.iter().any(|image_use| match &image_use.used {
            UsedImage::Image(id) => *id == image.id,
            UsedImage::Digest(digest) => has_digest(image, digest),
            UsedImage::Reference(named) => {
                named.digest().is_some_and(|digest| has_digest(image, digest))
                    || named.to_string() == image.id.short()
            }
            UsedImage::Repository(repository) => {
                image.digests.iter().any(|name| name.repository() == repository)
            }
            UsedImage::Everything => true,
        })
}

fn has_digest(image: &Image, digest: &Digest) -> bool {
    image.id.as_str() == digest.as_str()
        || image.digests.iter().any(|name| name.digest() == Some(digest))
}

fn in_scope(policy: &Policy, decision: &Decision) -> bool {
    match (&policy.scope, decision.reference()) {
        (Scope::Repositories { repositories, .. }, Some(reference)) => {
            repositories.contains(reference.repository())
        }
        _ => true,
    }
}

proptest! {
    #![proptest_config(many_cases())]

    #[test]
    fn no_plan_removes_what_is_protected(bytes in bytes()) {
        let mut generator = Generator(&bytes);
        let (policy, state) = (generator.policy(), generator.engine_state());
        let plan = plan(&state, &policy, now());
        prop_assert_eq!(violations(&state, &plan), []);
        let gone = removed_images(&plan, &state);
        for decision in plan.removals() {
            prop_assert!(in_scope(&policy, decision), "{}", decision.target);
            if let Some(tag) = decision.reference() {
                prop_assert!(!is_named(&state, tag), "{} is named", tag);
                prop_assert!(!tag.to_string().contains("rollback-backup"));
                prop_assert!(!tag.to_string().starts_with("tidegate-build/"));
            }
        }
        for image in state.images.iter().filter(|image| is_used(&state, image)) {
            prop_assert!(!gone.contains(&image.id), "{:?} is in use", image.tags);
            let lost = plan.removals().filter(|decision| decision.image == image.id).count();
            prop_assert!(lost == 0 || lost < image.tags.len(), "{:?} loses all", image.tags);
            prop_assert!(lost == 0 || policy.duplicates, "{:?} loses some", image.tags);
        }
        for image in state.images.iter().filter(|image| !gone.contains(&image.id)) {
            prop_assert!(image.parent.as_ref().is_none_or(|parent| !gone.contains(parent)));
        }
    }

    #[test]
    fn everything_in_scope_is_decided_once_and_in_order(bytes in bytes()) {
        let mut generator = Generator(&bytes);
        let (policy, state) = (generator.policy(), generator.engine_state());
        let plan = plan(&state, &policy, now());
        let decided: BTreeSet<String> =
            plan.decisions.iter().map(|decision| decision.target.to_string()).collect();
        prop_assert_eq!(decided.len(), plan.decisions.len());
        for tag in state.images.iter().flat_map(|image| &image.tags) {
            prop_assert_eq!(decided.contains(&tag.to_string()), policy.scope.has_repository(tag.repository()));
        }
        let keys: Vec<_> = plan.decisions.iter().map(order_key).collect();
        let dangling = keys.iter().skip_while(|key| key.is_some());
        prop_assert!(dangling.clone().all(Option::is_none));
        prop_assert!(keys[..keys.len() - dangling.count()].is_sorted());
    }

    #[test]
    fn the_order_of_images_and_uses_does_not_matter(bytes in bytes(), turn in 0usize..8) {
        let mut generator = Generator(&bytes);
        let (policy, mut state) = (generator.policy(), generator.engine_state());
        let first = plan(&state, &policy, now());
        let turn = turn % state.images.len();
        state.images.rotate_left(turn);
        state.uses.reverse();
        for image in &mut state.images {
            image.tags.reverse();
            image.digests.reverse();
        }
        prop_assert_eq!(first, plan(&state, &policy, now()));
    }

    #[test]
    fn the_newest_versions_stay(bytes in bytes(), newest in 1usize..4) {
        let mut generator = Generator(&bytes);
        let policy = Policy { keep_newest: newest.try_into().ok(), select: vec![], duplicates: false, ..generator.policy() };
        let state = generator.engine_state();
        let plan = plan(&state, &policy, now());
        let mut families: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let tags = state.images.iter().flat_map(|image| &image.tags);
        for (family, version) in tags.filter_map(family_and_version) {
            families.entry(family).or_default().insert(version);
        }
        for tag in plan.removals().filter_map(Decision::reference) {
            let Some((family, version)) = family_and_version(tag) else {
                return Err(TestCaseError::fail(format!("{tag} names no version")));
            };
            let newer = families[&family].iter().filter(|other| **other > version).count();
            prop_assert!(newer >= newest, "{} has {} newer", tag, newer);
        }
    }

    /// Except that it makes a repository deployed, and that it may decide which of
    /// two tags is the second one.
    #[test]
    fn one_more_use_never_removes_more(bytes in bytes()) {
        let mut generator = Generator(&bytes);
        let policy = Policy { keep_deployed: false, ..generator.policy() };
        let mut state = generator.engine_state();
        let before = plan(&state, &policy, now());
        let images_before = removed_images(&before, &state);
        state.uses.push(generator.image_use(state.images.len()));
        let after = plan(&state, &policy, now());
        prop_assert!(removed_images(&after, &state).is_subset(&images_before));
        if !policy.duplicates {
            prop_assert!(removed(&after).is_subset(&removed(&before)));
        }
    }

    /// Digests are left out: one of a repository out of scope makes an image
    /// dangling that lost its tags, and a next plan may remove that.
    #[test]
    fn carrying_a_plan_out_leaves_nothing_to_do(bytes in bytes()) {
        let mut generator = Generator(&bytes);
        let (policy, mut state) = (generator.policy(), generator.engine_state());
        state.images.iter_mut().for_each(|image| image.digests.clear());
        let first = plan(&state, &policy, now());
        let again = plan(&carried_out(&state, &first), &policy, now());
        prop_assert_eq!(again.removals().count(), 0, "{:?}", plan_lines(&again));
    }
}

/// Plans are sorted by this; `None` for a dangling image.
type OrderKey = Option<(Repository, bool, Option<Family>, Option<Reverse<TagVersion>>)>;

fn order_key(decision: &Decision) -> OrderKey {
    let tag = decision.reference()?.tag().and_then(VersionedTag::from_tag);
    let version = tag.as_ref().map(|tag| Reverse(tag.version.clone()));
    let repository = decision.reference()?.repository().clone();
    Some((repository, tag.is_none(), tag.map(|tag| tag.family), version))
}

fn family_and_version(tag: &Reference) -> Option<((Repository, Family), TagVersion)> {
    let versioned = VersionedTag::from_tag(tag.tag()?)?;
    Some(((tag.repository().clone(), versioned.family), versioned.version))
}

/// The engine after the plan, as a real one would be.
fn carried_out(state: &EngineState, plan: &Plan) -> EngineState {
    let gone = removed_images(plan, state);
    let lost = removed(plan);
    let mut after = state.clone();
    after.images.retain(|image| !gone.contains(&image.id));
    for image in &mut after.images {
        let id = image.id.clone();
        image.tags.retain(|tag| !lost.contains(&(id.clone(), Target::Reference(tag.clone()))));
    }
    after
}
