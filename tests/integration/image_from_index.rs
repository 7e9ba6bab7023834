//! Images that install the package from the index: built only when the index
//! serves the version, and published only when they contain it.

use std::time::Duration;

use rehearsal::{index::Delay, oci::RegistryState};

use crate::harness::{Ended, PythonImage, Scene, World};

/// What docs/migration.md tells to write.
const PINNED: &str = "demo-tool==$VERSION";
/// The original's mistake.
const NEWEST: &str = "demo-tool";

fn dockerfile(requirement: &str) -> String {
    format!(
        "FROM {}\nARG PIP_INDEX_URL\nARG VERSION\n\
         RUN pip install --no-cache-dir \"{requirement}\"\nENTRYPOINT [\"demo-tool\"]\n",
        PythonImage::name()
    )
}

fn world(requirement: &str) -> World {
    World::new().package().image().file("image/Dockerfile", dockerfile(requirement)).setting(
        "image",
        "needs = [\"pypi\"]\nnetwork = \"host\"\nbefore = [\"true\"]\n\
             build-args = { VERSION = \"{pep440}\" }\ncontains = [\"demo-tool\"]",
    )
}

/// The next version has something to tell in the changelog, and this Dockerfile.
fn prepare_next(scene: &Scene, requirement: &str) {
    let path = scene.root().join("CHANGELOG.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replacen("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n", 1);
    std::fs::write(path, text).unwrap();
    std::fs::write(scene.root().join("image/Dockerfile"), dockerfile(requirement)).unwrap();
    scene.git().commit_all("Prepare the next version");
}

/// Position of a step's record of this kind in the journal.
#[track_caller]
fn position(scene: &Scene, operation: &str, step: &str, kind: &str) -> usize {
    let records = scene.journal(operation);
    let found = records.iter().position(|one| one["step"] == step && one.get(kind).is_some());
    found.unwrap_or_else(|| panic!("no {kind} of {step} in {records:#?}"))
}

#[track_caller]
fn assert_floating(state: &RegistryState, version: &str) {
    let digest = state.tag("demo/server", version).unwrap();
    assert_eq!(state.tag("demo/server", "latest"), Some(digest));
}

#[test]
fn the_image_is_built_only_after_the_index_serves_the_version() {
    let scene = world(PINNED).begin();
    let ended = scene.release("0.2.0").run().exits(0);
    assert!(ended.stdout.contains("runs: demo-tool 0.2.0"), "{ended}");
    assert_floating(&scene.registry().state(), "0.2.0");

    let place = |step, kind| position(&scene, "release-0.2.0", step, kind);
    assert!(place("index.pypi.verify", "done") < place("image.server.build", "intent"));
    // The last to install from the index is the build.
    let requests = scene.index("pypi").requests();
    let uploaded = requests.iter().rposition(|one| one.method == "POST").unwrap();
    let programs = requests[uploaded..].iter().filter_map(|one| one.headers.get("user-agent"));
    let programs: Vec<&str> = programs.map(|name| name.to_str().unwrap()).collect();
    assert!(programs.last().unwrap().starts_with("pip/"), "{programs:?}");
}

#[test]
fn no_image_is_built_while_the_index_does_not_serve_the_version() {
    let scene = world(PINNED).setting("index.pypi", "deadline = \"2s\"").begin();
    scene.index("pypi").delay_pages(Delay::For(Duration::from_secs(3600)));
    let ended = scene.release("0.2.0").run().exits(3);
    assert!(ended.stdout.contains("verify pypi [FAILED]"), "{ended}");
    let records = scene.journal("release-0.2.0");
    assert!(records.iter().all(|one| one["step"] != "image.server.build"), "{records:#?}");
    assert!(scene.registry().state().tags("demo/server").is_empty());

    scene.index("pypi").settle_pages();
    scene.release("0.2.0").run().exits(0);
    assert_floating(&scene.registry().state(), "0.2.0");
    scene.assert_nothing_is_published_twice();
}

/// What stopped the release, and that users of the image notice nothing.
#[track_caller]
fn assert_older_version_is_refused(scene: &Scene, ended: &Ended, before: &RegistryState) {
    insta::allow_duplicates! {
        insta::assert_snapshot!(ended.complaints(), @r#"
        exit 3
        [ERROR] 9/12 build image server [FAILED]: `demo-tool` in the image printed "demo-tool 0.2.0", which is not version 0.3.0: the image contains another version
        [ERROR] the release of 0.3.0 stopped: "build image server" failed
        [INFO] `full-release 0.3.0` resumes; `full-release 0.3.0 --abort` withdraws what can be withdrawn
        "#);
    }
    assert_eq!(scene.registry().state(), *before);
    assert_floating(before, "0.2.0");
}

/// The hook of the image, which runs right before the build, waits for the test.
const WAIT: &str = "#!/bin/sh\n: >\"$PLACE/here\"\n\
                    while [ ! -e \"$PLACE/go\" ]; do sleep 0.1; done\n";

/// The accident: the Dockerfile takes what is newest, a cache of the index does
/// not know the new version yet, and the image named after it has the old one.
#[test]
fn an_image_that_got_the_older_version_from_a_stale_page_is_not_published() {
    let scene = world(NEWEST).begin();
    scene.release("0.2.0").run().exits(0);
    std::fs::write(scene.root().join("image/stamp"), WAIT).unwrap();
    prepare_next(&scene, NEWEST);
    let text = std::fs::read_to_string(scene.configuration()).unwrap();
    scene.configure(&text.replace("[\"true\"]", "[\"image/stamp\"]"));
    let (here, go) = (scene.folder().join("here"), scene.folder().join("go"));
    let mut running = scene.release("0.3.0").env("PLACE", scene.folder()).start();
    running.until("the build", |_| here.exists());
    let before = scene.registry().state();
    // pip passes over a yanked release, as it does over one that the page lacks.
    assert!(scene.index("pypi").yank("demo-tool", "0.3.0", ""));
    std::fs::write(go, "").unwrap();
    assert_older_version_is_refused(&scene, &running.wait().exits(3), &before);

    assert!(scene.index("pypi").unyank("demo-tool", "0.3.0"));
    // The engine still has the step's older result in
    // its cache, which the same command does not take.
    scene.release("0.3.0").env("PLACE", scene.folder()).run().exits(0);
    assert_floating(&scene.registry().state(), "0.3.0");
}

/// The tag is public, so a repair of the Dockerfile needs the next version.
#[test]
fn a_dockerfile_with_an_older_version_stops_the_release_and_is_repaired_in_the_next() {
    let scene = world(PINNED).begin();
    scene.release("0.2.0").run().exits(0);
    prepare_next(&scene, "demo-tool==0.2.0");
    let before = scene.registry().state();
    assert_older_version_is_refused(&scene, &scene.release("0.3.0").run().exits(3), &before);

    prepare_next(&scene, PINNED);
    // The release is made from its own commit, and nobody moves its tag.
    assert_older_version_is_refused(&scene, &scene.release("0.3.0").run().exits(3), &before);
    insta::assert_snapshot!(scene.release("0.3.1").run().complaints(), @"
    exit 4
    [ERROR] 1 problem blocks the release; nothing was changed
            - release: the release of 0.3.0 is unfinished and partly published; finish it with `full-release 0.3.0`, or close it with `full-release 0.3.0 --abort`
    ");
    let closed = scene.release("0.3.0").arg("--abort").run();
    insta::assert_snapshot!(closed.whole(), @"
    exit 0
    --- stdout
    [WARN] index.pypi.upload was done and is not withdrawn: an index keeps files; yank the release on its web page (its file names cannot be used again)
    [WARN] commit COMMIT and its tag are kept: what is published was built from them
    [OK] the release of 0.3.0 is closed: what is published remains
    --- stderr
    ");
    scene.release("0.3.1").run().exits(0);
    assert_floating(&scene.registry().state(), "0.3.1");
}
