//! Plans of real configurations as whole texts, and rules that every plan keeps.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod world;

use std::collections::BTreeSet;

use configuration::Configuration;
use image_ref::Digest;
use proptest::prelude::*;
use release_plan::{
    Action, ChangelogState, Observed, ObservedLock, plan, resolve_version, violations,
};
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

/// The first lines of the plan of 1.0.0 in a project that states 1.0.0, up to the push.
fn plan_of_a_stated_version(settings: &str, change: impl FnOnce(&mut Observed)) -> String {
    let text = format!("[package]\nindexes = []\nversion-files = [\"src/version.py\"]\n{settings}");
    let configuration = configuration::parse(&text).unwrap();
    let mut observed = world::ready(&configuration, Some("1.0.0"), "1.0.0");
    let package = observed.package.as_mut().unwrap();
    package.untouched =
        ["pyproject.toml", "src/version.py", "poetry.lock"].map(Into::into).to_vec();
    observed.changelog.state = ChangelogState::VersionSection;
    change(&mut observed);
    let plan = plan(&observed, &configuration, "1.0.0".parse().unwrap());
    assert_eq!(violations(&plan), Vec::<String>::new());
    let text = plan.to_string();
    let is_shown =
        |line: &&str| !line.contains("package") && !line.contains("with the last release");
    let lines = text.lines().skip(1).take_while(|line| !line.contains("[git.push"));
    lines.filter(is_shown).map(|line| format!("{}\n", line.trim_start())).collect()
}

#[test]
fn a_plan_names_only_files_that_change() {
    insta::assert_snapshot!(plan_of_a_stated_version("", |_| ()), @r#"
    1. release HEAD as it is [prepare.commit; on this machine]
    HEAD states 1.0.0 already: no release commit
    install the wheel with its dependencies into a clean environment
    4. tag v1.0.0 [git.tag; on this machine]
    annotated tag v1.0.0: "Release v1.0.0"
    "#);
    let section = |observed: &mut Observed| {
        observed.changelog.state = ChangelogState::UnreleasedSection;
    };
    insta::assert_snapshot!(plan_of_a_stated_version("", section), @r#"
    1. make the release commit [prepare.commit; on this machine]
    change CHANGELOG.md
    commit "Bump version to 1.0.0"
    install the wheel with its dependencies into a clean environment
    4. tag v1.0.0 [git.tag; on this machine]
    annotated tag v1.0.0: "Release v1.0.0"
    branch main moves to the release commit
    "#);
    let lock = |observed: &mut Observed| {
        let (path, tool) = ("uv.lock".into(), "uv".to_owned());
        let lock = ObservedLock { path, tool, is_available: true };
        observed.package.as_mut().unwrap().locks = vec![lock];
    };
    insta::assert_snapshot!(plan_of_a_stated_version("", lock), @r#"
    1. make the release commit [prepare.commit; on this machine]
    change uv.lock
    commit "Bump version to 1.0.0"
    install the wheel with its dependencies into a clean environment
    4. tag v1.0.0 [git.tag; on this machine]
    annotated tag v1.0.0: "Release v1.0.0"
    branch main moves to the release commit
    "#);
    let command = "lock = \"make lock\"\n";
    insta::assert_snapshot!(plan_of_a_stated_version(command, |_| ()), @r#"
    1. make the release commit [prepare.commit; on this machine]
    the lock command may change uv.lock
    commit "Bump version to 1.0.0" if it does; otherwise HEAD states 1.0.0 already
    install the wheel with its dependencies into a clean environment
    4. tag v1.0.0 [git.tag; on this machine]
    annotated tag v1.0.0: "Release v1.0.0"
    branch main moves to the release commit
    "#);
    let from_git = |observed: &mut Observed| {
        let package = observed.package.as_mut().unwrap();
        (package.version, package.version_file) = (None, None);
    };
    insta::assert_snapshot!(plan_of_a_stated_version("", from_git), @r#"
    1. release HEAD as it is [prepare.commit; on this machine]
    HEAD has nothing to change: no release commit
    install the wheel with its dependencies into a clean environment
    4. tag v1.0.0 [git.tag; on this machine]
    annotated tag v1.0.0: "Release v1.0.0"
    "#);
}

#[test]
fn wheels_that_are_left_out_are_not_collected_and_the_plan_says_so() {
    let text = "[package]\nwheel-artifacts = [\"wheels-*\"]\n[github]\nrepository = \"a/b\"\n\
                wait-for = [\"wheels.yml\"]\n";
    let configuration = configuration::parse(text).unwrap();
    let mut observed = world::ready(&configuration, Some("1.0.0"), "minor");
    let planned = |observed: &Observed| plan(observed, &configuration, "1.1.0".parse().unwrap());
    assert!(planned(&observed).to_string().contains("[package.collect;"));
    observed.package.as_mut().unwrap().wheels_left_out = Some("nobody builds them".to_owned());
    let plan = planned(&observed);
    assert_eq!(violations(&plan), Vec::<String>::new());
    let shown = plan.to_string();
    let lines: Vec<&str> = shown.lines().take(2).collect();
    assert_eq!(
        lines,
        [
            "Release 1.1.0 of project: 13 steps",
            "     without the wheels of `wheel-artifacts`: nobody builds them",
        ]
    );
    assert!(!shown.contains("package.collect"), "{shown}");
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
    let forge = prop::option::of((any::<bool>(), any::<bool>(), any::<bool>()));
    let may_fail = prop::sample::subsequence(vec!["testpypi", "pypi", "own"], 0..=3);
    let images = prop::collection::vec(image, 0..4);
    (index, images, forge, may_fail, any::<bool>()).prop_map(|(indexes, images, forge, may_fail, package)| {
        let collects = matches!(forge, Some((_, _, true)));
        let artifacts = if collects { "[\"wheels-*\"]" } else { "[]" };
        let mut text = format!("[package]\nindexes = {indexes:?}\nwheel-artifacts = {artifacts}\n[checks]\nbefore-release = [\"a\", \"b\"]\nafter-build = [\"c\", \"d\"]\n[project]\nafter-release = [\"e\"]\n");
        for name in &may_fail {
            text += &format!("[index.{name}]\noptional = true\n");
        }
        if let Some((optional, waits, _)) = forge {
            let wait = if waits { "[\"ci.yml\"]" } else { "[]" };
            text += &format!("[github]\nrepository = \"a/b\"\noptional = {optional}\nwait-for = {wait}\n");
        }
        for (number, (needs, optional, floating)) in images.into_iter().enumerate() {
            let needs = if package && indexes.contains(&needs) { format!("[{needs:?}]") } else { "[]".to_owned() };
            // What preflight refuses needs no plan.
            let optional = optional || may_fail.iter().any(|index| needs.contains(index));
            let floating = if floating { "[\"latest\"]" } else { "[]" };
            text += &format!(
                "[[image]]\nrepository = \"a/i{number}\"\ncontains = \"x\"\n{}needs = {needs}\noptional = {optional}\nfloating = {floating}\n",
                if number % 2 == 0 { "scan = \"s\"\n" } else { "" }
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
