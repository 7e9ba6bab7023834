//! A whole release, from the one command to the final states of all targets.

use std::{collections::BTreeMap, path::Path};

use crate::harness::{RealServer, World};

#[test]
fn releases_package_image_tag_and_forge_release() {
    let scene = World::new().index("testpypi").package().image().forge().begin();
    let ended = scene.release("0.2.0").run().exits(0);
    insta::assert_snapshot!("whole_release", ended.whole());

    insta::assert_snapshot!("whole_release_states", scene.shown().json(&scene.state()));
    insta::assert_snapshot!("whole_release_published", scene.shown().json(&scene.published()));
}

#[test]
fn a_finished_release_is_history_and_the_same_word_means_the_next_one() {
    let scene = World::new().package().begin();
    scene.release("minor").run().exits(0);
    let finished = scene.state();
    let again = scene.release("0.2.0").run().exits(0);
    insta::assert_snapshot!(again.whole(), @"
    exit 0
    --- stdout
    [OK] demo-tool 0.2.0 is already released: nothing to do; verify-release verifies it
    --- stderr
    ");
    scene.assert_state(&finished);

    let changelog = scene.root().join("CHANGELOG.md");
    let text = std::fs::read_to_string(&changelog).unwrap();
    assert!(text.contains("## [0.2.0] - 2026-01-01\n"), "{text}");
    std::fs::write(&changelog, text.replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n"))
        .unwrap();
    scene.git().commit_all("Write down what comes");
    scene.release("minor").run().exits(0);
    let releases = &scene.index("pypi").state().projects["demo-tool"].releases;
    assert_eq!(releases.keys().collect::<Vec<_>>(), ["0.2.0", "0.3.0"]);
}

#[test]
fn the_final_version_has_the_changes_of_its_candidates_in_the_changelog_and_on_the_forge() {
    let old = "0.1.0 (2025-12-24)\n------------------\n\n* Old.\n";
    let begin = format!(
        "Changes\n=======\n\n0.2.0 (unreleased)\n------------------\n\n* ``first``\n\n{old}"
    );
    let scene = World::new()
        .package()
        .forge()
        .without_file("CHANGELOG.md")
        .file("CHANGES.rst", begin)
        .begin();
    let changelog = scene.root().join("CHANGES.rst");
    let read = || std::fs::read_to_string(&changelog).unwrap();
    scene.release("0.2.0-rc.1").run().exits(0);
    let candidate = format!("0.2.0rc1 (2026-01-01)\n---------------------\n\n* ``first``\n\n{old}");
    assert_eq!(read(), format!("Changes\n=======\n\n{candidate}"));

    let next = "0.2.0 (unreleased)\n------------------\n\n* ``second``\n\n";
    std::fs::write(&changelog, format!("Changes\n=======\n\n{next}{candidate}")).unwrap();
    scene.git().commit_all("Write down what changed");
    scene.release("0.2.0").run().exits(0);
    let section = "0.2.0 (2026-01-01)\n------------------\n\n* ``second``\n* ``first``\n\n";
    assert_eq!(read(), format!("Changes\n=======\n\n{section}{candidate}"));
    let bodies: Vec<_> =
        scene.forge().state().releases.into_iter().filter_map(|release| release.body).collect();
    assert_eq!(bodies, ["* `second`\n* `first`\n", "* `first`\n"]);
}

#[test]
fn releases_to_real_servers_and_a_bare_remote() {
    let (registry, index) = (RealServer::docker_registry(), RealServer::pypiserver());
    let (host, url) = (format!("127.0.0.1:{}", registry.port), index.url());
    let scene = World::new()
        .bare_package()
        .bare_image()
        .setting("package", "indexes = [\"private\"]")
        .setting("image", &format!("repository = \"{host}/demo/server\""))
        .setting(
            "",
            &format!(
                "[index.private]\nupload = \"{url}/\"\nsimple = \"{url}/simple/\"\n\
                 deadline = \"20s\""
            ),
        )
        .begin();
    let ended = scene
        .release("0.2.0")
        .without_uv()
        .env("TIDEGATE_INDEX_PRIVATE_USERNAME", "me")
        .env("TIDEGATE_INDEX_PRIVATE_PASSWORD", RealServer::PASSWORD)
        .run()
        .exits(0);
    insta::assert_snapshot!("real_servers", ended.whole());

    let packages = names_in(&index.folder.path().join("packages"));
    assert_eq!(packages, ["demo_tool-0.2.0-py3-none-any.whl", "demo_tool-0.2.0.tar.gz"]);
    let tags = tags_of(&registry, "demo/server");
    assert_eq!(tags.keys().collect::<Vec<_>>(), ["0.2", "0.2.0", "latest"]);
    assert!(tags.values().all(|digest| *digest == tags["0.2.0"]), "{tags:?}");
    let git = scene.state().git;
    assert_eq!(git.remote["refs/tags/v0.2.0"], git.local["refs/tags/v0.2.0"]);
    assert_eq!(git.remote["refs/heads/main"], git.local["refs/heads/main"]);
}

/// Where the tags point, read from the registry's own files.
fn tags_of(registry: &RealServer, repository: &str) -> BTreeMap<String, String> {
    let storage = registry.folder.path().join("storage/docker/registry/v2/repositories");
    let tags = storage.join(repository).join("_manifests/tags");
    let digest = |tag: &String| std::fs::read_to_string(tags.join(tag).join("current/link"));
    names_in(&tags).into_iter().map(|tag| (tag.clone(), digest(&tag).unwrap())).collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
