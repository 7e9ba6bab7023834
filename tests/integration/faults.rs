//! Fault proof: each fault at each target ends at once in success, or in the
//! documented refusal and, run again without the fault, in success. The
//! snapshots tell which, and in what words.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rehearsal::{Fault, FaultPlan, LoggedRequest, index::Delay};

use crate::{
    harness::{FinalState, Scene, World, in_parallel},
    wheels::world_with_wheels_of_a_workflow,
};

/// What is disturbed, in the smallest world that has it.
struct Target {
    kind: Kind,
    plan: fn(&Scene) -> &FaultPlan,
    method: &'static str,
    path: &'static str,
    /// Requests of this kind that pass first.
    skip: Skip,
}

#[derive(Debug, Clone, Copy)]
enum Skip {
    /// So many.
    First(u32),
    /// All that an undisturbed release sends before the last request of this
    /// method to a path like this.
    UntilAfter(&'static str, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Package,
    Image,
    Forge,
    Wheels,
}

impl Kind {
    fn scene(self) -> Scene {
        match self {
            Self::Package => World::new().package().setting("index.pypi", "deadline = \"2s\""),
            Self::Image => World::new().image(),
            Self::Forge => {
                World::new().image().forge().setting("github", "assets = [\"CHANGELOG.md\"]")
            }
            Self::Wheels => world_with_wheels_of_a_workflow(),
        }
        .begin()
    }

    /// What an undisturbed release ends in, and what it asks for.
    fn undisturbed(self) -> &'static (FinalState, Vec<LoggedRequest>) {
        static STATES: [OnceLock<(FinalState, Vec<LoggedRequest>)>; 4] =
            [const { OnceLock::new() }; 4];
        STATES[self as usize].get_or_init(|| {
            let scene = self.scene();
            scene.release("0.2.0").run().exits(0);
            let requests = scene.services.requests();
            (scene.state(), requests.into_iter().map(|(_, request)| request).collect())
        })
    }
}

/// Preflight asks with an empty form whether the token is accepted, and once
/// more without the token.
const INDEX_QUESTION: Target = Target {
    kind: Kind::Package,
    plan: |scene| scene.index("pypi").faults(),
    method: "POST",
    path: "/legacy/",
    skip: Skip::First(0),
};
const INDEX_UPLOAD: Target = Target { skip: Skip::First(2), ..INDEX_QUESTION };
/// What a stranger reads after the last file is uploaded.
const INDEX_SIMPLE_PAGE: Target = Target {
    method: "GET",
    path: "/simple/demo-tool/",
    skip: Skip::UntilAfter("POST", "/legacy/"),
    ..INDEX_QUESTION
};
const INDEX_JSON_PAGE: Target = Target { path: "/pypi/demo-tool/", ..INDEX_SIMPLE_PAGE };
const INDEX_FILE: Target = Target { path: "/files/", ..INDEX_SIMPLE_PAGE };
const BLOB: Target = Target {
    kind: Kind::Image,
    plan: |scene| scene.registry().faults(),
    method: "PUT",
    path: "/blobs/uploads/",
    skip: Skip::First(0),
};
const MANIFEST: Target = Target { path: "/manifests/sha256:", ..BLOB };
const VERSION_TAG: Target = Target { path: "/manifests/0.2.0", ..BLOB };
const FLOATING_TAG: Target = Target { path: "/manifests/latest", ..BLOB };
/// What a stranger pulls after the version tag is there.
const PULLED_BLOB: Target = Target {
    method: "GET",
    path: "/blobs/",
    skip: Skip::UntilAfter("PUT", "/manifests/0.2.0"),
    ..BLOB
};
const TOKEN: Target = Target { method: "GET", path: "/token", ..BLOB };
const DRAFT: Target = Target {
    kind: Kind::Forge,
    plan: |scene| scene.forge().faults(),
    method: "POST",
    path: "/repos/demo/tool/releases",
    skip: Skip::First(0),
};
const ASSET: Target = Target { path: "/uploads/", ..DRAFT };
const PUBLICATION: Target = Target { method: "PATCH", ..DRAFT };
/// The list of what the workflows uploaded.
const ARTIFACTS: Target =
    Target { kind: Kind::Wheels, method: "GET", path: "/actions/runs/", ..DRAFT };
