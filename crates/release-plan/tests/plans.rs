//! Plans of real configurations as whole texts, and rules that every plan keeps.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod world;

use std::collections::BTreeSet;

use configuration::Configuration;
use image_ref::Digest;
use proptest::prelude::*;
use release_plan::{Action, plan, resolve_version, violations};
use release_version::FloatingDecision;
use step_plan::{Effect, Schedule};

fn example(name: &str) -> Configuration {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/configurations/");
    configuration::parse(&std::fs::read_to_string(format!("{root}{name}.toml")).unwrap()).unwrap()
}

#[test]
fn project_a_builds_its_images_after_the_index_serves_the_package() {
    let configuration = example("project-a");
    let observed = world::ready(&configuration, Some("0.9.0"), "minor");
    let plan = plan(&observed, &configuration, resolve_version(&observed).unwrap());
    assert_eq!(violations(&plan), Vec::<String>::new());
    insta::assert_snapshot!(plan);
}

#[test]
fn project_b_waits_for_ci_before_images_and_publishes_pypi_after_them() {
    let configuration = example("project-b");
    let mut observed = world::ready(&configuration, Some("0.2.1"), "patch");
    observed.images[0].tags.insert("latest".to_owned(), Some(Digest::of(b"old")));
    observed.images[1].tags.insert("v0.3.0".to_owned(), None);
    let plan = plan(&observed, &configuration, resolve_version(&observed).unwrap());
    assert_eq!(violations(&plan), Vec::<String>::new());
    insta::assert_snapshot!(plan);
}

#[test]
fn a_backport_moves_only_the_tags_of_its_own_line() {
    let configuration = example("project-b");
    let mut observed = world::ready(&configuration, Some("0.2.1"), "0.2.2");
    observed.images[0].tags.insert("v0.3.0".to_owned(), None);
    let plan = plan(&observed, &configuration, "0.2.2".parse().unwrap());
    let moves = plan.steps.iter().find_map(|step| match &step.action {
        Action::MoveFloatingTags { moves, .. } => Some(moves.clone()),
        _ => None,
    });
    let moving: Vec<String> = moves
        .unwrap()
        .into_iter()
        .filter(|tag_move| tag_move.decision == FloatingDecision::Move)
        .map(|tag_move| tag_move.tag)
        .collect();
    assert_eq!(moving, ["0.2"]);
}

#[test]
fn a_newer_release_counts_even_when_no_image_tag_shows_it() {
    let text = "[[image]]\nrepository = \"a/b\"\ntags = [\"{pep440}\"]\n";
    let configuration = configuration::parse(text).unwrap();
    let image = &configuration.images[0];
    let (tags, released) = (["3.0.0".to_owned(), "latest".to_owned()], ["3.0.0".parse().unwrap()]);
    let moves = release_plan::floating_moves(image, &tags, &released, "1.0.2".parse().unwrap());
    assert_eq!(moves[0].decision, FloatingDecision::KeepNewer(released[0]));
}

/// Configurations of every mixture of package, images, forge and options.
fn any_configuration() -> impl Strategy<Value = (Configuration, bool)> {
    let index = prop::sample::subsequence(vec!["testpypi", "pypi", "own"], 0..=3);
    let image =
        (prop::sample::select(vec!["", "testpypi", "pypi", "own"]), any::<bool>(), any::<bool>());
    let forge = prop::option::of((any::<bool>(), any::<bool>()));
    let may_fail = prop::sample::subsequence(vec!["testpypi", "pypi", "own"], 0..=3);
    let images = prop::collection::vec(image, 0..4);
    (index, images, forge, may_fail, any::<bool>()).prop_map(|(indexes, images, forge, may_fail, package)| {
        let mut text = format!("[package]\nindexes = {indexes:?}\n[checks]\nbefore-release = [\"a\", \"b\"]\n");
        for name in &may_fail {
            text += &format!("[index.{name}]\noptional = true\n");
        }
        if let Some((optional, waits)) = forge {
            let wait = if waits { "[\"ci.yml\"]" } else { "[]" };
            text += &format!("[github]\nrepository = \"a/b\"\noptional = {optional}\nwait-for = {wait}\n");
        }
        for (number, (needs, optional, floating)) in images.into_iter().enumerate() {
            let needs = if package && indexes.contains(&needs) { format!("[{needs:?}]") } else { "[]".to_owned() };
            // What preflight refuses needs no plan.
            let optional = optional || may_fail.iter().any(|index| needs.contains(index));
            let floating = if floating { "[\"latest\"]" } else { "[]" };
            text += &format!(
                "[[image]]\nrepository = \"a/i{number}\"\ncontains = \"x\"\nneeds = {needs}\noptional = {optional}\nfloating = {floating}\n"
            );
        }
        (configuration::parse(&text).unwrap(), package)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_plan_keeps_the_rules_of_order((configuration, package) in any_configuration()) {
        let observed = world::ready(&configuration, package.then_some("1.0.0"), "minor");
        let plan = plan(&observed, &configuration, resolve_version(&observed).unwrap());
        prop_assert_eq!(violations(&plan), Vec::<String>::new());
    }

    #[test]
    fn carrying_out_a_plan_ends_and_users_follow_only_what_is_whole(
        (configuration, package) in any_configuration(),
        fails in prop::collection::vec(prop::bool::weighted(0.1), 40),
    ) {
        let observed = world::ready(&configuration, package.then_some("1.0.0"), "minor");
        let plan = plan(&observed, &configuration, resolve_version(&observed).unwrap());
        let mut schedule = Schedule::new(&plan.steps);
        let (mut rounds, mut required_failed, mut ended) = (0, false, BTreeSet::new());
        loop {
            let started = schedule.start_ready();
            if started.is_empty() {
                break;
            }
            // All of these run at the same time, so only earlier failures count.
            prop_assert!(!required_failed);
            for step in started {
                let position = plan.steps.iter().position(|other| other.id() == step.id());
                let fails = fails[position.unwrap() % 40];
                required_failed |= fails && step.is_required();
                schedule.end(&step.id(), !fails);
                prop_assert!(ended.insert(step.id()), "{} started twice", step.id());
            }
            rounds += 1;
            prop_assert!(rounds <= plan.steps.len());
        }
        prop_assert_eq!(schedule.has_failed(), required_failed);
        let everything_followed = plan.steps.iter().filter(|step| step.effect() == Effect::Followed);
        for step in everything_followed.filter(|step| ended.contains(&step.id())) {
            for needed in plan.steps.iter().filter(|other| other.is_required() && other.effect() < Effect::Followed) {
                prop_assert!(ended.contains(&needed.id()), "{} before {}", step.id(), needed.id());
            }
        }
    }
}
