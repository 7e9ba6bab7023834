//! The first thing that somebody tries: the example, rehearsed without any
//! account, configuration or set-up.

use regex::Regex;
use serde_json::Value;

use crate::harness::{Ended, Scene, World};

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
fn without_commit(ended: &Ended) -> String {
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