/// The bytes of the first of them, at another host.
const ARTIFACT: Target =
    Target { plan: |scene| scene.forge().storage_faults(), path: "/artifacts/", ..ARTIFACTS };

/// A name and what makes the fault.
type NamedFault = (&'static str, fn() -> Fault);

/// The faults that a request may meet, by name.
fn faults() -> [NamedFault; 14] {
    [
        ("status 401", || Fault::status(401)),
        ("status 403", || Fault::status(403)),
        ("status 404", || Fault::status(404)),
        ("status 429", || Fault::status(429)),
        ("status 429 with Retry-After", || {
            Fault::status(429).with_header("retry-after".parse().unwrap(), "1".parse().unwrap())
        }),
        ("status 500", || Fault::status(500)),
        ("status 503", || Fault::status(503)),
        ("delay", || Fault::delay(Duration::from_millis(400))),
        ("reset before the body", Fault::reset_before_body),
        ("reset after the body", Fault::reset_after_body),
        ("lost answer", Fault::lost_response),
        ("truncated body", Fault::truncated_body),
        ("garbage", Fault::garbage),
        ("stale page", Fault::stale),
    ]
}

impl Target {
    fn skipped(&self) -> u32 {
        let (method, path) = match self.skip {
            Skip::First(count) => return count,
            Skip::UntilAfter(method, path) => (method, path),
        };
        let (_, requests) = self.kind.undisturbed();
        let is = |request: &LoggedRequest, method: &str, path: &str| {
            request.method == method && request.path_and_query.contains(path)
        };
        let last = requests.iter().rposition(|request| is(request, method, path)).unwrap();
        let before = requests[..last].iter().filter(|one| is(one, self.method, self.path));
        before.count().try_into().unwrap()
    }

    /// Releases with the fault and, if that did not succeed, again without it.
    /// Gives the first run's words.
    #[track_caller]
    fn disturb(&self, name: &str, fault: Fault) -> String {
        let scene = self.kind.scene();
        let plan = (self.plan)(&scene);
        let fault =
            plan.inject(fault.method(self.method).path_contains(self.path).skip(self.skipped()));
        let ended = scene.release("0.2.0").run();
        assert!(plan.triggered(&fault) > 0, "the fault did not happen: {ended}");
        plan.clear();
        let words = ended.complaints();
        if ended.status.code() != Some(0) {
            let code = ended.status.code().unwrap_or_default();
            assert!([1, 3, 4].contains(&code), "{ended}");
            scene.release("0.2.0").run().exits(0);
        }
        scene.assert_state(&self.kind.undisturbed().0);
        // Garbage comes with a status of success, and nothing was done.
        if !name.starts_with("garbage") {
            scene.assert_nothing_is_published_twice();
        }
        words
    }

    /// Tries every fault, each happening once.
    #[track_caller]
    fn with_each_fault_once(&self) -> String {
        self.with_each(faults().map(|(name, fault)| (format!("{name}, once"), fault())))
    }

    /// Tries faults that stay until the program gives up.
    #[track_caller]
    fn with_staying_faults(&self) -> String {
        let staying = ["status 401", "status 403", "status 429", "status 500", "garbage"];
        let faults = faults().into_iter().filter(|(name, _)| staying.contains(name));
        self.with_each(faults.map(|(name, fault)| (name.to_owned(), fault().forever())))
    }

    /// What each fault ends in. The short form tries every second one, others at each target and on
    /// each day, and has the rest from the snapshot; `TIDEGATE_ALL_FAULTS=1` tries all.
    #[track_caller]
    fn with_each(&self, faults: impl IntoIterator<Item = (String, Fault)>) -> String {
        let recorded = match std::env::var_os("TIDEGATE_ALL_FAULTS") {
            None => recorded_sections(),
            Some(_) => BTreeMap::new(),
        };
        let days = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400;
        let first = (self.path.len() + usize::try_from(days).unwrap()) % 2;
        let (mut sections, mut tried) = (BTreeMap::new(), Vec::new());
        for (number, (name, fault)) in faults.into_iter().enumerate() {
            match recorded.get(&name).filter(|_| number % 2 != first) {
                Some(section) => drop(sections.insert(name, section.clone())),
                None => tried.push((name, fault)),
            }
        }
        let sections = Mutex::new(sections);
        in_parallel(4, tried, |(name, fault)| {
            let words = self.disturb(name, fault.clone());
            sections.lock().unwrap().insert(name.clone(), words);
        });
        let sections = sections.into_inner().unwrap();
        sections.iter().map(|(name, words)| format!("{HEADING}{name}\n{words}\n")).collect()
    }
}

/// Before the name of each fault in a snapshot.
const HEADING: &str = "=== ";

/// What the snapshot of the test that runs has of each fault; nothing when it has none.
fn recorded_sections() -> BTreeMap<String, String> {
    let thread = std::thread::current();
    let test = thread.name().unwrap().replace("::", "__");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration/snapshots");
    let file = folder.join(format!("integration__{test}.snap"));
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let sections = text.split(HEADING).skip(1).filter_map(|section| section.split_once('\n'));
    sections.map(|(name, words)| (name.to_owned(), words.trim_end().to_owned() + "\n")).collect()
}

#[test]
fn the_question_whether_an_index_accepts_a_token_survives_every_fault() {
    insta::assert_snapshot!(INDEX_QUESTION.with_each_fault_once());
}

#[test]
fn an_index_upload_survives_every_fault() {
    insta::assert_snapshot!(INDEX_UPLOAD.with_each_fault_once());
}

#[test]
fn a_simple_page_survives_every_fault() {
    insta::assert_snapshot!(INDEX_SIMPLE_PAGE.with_each_fault_once());
}

#[test]
fn a_json_page_survives_every_fault() {
    insta::assert_snapshot!(INDEX_JSON_PAGE.with_each_fault_once());
}

#[test]
fn the_download_of_a_file_survives_every_fault() {
    insta::assert_snapshot!(INDEX_FILE.with_each_fault_once());
}

#[test]
fn the_pull_of_a_blob_survives_every_fault() {
    insta::assert_snapshot!(PULLED_BLOB.with_each_fault_once());
}

#[test]
fn a_blob_upload_survives_every_fault() {
    insta::assert_snapshot!(BLOB.with_each_fault_once());
}

#[test]
fn a_manifest_survives_every_fault() {
    insta::assert_snapshot!(MANIFEST.with_each_fault_once());
}

#[test]
fn a_version_tag_survives_every_fault() {
    insta::assert_snapshot!(VERSION_TAG.with_each_fault_once());
}

#[test]
fn a_floating_tag_survives_every_fault() {
    insta::assert_snapshot!(FLOATING_TAG.with_each_fault_once());
}

#[test]
fn a_registry_token_survives_every_fault() {
    insta::assert_snapshot!(TOKEN.with_each_fault_once());
}

#[test]
fn a_draft_survives_every_fault() {
    insta::assert_snapshot!(DRAFT.with_each_fault_once());
}

#[test]
fn an_asset_survives_every_fault() {
    insta::assert_snapshot!(ASSET.with_each_fault_once());
}

#[test]
fn a_publication_survives_every_fault() {
    insta::assert_snapshot!(PUBLICATION.with_each_fault_once());
}

#[test]
fn the_list_of_artifacts_survives_every_fault() {
    insta::assert_snapshot!(ARTIFACTS.with_each_fault_once());
}

#[test]
fn the_download_of_an_artifact_survives_every_fault() {
    insta::assert_snapshot!(ARTIFACT.with_each_fault_once());
}

#[test]
fn a_download_of_an_artifact_under_a_fault_that_stays_ends_in_a_clear_refusal() {
    insta::assert_snapshot!(ARTIFACT.with_staying_faults());
}

#[test]
fn an_index_upload_under_a_fault_that_stays_ends_in_a_clear_refusal() {
    insta::assert_snapshot!(INDEX_UPLOAD.with_staying_faults());
}

#[test]
fn a_simple_page_under_a_fault_that_stays_ends_in_a_clear_refusal() {
    insta::assert_snapshot!(INDEX_SIMPLE_PAGE.with_staying_faults());
}

#[test]
fn a_version_tag_under_a_fault_that_stays_ends_in_a_clear_refusal() {
    insta::assert_snapshot!(VERSION_TAG.with_staying_faults());
}

#[test]
fn a_registry_token_under_a_fault_that_stays_ends_in_a_clear_refusal() {
    insta::assert_snapshot!(TOKEN.with_staying_faults());
}

#[test]
fn a_draft_under_a_fault_that_stays_ends_in_a_clear_refusal() {
    insta::assert_snapshot!(DRAFT.with_staying_faults());
}

#[test]
fn a_publication_under_a_fault_that_stays_ends_in_a_clear_refusal() {
    insta::assert_snapshot!(PUBLICATION.with_staying_faults());
}

#[test]
fn an_index_that_lists_late_is_recorded_not_yet_listed() {
    let scene = Kind::Package.scene();
    scene.index("pypi").delay_pages(Delay::For(Duration::from_secs(3600)));
    let ended = scene.release("0.2.0").run().exits(3);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 3
    [ERROR] 8/8 verify pypi [FAILED]: recorded, not yet listed: pypi has the files, but its pages do not show them yet (listed: no JSON page of the project; downloadable: not checked yet; selectable: not checked yet); nothing is lost: run the same command again later
    [ERROR] the release of 0.2.0 stopped: "verify pypi" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    scene.index("pypi").settle_pages();
    scene.release("0.2.0").run().exits(0);
    scene.assert_state(&Kind::Package.undisturbed().0);
    scene.assert_nothing_is_published_twice();
}

#[test]
fn an_upload_that_stops_between_two_files_goes_on_with_the_second() {
    let scene = Kind::Package.scene();
    // Two questions of preflight and the first file pass.
    let denied = Fault::status(403).with_body("Not this one").method("POST").skip(3);
    scene.index("pypi").faults().inject(denied);
    let ended = scene.release("0.2.0").run().exits(3);
    insta::assert_snapshot!(ended.complaints(), @r#"
    exit 3
    [ERROR] 7/8 upload to pypi [FAILED]: 1 of 2 files are uploaded: pypi forbids the upload: Not this one; use a token of an owner or maintainer whose scope includes the project
    [ERROR] the release of 0.2.0 stopped: "upload to pypi" failed
    [INFO] `full-release 0.2.0` resumes; `full-release 0.2.0 --abort` withdraws what can be withdrawn
    "#);
    assert_eq!(scene.published().values().sum::<u32>(), 1, "{:?}", scene.published());
    scene.release("0.2.0").run().exits(0);
    scene.assert_state(&Kind::Package.undisturbed().0);
    scene.assert_nothing_is_published_twice();
}

#[test]
fn a_forge_that_asks_to_slow_down_is_asked_again_later() {
    let scene = Kind::Forge.scene();
    scene.forge().limit_secondary(2, Duration::from_secs(1));
    scene.release("0.2.0").run().exits(0);
    scene.assert_state(&Kind::Forge.undisturbed().0);
}
