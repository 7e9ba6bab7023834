//! Commands of the project that a release must pass on its way, and those after it.

use regex::Regex;
use rehearsal::forge::{Workflow, WorkflowJob};

use crate::harness::{Scene, Secrets, World};

/// The commands write what they see into a file beside the project.
fn gated(scene_settings: &[(&str, &str)]) -> Scene {
    let world = World::new().package().image();
    let world = world.setting("", "[changelog]\nrequired = false");
    scene_settings.iter().fold(world, |world, (table, text)| world.setting(table, text)).begin()
}

fn written(scene: &Scene, file: &str) -> String {
    std::fs::read_to_string(scene.folder().join(file)).unwrap_or_default()
}

#[test]
fn what_was_built_is_scanned_and_checked_before_and_announced_after_its_publication() {
    let scene = gated(&[
        (
            "image",
            r#"scan = ["sh", "-c", "echo scanned $TIDEGATE_IMAGE >>$TIDEGATE_PROJECT_DIR/../order; test -f $TIDEGATE_IMAGE_LAYOUT/index.json && echo clean >$TIDEGATE_REPORT"]"#,
        ),
        (
            "",
            r#"[checks]
after-build = [["sh", "-c", "echo checked $TIDEGATE_IMAGE_SERVER >>$TIDEGATE_PROJECT_DIR/../order; test -f $TIDEGATE_WHEEL && test -f $TIDEGATE_SDIST && test -d $TIDEGATE_DIST"]]
[project]
after-release = [["sh", "-c", "echo announced $TIDEGATE_VERSION >>$TIDEGATE_PROJECT_DIR/../order"]]"#,
        ),
    ]);
    let ended = scene.release("0.2.0").run().exits(0);
    let order = written(&scene, "order");
    let lines: Vec<&str> = order.lines().collect();
    let [scanned, checked, announced] = lines.as_slice() else { panic!("{order}") };
    assert!(scanned.starts_with("scanned tidegate-build/demo-tool-server-"), "{order}");
    assert!(checked.starts_with("checked tidegate-build/demo-tool-server-"), "{order}");
    assert_eq!(*announced, "announced 0.2.0");
    let shown = ended.whole();
    assert!(shown.contains("scan image server: passed; report in "), "{shown}");
    // The report stays with the record of the release, and no image in the engine.
    let report = scene.journal("release-0.2.0");
    let mut report = report.iter().filter(|record| record["step"] == "image.server.scan");
    let report = report.next_back().unwrap()["done"]["report"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(report).unwrap(), "clean\n");
}

#[test]
fn an_image_that_its_scan_refuses_is_not_pushed() {
    let scene = gated(&[("image", r#"scan = ["sh", "-c", "echo CVE-2026-1 critical; exit 1"]"#)]);
    let ended = scene.release("0.2.0").run().exits(1);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 1
    [ERROR] 5/13 scan image server [FAILED]: `sh -c 'echo CVE-2026-1 critical; exit 1'` ended with exit code 1:
    [ERROR] the release of 0.2.0 stopped: "scan image server" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    assert!(scene.published().is_empty(), "{:?}", scene.published());
}

#[test]
fn an_announcement_that_fails_does_not_undo_the_release() {
    let scene = gated(&[("", "[project]\nafter-release = [\"false\"]")]);
    let ended = scene.release("0.2.0").run().exits(3);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 3
    [ERROR] 13/13 after the release: false [FAILED]: `false` ended with exit code 1:
    [ERROR] 0.2.0 is released, except for the optional "after the release: false"
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    scene.verify().arg("0.2.0").run().exits(0);
}

#[test]
fn a_benchmark_is_compared_with_the_last_release() {
    let scene = gated(&[(
        "",
        r#"[benchmark]
command = ["sh", "-c", "cat $TIDEGATE_PROJECT_DIR/../measured"]"#,
    )]);
    let measure = |value: &str| std::fs::write(scene.folder().join("measured"), value).unwrap();
    measure("{\"import\": 100, \"run\": 20}");
    let ended = scene.release("0.2.0").run().exits(0);
    let expected = "import 100, run 20; no earlier measurement on this machine";
    assert!(ended.whole().contains(expected), "{}", ended.whole());
    measure("{\"import\": 111, \"run\": 10}");
    let ended = scene.release("patch").run().exits(1);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 1
    [ERROR] 5/13 benchmark: sh -c 'cat $TIDEGATE_PROJECT_DIR/../measured' [FAILED]: worse than 0.2.0: import 111 (+11.0 %); measure again with the same command, or raise `allowed-loss` in [benchmark] (now 10%)
    [ERROR] the release of 0.2.1 stopped: "benchmark: sh -c 'cat $TIDEGATE_PROJECT_DIR/../measured'" failed
    [INFO] `full-release 0.2.1` resumes; `full-release 0.2.1 --abort` withdraws what can be withdrawn
    "#);
    measure("{\"import\": 104.5, \"run\": 10}");
    let ended = scene.release("patch").run().exits(0);
    let expected = "import 104.5 (+4.5 %), run 10 (-50.0 %) compared with 0.2.0";
    assert!(ended.whole().contains(expected), "{}", ended.whole());
}

#[test]
fn a_workflow_that_fails_after_the_push_is_shown_with_the_end_of_its_log() {
    let log = format!(
        "2026-01-02T03:04:05.0000000Z uploading with {} and {}\r\n\
         2026-01-02T03:04:06.0000000Z FAILED tests/test_demo.py::test_main\r\n\
         2026-01-02T03:04:07.0000000Z ##[error]Process completed with exit code 1.\r\n\
         2026-01-02T03:04:08.0000000Z Post job cleanup.\r\n",
        Secrets::INDEX,
        Secrets::FORGE
    );
    let job = WorkflowJob::new("test").step("Install").fails_at("Run tests").log(&log);
    let scene = World::new()
        .package()
        .forge()
        .workflow(Workflow::new("ci.yml").concludes("failure").job(job))
        .setting("github", "wait-for = [\"ci.yml\"]")
        .begin();
    let shown = scene.release("0.2.0").run().exits(3).stdout;
    let shown = shown.replace(&scene.forge().url(), "FORGE");
    let shown = Regex::new(r" \(\d+\.\d s\)").unwrap().replace_all(&shown, "");
    let start = shown.find("failed for this commit").unwrap_or_else(|| panic!("{shown}"));
    let end = shown[start..].find("\n[").map_or(shown.len(), |end| start + end);
    insta::assert_snapshot!(&shown[start..end], @"
    failed for this commit: ci.yml
    ci.yml: failure, FORGE/web/demo/tool/actions/runs/1
      job `test`, step `Run tests`:
        uploading with *** and ***
        FAILED tests/test_demo.py::test_main
        Error: Process completed with exit code 1.
    ");
}
