//! What `-v` and `-vv` show.

use regex::Regex;
use serde_json::Value;

use crate::harness::{Ended, World};

/// Requests and child programs in a text, by their lines.
fn traces(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("[....] "));
    lines.filter(|line| line.starts_with("request ") || line.starts_with("program ")).collect()
}

/// There is a request with method, address, status and time, and a program with
/// its exit code and arguments.
#[track_caller]
fn assert_traced(ended: &Ended) {
    let address = r"http://127\.0\.0\.1:\d+/simple/demo-tool/";
    for line in [
        &format!(r"(?m)^\[\.\.\.\.\] request method=GET address={address} status=\d+ ms=\d+$"),
        r"(?m)^\[\.\.\.\.\] program exit=0 ms=\d+ command=git --no-pager .+$",
    ] {
        assert!(Regex::new(line).unwrap().is_match(&ended.stderr), "{line}: {ended}");
    }
}

#[test]
fn requests_and_programs_are_shown_on_standard_error_with_vv_alone() {
    let scene = World::new().package().begin();
    let verify = |flags: &[&str]| {
        flags.iter().fold(scene.verify().arg("0.3.0"), |run, flag| run.arg(*flag)).run().exits(5)
    };
    assert_traced(&verify(&["-vv"]));
    for flags in [&[][..], &["-v"], &["-vv", "-q"]] {
        let ended = verify(flags);
        assert!(traces(&ended.stderr).is_empty(), "{flags:?}: {ended}");
        assert!(traces(&ended.stdout).is_empty(), "{flags:?}: {ended}");
    }
}

#[test]
fn standard_output_is_what_it_is_with_v_and_valid_json() {
    let scene = World::new().package().begin();
    let ended = scene.verify().arg("0.3.0").arg("-vv").arg("--format=json").run().exits(5);
    assert_traced(&ended);
    for line in ended.stdout.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    let once = scene.verify().arg("0.3.0").arg("-v").run().exits(5);
    let twice = scene.verify().arg("0.3.0").arg("-vv").run().exits(5);
    assert_eq!(traces(&twice.stdout), Vec::<&str>::new());
    let levels = |ended: &Ended| {
        let mut levels: Vec<String> =
            ended.stdout.lines().map(|line| line.chars().take(8).collect()).collect();
        levels.sort_unstable();
        levels
    };
    assert_eq!(levels(&twice), levels(&once));
}

#[test]
fn a_retry_is_shown_with_its_attempt_wait_and_reason() {
    let scene = World::new().package().begin();
    let fault = rehearsal::Fault::status(503).path_prefix("/simple/").times(1);
    scene.index("pypi").faults().inject(fault);
    let ended = scene.verify().arg("0.3.0").arg("-vv").run().exits(5);
    let retry =
        r"retry attempt=1 wait_ms=\d+ reason=GET http://\S+/simple/demo-tool/: answered 503";
    assert!(Regex::new(retry).unwrap().is_match(&ended.stderr), "{ended}");
    assert!(ended.stderr.contains(" attempt=2\n"), "{ended}");
}

/// What stops a release and what is worth knowing is not noise.
#[test]
fn findings_are_shown_with_q_and_what_goes_well_is_not() {
    let scene = World::new().package().begin();
    std::fs::write(scene.root().join("forgotten.txt"), "").unwrap();
    let planned = scene.release("0.2.0").arg("--dry-run").arg("-q").run().exits(0);
    insta::assert_snapshot!(planned.whole(), @"
    exit 0
    --- stdout
    [WARN] git: untracked files are not part of the release: forgotten.txt; `git add` what belongs to the release
    --- stderr
    ");
    let refused = scene.release("0.0.9").arg("-q").run().exits(4);
    insta::assert_snapshot!(refused.whole(), @"
    exit 4
    --- stdout
    [WARN] git: untracked files are not part of the release: forgotten.txt; `git add` what belongs to the release
    --- stderr
    [ERROR] 1 problem blocks the release; nothing was changed
            - package: the package states 0.1.0, and 0.0.9 is lower; choose a higher version
    ");
    scene.release("0.2.0").run().exits(0);
    scene.index("pypi").yank("demo-tool", "0.2.0", "broken");
    let differs = scene.verify().arg("0.2.0").arg("-q").run().exits(5);
    insta::assert_snapshot!(differs.whole(), @"
    exit 5
    --- stdout
    --- stderr
    [ERROR] 1 difference found
            - index pypi, served files: selectable: the release is yanked (broken)
    ");
}

#[test]
fn a_verification_shows_each_target_when_it_is_done() {
    let scene = World::new().package().index("testpypi").begin();
    scene.release("0.2.0").run().exits(0);
    let ended = scene.verify().arg("0.2.0").run().exits(0);
    let progress = Regex::new(r"(?m)^\[INFO\] index (\w+): (\d+) of (\d+) checks hold$").unwrap();
    let mut targets: Vec<&str> = progress
        .captures_iter(&ended.stdout)
        .map(|found| {
            assert_eq!(found[2], found[3], "{ended}");
            found.get(1).map_or("", |name| name.as_str())
        })
        .collect();
    targets.sort_unstable();
    assert_eq!(targets, ["pypi", "testpypi"], "{ended}");
    let table = ended.stdout.find("Verification of 0.2.0");
    let last = progress.find_iter(&ended.stdout).last().map(|line| line.start());
    assert!(last < table, "{ended}");
}

#[test]
fn the_progress_of_uploads_ends_at_everything() {
    let scene = World::new().package().begin();
    let ended = scene.release("0.2.0").arg("--format=json").run().exits(0);
    let events = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let progress: Vec<Value> = events
        .filter(|event| event["event"] == "step-progress" && event["step"] == "index.pypi.upload")
        .collect();
    let last = progress.last().unwrap_or_else(|| panic!("{ended}"));
    assert!(last["total"].as_u64() > Some(0) && last["done"] == last["total"], "{ended}");
}
