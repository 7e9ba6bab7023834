//! The first thing that somebody tries: the example, rehearsed without any
//! account, configuration or set-up.

use regex::Regex;
use rehearsal::{
    Fault,
    index::{ApiToken, IndexOptions},
};
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    harness::{Ended, Run, Scene, World},
    package_check::{change, scene_that_lost_a_file},
    wheels::world_with_wheels_of_a_workflow,
};

/// Nothing of a rehearsal stays, and the project is as it was.
#[track_caller]
fn assert_nothing_stays(scene: &Scene, before: &crate::harness::FinalState) {
    scene.assert_state(before);
    let left = std::fs::read_dir(scene.folder().join("tmp")).unwrap().count();
    assert_eq!(left, 0, "files are left in the temporary folder");
    assert!(std::fs::read_dir(scene.state_folder()).unwrap().next().is_none());
}

/// What was printed, without the name of a commit that only the rehearsal had.
#[track_caller]
pub(crate) fn without_commit(ended: &Ended) -> String {
    let commit = Regex::new("make the release commit: ([0-9a-f]{7})").unwrap();
    let commit = commit.captures(&ended.stdout).unwrap()[1].to_owned();
    ended.whole().replace(&commit, "COMMIT")
}

#[test]
fn the_example_is_rehearsed_from_the_plan_to_the_final_states() {
    let scene = World::example("greeter").begin();
    let before = scene.state();
    let ended = scene.rehearsal("minor").with_programs_of_the_machine().run().exits(0);
    insta::assert_snapshot!(without_commit(&ended));
    assert_nothing_stays(&scene, &before);
}

#[test]
fn the_example_is_rehearsed_with_buildx_for_two_platforms_and_told_as_json() {
    let scene = World::example("greeter").begin();
    let before = scene.state();
    let run = scene.rehearsal("minor").with_programs_of_the_machine().with_buildx();
    let ended = run.arg("--format=json").run().exits(0);
    let events: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().all(|event| event["v"] == 1), "{}", ended.stdout);

    let state = events.iter().find_map(|event| event.get("state").filter(|one| one.is_object()));
    let state = state.unwrap_or_else(|| panic!("no final state: {}", ended.stdout));
    let repository = &state["registries"]["docker.io"]["repositories"]["tidegate-example/greeter"];
    let server = repository["tags"]["0.2.0"].as_str().unwrap();
    let index = &repository["manifests"][server]["content_type"];
    assert_eq!(index, "application/vnd.oci.image.index.v1+json");
    for floating in ["latest", "0.2", "0"] {
        assert_eq!(repository["tags"][floating], server, "{floating}");
    }
    let step =
        |name: &str| events.iter().find(|event| event["step"] == name && event["state"] == "done");
    let built = step("image.server.build").unwrap()["evidence"].as_str().unwrap();
    assert!(built.ends_with("for linux/amd64, linux/arm64"), "{built}");
    assert_nothing_stays(&scene, &before);
}

#[test]
fn a_killed_rehearsal_is_cleaned_up_by_the_next_one() {
    let scene = World::new().bare_package().begin();
    let before = scene.state();
    let mut running = scene.rehearsal("minor").start();
    let folders = || std::fs::read_dir(scene.folder().join("tmp")).unwrap().flatten();
    running.until("the clone", |_| folders().any(|it| it.path().join("clone").exists()));
    running.signal(Signal::KILL);
    running.wait();
    assert!(folders().next().is_some());
    let shown = scene.rehearsal("minor").run().exits(0).whole();
    assert!(shown.contains("which a killed rehearsal left"), "{shown}");
    assert_nothing_stays(&scene, &before);
}

/// What the repository shows is not all: another machine may have released.
#[test]
fn a_rehearsal_counts_from_the_versions_at_the_real_indexes() {
    let scene = World::new().package().begin();
    scene.release("0.5.0").run().exits(0);
    let git = scene.git();
    for forget in [
        ["reset", "--quiet", "--hard", "HEAD^"].as_slice(),
        &["push", "--quiet", "--force", "origin", "main", ":refs/tags/v0.5.0"],
        &["tag", "--delete", "v0.5.0"],
    ] {
        git.run(forget);
    }
    let shown = online(&scene, "minor").run().exits(0).whole();
    assert!(shown.contains("Release 0.6.0 of demo-tool"), "{shown}");
    let shown = offline(&scene, "minor").run().exits(0).whole();
    assert!(shown.contains("Release 0.2.0 of demo-tool"), "{shown}");
    let gone = Fault::status(503).forever();
    scene.index("pypi").faults().inject(gone);
    let shown = online(&scene, "minor").run().exits(0).whole();
    assert!(shown.contains("[WARN] the releases at pypi could not be looked up"), "{shown}");
    assert!(shown.contains("Release 0.2.0 of demo-tool"), "{shown}");
}

