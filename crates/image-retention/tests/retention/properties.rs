//! Rules that hold for whatever an engine may hold and whatever is asked for.

use std::collections::{BTreeMap, BTreeSet};

use image_ref::{ImageId, Reference};
use image_retention::{
    Decision, Observed, Plan, Policy, Scope, Target, Used, VersionedTag, plan, violations,
};
use proptest::{collection::vec, prelude::*};

use crate::{dice::Dice, world::*};

/// Failures are not remembered: the same bytes are another world as soon as a
/// world gets one more part.
pub(crate) fn many() -> ProptestConfig {
    ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() }
}

pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..120)
}

fn removed(plan: &Plan) -> BTreeSet<(ImageId, Target)> {
    plan.removals().map(|one| (one.image.clone(), one.target.clone())).collect()
}

/// What somebody names for certain, said without the planner's help.
fn is_named(world: &Observed, tag: &Reference) -> bool {
    world.uses.iter().any(|one| match &one.used {
        Used::Reference(named) => {
            let text = named.to_string();
            text == tag.to_string() || format!("{text}:latest") == tag.to_string()
        }
        Used::Repository(repository) => repository == tag.repository(),
        Used::Everything => true,
        Used::Image(_) | Used::Digest(_) => false,
    })
}

/// Whether somebody uses the image, said without the planner's help.
fn is_used(world: &Observed, image: &image_retention::Image) -> bool {
    let has = |digest: &image_ref::Digest| {
        image.id.as_str() == digest.as_str()
            || image.digests.iter().any(|one| one.digest() == Some(digest))
    };
    image.tags.iter().any(|tag| is_named(world, tag))
        || world.uses.iter().any(|one| match &one.used {
            Used::Image(id) => *id == image.id,
            Used::Digest(digest) => has(digest),
            Used::Reference(named) => {
                named.digest().is_some_and(has) || named.to_string() == image.id.short()
            }
            Used::Repository(repository) => {
                image.digests.iter().any(|one| one.repository() == repository)
            }
            Used::Everything => true,
        })
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
    #![proptest_config(many())]

    #[test]
    fn no_plan_removes_what_is_protected(bytes in bytes()) {
        let mut dice = Dice(&bytes);
        let (policy, world) = (dice.policy(), dice.world());
        let plan = plan(&world, &policy, now());
        prop_assert_eq!(violations(&world, &plan), []);
        let gone = plan.removed_images(&world);
        for decision in plan.removals() {
            prop_assert!(in_scope(&policy, decision), "{}", decision.target);
            if let Some(tag) = decision.reference() {
                prop_assert!(!is_named(&world, tag), "{} is named", tag);
                prop_assert!(!tag.to_string().contains("rollback-backup"));
                prop_assert!(!tag.to_string().starts_with("tidegate-build/"));
            }
        }
        for image in world.images.iter().filter(|image| is_used(&world, image)) {
            prop_assert!(!gone.contains(&image.id), "{:?} is in use", image.tags);
            let lost = plan.removals().filter(|one| one.image == image.id).count();
            prop_assert!(lost == 0 || lost < image.tags.len(), "{:?} loses all", image.tags);
            prop_assert!(lost == 0 || policy.duplicates, "{:?} loses some", image.tags);
        }
        for image in world.images.iter().filter(|image| !gone.contains(&image.id)) {
            prop_assert!(image.parent.as_ref().is_none_or(|parent| !gone.contains(parent)));
        }
    }

    #[test]
    fn everything_in_scope_is_decided_once_and_in_order(bytes in bytes()) {
        let mut dice = Dice(&bytes);
        let (policy, world) = (dice.policy(), dice.world());
        let plan = plan(&world, &policy, now());
        let decided: BTreeSet<String> =
            plan.decisions.iter().map(|one| one.target.to_string()).collect();
        prop_assert_eq!(decided.len(), plan.decisions.len());
        for tag in world.images.iter().flat_map(|image| &image.tags) {
            prop_assert_eq!(decided.contains(&tag.to_string()), policy.scope.has_repository(tag.repository()));
        }
        let key = |one: &Decision| {
            let tag = one.reference()?.tag().and_then(VersionedTag::read);
            let version = tag.as_ref().map(|tag| std::cmp::Reverse(tag.version.clone()));
            Some((one.reference()?.repository().clone(), tag.is_none(), tag.map(|tag| tag.family), version))
        };
        let keys: Vec<_> = plan.decisions.iter().map(key).collect();
        let dangling = keys.iter().skip_while(|key| key.is_some());
        prop_assert!(dangling.clone().all(Option::is_none));
        prop_assert!(keys[..keys.len() - dangling.count()].is_sorted());
    }

    #[test]
    fn the_order_in_which_things_are_given_does_not_matter(bytes in bytes(), turn in 0usize..8) {
        let mut dice = Dice(&bytes);
        let (policy, mut world) = (dice.policy(), dice.world());
        let first = plan(&world, &policy, now());
        let turn = turn % world.images.len();
        world.images.rotate_left(turn);
        world.uses.reverse();
        for image in &mut world.images {
            image.tags.reverse();
            image.digests.reverse();
        }
        prop_assert_eq!(first, plan(&world, &policy, now()));
    }

    #[test]
    fn the_newest_versions_stay(bytes in bytes(), newest in 1usize..4) {
        let mut dice = Dice(&bytes);
        let policy = Policy { keep_newest: newest.try_into().ok(), select: vec![], duplicates: false, ..dice.policy() };
        let world = dice.world();
        let plan = plan(&world, &policy, now());
        let mut families: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let read = |tag: &Reference| {
            let read = VersionedTag::read(tag.tag()?)?;
            Some(((tag.repository().clone(), read.family), read.version))
        };
        for (family, version) in world.images.iter().flat_map(|image| &image.tags).filter_map(read) {
            families.entry(family).or_default().insert(version);
        }
        for tag in plan.removals().filter_map(Decision::reference) {
            let Some((family, version)) = read(tag) else {
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
        let mut dice = Dice(&bytes);
        let policy = Policy { keep_deployed: false, ..dice.policy() };
        let mut world = dice.world();
        let before = plan(&world, &policy, now());
        let images_before = before.removed_images(&world);
        world.uses.push(dice.used(world.images.len()));
        let after = plan(&world, &policy, now());
        prop_assert!(after.removed_images(&world).is_subset(&images_before));
        if !policy.duplicates {
            prop_assert!(removed(&after).is_subset(&removed(&before)));
        }
    }

    /// Digests are left out: one of a repository out of scope makes an image
    /// dangling that lost its tags, and a next plan may remove that.
    #[test]
    fn carrying_a_plan_out_leaves_nothing_to_do(bytes in bytes()) {
        let mut dice = Dice(&bytes);
        let (policy, mut world) = (dice.policy(), dice.world());
        world.images.iter_mut().for_each(|image| image.digests.clear());
        let first = plan(&world, &policy, now());
        let again = plan(&carried_out(&world, &first), &policy, now());
        prop_assert_eq!(again.removals().count(), 0, "{:?}", told(&again));
    }
}

/// The engine after the plan, as an engine would have it.
fn carried_out(world: &Observed, plan: &Plan) -> Observed {
    let gone = plan.removed_images(world);
    let lost = removed(plan);
    let mut after = world.clone();
    after.images.retain(|image| !gone.contains(&image.id));
    for image in &mut after.images {
        let id = image.id.clone();
        image.tags.retain(|tag| !lost.contains(&(id.clone(), Target::Reference(tag.clone()))));
    }
    after
}
