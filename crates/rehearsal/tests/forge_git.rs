//! Refs and commits of a real bare git repository.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod forge_support;

use std::path::Path;
use std::process::Command;

use forge_support::{draft, errors, options, release, request};
use rehearsal::forge::{Forge, Workflow};
use serde_json::json;
use tempfile::TempDir;

/// A bare repository with one commit on `main` and the annotated tag `v1` on it.
struct Scene {
    folder: TempDir,
    commit: String,
    forge: Forge,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bare = folder.path().join("greeter.git");
        git(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "greeter.git"]);
        let tree = git(&bare, &["hash-object", "-t", "tree", "-w", "/dev/null"]);
        let commit = git(&bare, &["commit-tree", "-m", "First", &tree]);
        git(&bare, &["update-ref", "refs/heads/main", &commit]);
        git(&bare, &["tag", "--annotate", "-m", "Version 1", "v1", &commit]);
        let forge =
            Forge::start(options().workflow(Workflow::new("CI")).git_repository(&bare)).unwrap();
        Self { folder, commit, forge }
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.folder.path().join("greeter.git"), arguments)
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.org")])
        .envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@example.org")])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn an_annotated_tag_leads_to_its_commit_in_two_steps() {
    let scene = Scene::new();
    let tag_ref = request(&scene.forge, "GET", "/git/ref/tags/v1").send().json();
    assert_eq!(
        (&tag_ref["ref"], &tag_ref["object"]["type"]),
        (&json!("refs/tags/v1"), &json!("tag"))
    );
    let sha = tag_ref["object"]["sha"].as_str().unwrap();
    let tag = request(&scene.forge, "GET", &format!("/git/tags/{sha}")).send().json();
    assert_eq!((&tag["tag"], &tag["object"]["sha"]), (&json!("v1"), &json!(scene.commit)));
    assert_eq!(tag["message"], "Version 1");
}

#[test]
fn refs_are_found_exactly_or_by_their_beginning() {
    let scene = Scene::new();
    scene.git(&["tag", "v10", &scene.commit]);
    assert_eq!(request(&scene.forge, "GET", "/git/ref/tags/v").send().status, 404);
    let list = request(&scene.forge, "GET", "/git/matching-refs/tags/v1").send().json();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|entry| entry["ref"].clone()).collect();
    assert_eq!(names, ["refs/tags/v1", "refs/tags/v10"]);
    assert_eq!(request(&scene.forge, "GET", "/git/ref/heads/main").send().status, 200);
}

#[test]
fn a_commit_is_found_by_branch_tag_and_hash() {
    let scene = Scene::new();
    for revision in ["main", "v1", &scene.commit] {
        let commit = request(&scene.forge, "GET", &format!("/commits/{revision}")).send().json();
        assert_eq!(commit["sha"], scene.commit);
        assert_eq!(commit["commit"]["message"], "First");
    }
    for revision in ["missing", "--all"] {
        let response = request(&scene.forge, "GET", &format!("/commits/{revision}")).send();
        assert_eq!(response.status, 422);
        assert!(response.text().contains("No commit found for SHA"), "{response:?}");
    }
}

#[test]
fn only_pushed_commits_have_workflow_runs() {
    let scene = Scene::new();
    for (sha, count) in
        [(scene.commit.as_str(), 1), ("1111111111111111111111111111111111111111", 0)]
    {
        let path = format!("/actions/runs?head_sha={sha}");
        assert_eq!(request(&scene.forge, "GET", &path).send().json()["total_count"], count);
    }
}

#[test]
fn publishing_makes_the_missing_tag_at_the_target() {
    let scene = Scene::new();
    let created = draft(&scene.forge, "v2");
    assert_eq!(scene.git(&["tag", "--list", "v2"]), "");
    let path = format!("/releases/{}", created["id"]);
    request(&scene.forge, "PATCH", &path).json(&json!({ "draft": false })).send();
    assert_eq!(scene.git(&["rev-parse", "v2"]), scene.commit);
    assert_eq!(scene.forge.state().tags["v2"], scene.commit);
}

#[test]
fn publishing_leaves_an_existing_tag_alone() {
    let scene = Scene::new();
    let before = scene.git(&["rev-parse", "v1"]);
    release(&scene.forge, json!({ "tag_name": "v1", "target_commitish": "nowhere" }));
    assert_eq!(scene.git(&["rev-parse", "v1"]), before);
}

#[test]
fn a_target_that_does_not_exist_is_refused() {
    let scene = Scene::new();
    let fields = json!({ "tag_name": "v2", "target_commitish": "nowhere" });
    let response = request(&scene.forge, "POST", "/releases").json(&fields).send();
    assert_eq!(
        errors(&response),
        json!([{ "resource": "Release", "code": "invalid", "field": "target_commitish" }])
    );
    assert!(scene.forge.state().releases.is_empty());
}