/// A rehearsal that looks at the scene's indexes as the real ones.
fn online<'a>(scene: &'a Scene, request: &str) -> Run<'a> {
    scene.online_rehearsal(request).arg("--config").arg(scene.configuration())
}

fn offline<'a>(scene: &'a Scene, request: &str) -> Run<'a> {
    scene.rehearsal(request).arg("--config").arg(scene.configuration())
}

#[test]
fn a_rehearsal_compares_with_the_last_release_at_the_real_index() {
    let scene = scene_that_lost_a_file();
    let ended = online(&scene, "patch").run().exits(4);
    let shown = ended.whole();
    assert!(
        shown.contains(
            "check the package [FAILED]: compared with 0.2.0, the wheel lacks demo_data.txt"
        ),
        "{shown}"
    );
    let shown = online(&scene, "patch").arg("--yes").run().exits(0).whole();
    assert!(shown.contains("compared with 0.2.0, the wheel lacks demo_data.txt"), "{shown}");

    let requests = scene.index("pypi").requests().len();
    assert!(shown.contains("the same command without --rehearse releases for real"), "{shown}");
    let shown = offline(&scene, "patch").run().exits(0).whole();
    let advice = "the same command without --rehearse and --offline releases for real";
    assert!(shown.contains(advice), "{shown}");
    let reason = "not compared with the last release: pypi is not queried with --offline";
    assert!(shown.contains(reason), "{shown}");
    assert_eq!(scene.index("pypi").requests().len(), requests);

    scene.index("pypi").faults().inject(Fault::status(503).path_contains("/files/").forever());
    let shown = online(&scene, "patch").run().exits(0).whole();
    assert!(
        shown.contains("not compared with the last release: pypi cannot be reached"),
        "{shown}"
    );
}

#[test]
fn wheels_of_a_workflow_are_left_out_of_a_rehearsal_and_plan_and_report_say_so() {
    let scene = world_with_wheels_of_a_workflow().begin();
    scene.release("0.2.0").run().exits(0);
    let path = scene.root().join("README.md");
    std::fs::write(path, "# Demo\n").unwrap();
    scene.git().commit_all("Change something");
    // The wheels of the last release are no loss, because those of this one are missing.
    let shown = online(&scene, "patch").run().exits(0).whole();
    let line = "without the wheels of `wheel-artifacts`: no workflow builds a commit that only \
                this machine has\n";
    assert_eq!(shown.matches(line).count(), 2, "{shown}");
    assert!(shown.contains("steps\n     without the wheels of"), "{shown}");
    assert!(!shown.contains("package.collect"), "{shown}");
    assert!(shown.contains("has the files of 0.2.0"), "{shown}");
}

/// What PyPI would refuse, and a private index takes.
#[test]
fn an_embedded_index_has_the_rules_of_the_real_one() {
    let token = ApiToken::for_account(crate::harness::Secrets::INDEX);
    let options = IndexOptions::default().token(token).private();
    let world = World::new().bare_package().index_with("company", options);
    let scene = world.setting("", "[changelog]\nrequired = false").begin();
    change(&scene, "backend.py", "Summary:", "Classifier: Private :: Do Not Upload\nSummary:");
    let json = format!("json = \"{}/pypi/\"\n", scene.index("company").url());
    let with_json = std::fs::read_to_string(scene.configuration()).unwrap();
    assert!(with_json.contains(&json), "{with_json}");
    scene.configure(&with_json.replace(&json, ""));
    let levels = "verify company: accepted, listed, downloadable, selectable";
    let rehearsed = offline(&scene, "minor").run().exits(0).whole();
    assert!(rehearsed.contains(levels), "{rehearsed}");
    let released = scene.release("minor").run().exits(0).whole();
    assert!(released.contains(levels), "{released}");
    // Whoever configures a JSON API has an index like PyPI.
    scene.configure(&with_json);
    let refused = offline(&scene, "minor").run().exits(1).whole();
    assert!(refused.contains("Private :: Do Not Upload"), "{refused}");
}
