//! `verify-release`: what a stranger sees, and what differs.

use rehearsal::Fault;

use crate::harness::{Scene, World};

fn released() -> Scene {
    let scene = World::new().index("testpypi").package().image().forge().begin();
    scene.release("0.2.0").run().exits(0);
    scene
}

#[test]
fn a_release_is_verified_without_credentials_on_any_machine() {
    let scene = released();
    let here = scene.verify().run().exits(0);
    insta::assert_snapshot!("verified_here", here.whole());
    // Another machine has no journal, so nothing is known beforehand.
    std::fs::remove_dir_all(scene.state_folder()).unwrap();
    scene.verify().arg("0.2.0").run().exits(0);
}

#[test]
fn one_index_is_verified_alone() {
    let scene = released();
    scene.registry().faults().inject(Fault::status(500).forever());
    let ended = scene.verify().arg("0.2.0").arg("testpypi").run().exits(0);
    assert!(!ended.stdout.contains("image"), "{}", ended.stdout);
    let unknown = scene.verify().arg("0.2.0").arg("elsewhere").run().exits(2);
    insta::assert_snapshot!(unknown.complaints(), @"
    exit 2
    [ERROR] the package is not published to an index named `elsewhere`
    [INFO] choose one of: testpypi, pypi
    ");
}

#[test]
fn every_difference_is_listed_with_exit_code_5() {
    let scene = released();
    scene.index("pypi").yank("demo-tool", "0.2.0", "broken");
    let digest = scene.registry().add_blob("demo/server", "{}");
    let config = format!(
        r#"{{"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "{digest}", "size": 2}}"#
    );
    let manifest = format!(r#"{{"schemaVersion": 2, "config": {config}, "layers": []}}"#);
    let oci = "application/vnd.oci.image.manifest.v1+json";
    scene.registry().add_manifest("demo/server", Some("latest"), oci, manifest).unwrap();
    scene.git().run(&["push", "--quiet", "origin", ":refs/tags/v0.2.0"]);
    let ended = scene.verify().arg("0.2.0").run().exits(5);
    insta::assert_snapshot!(ended.complaints(), @"
    exit 5
    [ERROR] 4 differences found
            - index pypi, served files: selectable: the release is yanked (broken)
            - all indexes, same bytes: yanked of demo_tool-0.2.0-py3-none-any.whl differs (pypi: true, testpypi: false); yanked of demo_tool-0.2.0.tar.gz differs (pypi: true, testpypi: false)
            - image server, floating tags: latest points to sha256:DIGEST
            - git, tag at the remote: origin has no tag v0.2.0
    ");
}

#[test]
fn a_version_that_was_never_released_differs_everywhere() {
    let scene = released();
    let ended = scene.verify().arg("0.3.0").run().exits(5);
    insta::assert_snapshot!(ended.complaints(), @"
    exit 5
    [ERROR] 5 differences found
            - index testpypi, served files: recorded: the index has no record of the release; listed: JSON page does not list the version; downloadable: not checked yet; selectable: not checked yet
            - index pypi, served files: recorded: the index has no record of the release; listed: JSON page does not list the version; downloadable: not checked yet; selectable: not checked yet
            - image server, version tags: demo/server:0.3.0 does not exist
            - git, tag at the remote: origin has no tag v0.3.0
            - github, published release: no release v0.3.0
    ");
}

#[test]
fn a_service_that_does_not_answer_is_unknown_and_not_different() {
    let scene = released();
    scene.index("pypi").faults().inject(Fault::status(503).forever());
    let ended = scene.verify().arg("0.2.0").run().exits(1);
    insta::assert_snapshot!(ended.complaints(), @"
    exit 1
    [ERROR] 2 checks could not be completed: index pypi, served files: pypi cannot be reached: GET http://127.0.0.1:PORT/simple/demo-tool/: answered 503 Service Unavailable; all indexes, same bytes: pypi cannot be reached: GET http://127.0.0.1:PORT/simple/demo-tool/: answered 503 Service Unavailable
    ");
}

#[test]
fn without_a_release_there_is_nothing_to_verify() {
    let scene = World::new().package().begin();
    let ended = scene.verify().run().exits(2);
    insta::assert_snapshot!(ended.complaints(), @"
    exit 2
    [ERROR] no version has been released yet
    [INFO] pass the version to verify
    ");
}
