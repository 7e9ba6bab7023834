//! Events while images are being removed.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::harness::{GeneratedImage, RealServer};

use super::machine::{APP, CleanOutput, Machine, app, on_both_stores};

/// Enough for some to be left while others are already gone: a third of them may be
/// removed at the same time.
const MANY: usize = 120;

/// Images with two tags each; they are removed in the order of their IDs.
fn many(count: usize) -> Vec<GeneratedImage> {
    let image = |number: usize| {
        app(&format!("1.0.{number}"))
            .tag(format!("{APP}:cron-1.0.{number}"))
            .waiting()
            .layer(&format!("own {number}"), 2_000)
    };
    (0..count).map(image).collect()
}

/// The tags of the image that is removed last.
fn tags_removed_last(machine: &Machine) -> Vec<String> {
    let listed = machine.docker.get("/v1.41/images/json");
    let images = listed.as_array().unwrap().iter();
    let last = images.max_by_key(|image| image["Id"].as_str()).unwrap();
    let mut tags: Vec<String> = serde_json::from_value(last["RepoTags"].clone()).unwrap();
    tags.sort();
    tags
}

fn tag_count(machine: &Machine) -> usize {
    machine.docker.tags().iter().filter(|tag| tag.starts_with(APP)).count()
}

#[test]
fn a_dry_run_lists_exactly_what_a_run_removes() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&many(12)).with_images(&[
            app("used").waiting().layer("used", 5_000),
            app("base").layer("base", 5_000),
            GeneratedImage::new("tidegate-it/other:1").layer("base", 5_000).layer("more", 5_000),
        ]);
        machine.docker.run("web", &format!("{APP}:used"));
        let before = machine.docker.tags();
        let flags = ["--keep", "3"];
        let dry = machine.clean().args(&flags).arg("--dry-run").json().run().exits(0);
        assert_eq!(machine.docker.tags(), before, "nothing was touched");
        let run = machine.clean().args(&flags).json().run().exits(0);
        assert_eq!(dry.plan(), run.plan());
        assert!(dry.to_remove().len() > 10, "{dry}");
        assert_eq!(dry.to_remove(), run.removed());
    });
}

#[test]
fn a_second_run_finds_nothing_to_do() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&many(3)).with_images(&[app("used").waiting()]);
        machine.docker.run("web", &format!("{APP}:used"));
        machine.clean().run().exits(0);
        let again = machine.clean().run().exits(0);
        let rest = format!(": every image of {APP} is in use or kept\n");
        assert!(again.stdout.contains("[OK] nothing to remove from "), "{again}");
        assert!(again.stdout.ends_with(&rest), "{again}");
        machine.docker.docker(&["rm", "--force", "web"]);
        machine.clean().run().exits(0);
        assert!(machine.docker.tags().is_empty());
        let again = machine.clean().run().exits(0);
        let rest = format!(": no images of {APP}\n");
        assert!(again.stdout.starts_with("[OK] nothing to remove from "), "{again}");
        assert!(again.stdout.ends_with(&rest), "{again}");
    });
}

fn output_of(machine: &Machine, arguments: &[&str]) -> String {
    machine.clean().args(arguments).run().whole()
}

#[test]
fn a_selection_without_removals_is_not_reported_as_keeping_everything() {
    let machine = Machine::new().with_images(&many(3)).with_images(&[app("used").waiting()]);
    machine.docker.run("web", &format!("{APP}:used"));
    insta::assert_snapshot!(output_of(&machine, &["typo-*"]), @"
    exit 0
    --- stdout

    Docker Engine 20.10.24+dfsg1 at unix://$ENGINE
    action  size     image                 why
    ──────  ───────  ────────────────────  ─────────────────────────────────
    keep    4.10 kB  tidegate-it/app:used  in use by container web (running)
    [INFO] no image of tidegate-it/app matches `typo-*`
    [OK] nothing to remove from Docker Engine 20.10.24+dfsg1 at unix://$ENGINE: every selected image of tidegate-it/app is in use or kept
    --- stderr
    ");
    insta::assert_snapshot!(output_of(&machine, &["used"]), @"
    exit 0
    --- stdout

    Docker Engine 20.10.24+dfsg1 at unix://$ENGINE
    action  size     image                 why
    ──────  ───────  ────────────────────  ─────────────────────────────────
    keep    4.10 kB  tidegate-it/app:used  in use by container web (running)
    [OK] nothing to remove from Docker Engine 20.10.24+dfsg1 at unix://$ENGINE: every selected image of tidegate-it/app is in use or kept
    --- stderr
    ");
    machine.docker.docker(&["rm", "--force", "web"]);
    insta::assert_snapshot!(output_of(&machine, &["typo-*", "--format", "markdown"]), @"
    exit 0
    --- stdout
    - no image of tidegate-it/app matches `typo-*`

    - nothing to remove from Docker Engine 20.10.24+dfsg1 at unix://$ENGINE: every selected image of tidegate-it/app is in use or kept

    --- stderr
    ");
    let flags = ["used", "--format", "markdown", "--dry-run"];
    insta::assert_snapshot!(output_of(&machine, &flags), @"
    exit 0
    --- stdout
    ### Docker Engine 20.10.24+dfsg1 at unix://$ENGINE

    | action | size | image | why |
    | --- | --- | --- | --- |
    | keep | 4.10 kB | tidegate-it/app:used | tidegate-it/app:1.0.0 is built on its layers |

    - nothing to remove from Docker Engine 20.10.24+dfsg1 at unix://$ENGINE: every selected image of tidegate-it/app is in use or kept

    --- stderr
    ");
}

/// The container was created after the plan and before any removal.
#[test]
fn an_image_that_came_into_use_after_the_plan_is_kept_with_all_its_tags() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&many(40));
        let last = tags_removed_last(&machine);
        let mut running = machine.clean().json().start();
        running.until("the plan", |shown| shown.contains(r#""event":"plan""#));
        running.signal(Signal::STOP);
        machine.docker.run("late", &last[0]);
        running.signal(Signal::CONT);
        let cleaned = running.wait().exits(0);
        assert_eq!(machine.docker.tags(), last);
        for tag in &last {
            let why = &cleaned.kept()[tag];
            // Seen before its removal began, or refused by the engine.
            assert!(why.contains("late") || why.contains("using"), "{why}");
        }
        assert!(machine.docker.docker(&["ps"]).contains(&last[0]), "not a bare ID");
    });
}

/// It was to be removed first, and started while the plan was shown.
#[test]
fn a_stopped_container_that_runs_again_keeps_the_name_that_it_was_started_by() {
    let held = (0..20).any(|_| {
        let machine = Machine::new().with_images(&[app("0.9")
            .tag(format!("{APP}:rollback-backup-20260731-101500"))
            .waiting()]);
        let Some(cleaned) = started_before_its_removal(&machine) else { return false };
        cleaned.exits(0);
        assert_eq!(machine.docker.tags().len(), 2);
        assert!(machine.docker.docker(&["ps"]).contains("tidegate-it/app:0.9"), "not a bare ID");
        true
    });
    assert!(held, "the program was never stopped between its plan and the removal");
}

/// `None` if the container was removed before the program could be held.
fn started_before_its_removal(machine: &Machine) -> Option<CleanOutput> {
    let start = ["run", "--detach", "--network=none", "--name=web", "tidegate-it/app:0.9"];
    machine.docker.docker(&start);
    machine.docker.docker(&["stop", "--time=0", "web"]);
    let flags = ["--with-stopped-containers", "--yes"];
    let mut running = machine.clean().args(&flags).json().start();
    running.until("the plan", |shown| shown.contains(r#""event":"plan""#));
    running.signal(Signal::STOP);
    let started = machine.docker.attempt(&["start", "web"]).status.success();
    running.signal(Signal::CONT);
    let cleaned = running.wait();
    started.then_some(cleaned)
}

/// The container was created during the removal: the engine removes every tag but the
/// last one, and the tags are restored.
#[test]
fn an_image_that_came_into_use_meanwhile_gets_its_tags_back() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&many(MANY));
        let last = tags_removed_last(&machine);
        let mut running = machine.clean().json().start();
        running.until("some are gone", |shown| {
            shown.contains(r#""event":"step-started""#) && tag_count(&machine) < 2 * MANY
        });
        running.signal(Signal::STOP);
        machine.docker.run("late", &last[1]);
        running.signal(Signal::CONT);
        let cleaned = running.wait().exits(0);
        assert_eq!(machine.docker.tags(), last, "{cleaned}");
        assert_eq!(cleaned.kept().keys().collect::<Vec<_>>(), last.iter().collect::<Vec<_>>());
        let warns = cleaned.events().into_iter().filter(|event| event["level"] == "warn").count();
        assert!(warns >= 2, "{cleaned}");
        machine.docker.docker(&["restart", "--time", "0", "late"]);
    });
}

#[test]
fn interrupted_in_the_middle_the_report_is_true() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&many(MANY));
        let mut running = machine.clean().json().start();
        running.until("some are gone", |shown| {
            shown.contains(r#""event":"step-started""#) && tag_count(&machine) < 2 * MANY
        });
        running.signal(Signal::INT);
        // `wait` compares the report with the engine.
        let cleaned = running.wait().exits(130);
        let (removed, kept) = (cleaned.removed(), cleaned.kept());
        assert!(!removed.is_empty() && !kept.is_empty(), "{cleaned}");
        assert_eq!(removed.len() + kept.len(), 2 * MANY);
        assert_eq!(tag_count(&machine), kept.len());
        assert!(kept.values().all(|why| why == "not tried"), "{kept:?}");
        let versions = &cleaned.report()["engines"][0]["versions"][0]["removed"];
        assert_eq!(versions.as_array().unwrap().len(), removed.len());
        // The sizes of removed images determine what the others hold.
        let after = &cleaned.report()["engines"][0]["disk"]["after"];
        let held = [&after["reclaimable"]["least"], &after["reclaimable"]["most"]];
        assert_eq!(held, [&after["layers"]; 2], "{after}");
        machine.clean().run().exits(0);
        assert_eq!(tag_count(&machine), 0);
    });
}

#[test]
fn an_engine_that_ends_in_the_middle_leaves_a_report_and_a_clear_error() {
    let machine = Machine::new().with_images(&many(MANY));
    let mut running = machine.clean().start();
    running.until("some are gone", |shown| {
        shown.contains("to remove:") && tag_count(&machine) < 2 * MANY
    });
    machine.docker.kill();
    let cleaned = running.wait().exits(3);
    assert!(cleaned.stderr.contains("not everything could be removed"), "{cleaned}");
    assert!(cleaned.stderr.contains("[INFO] run the same command again"), "{cleaned}");
}

/// Work that is repeated beside something else.
#[derive(Default)]
struct Repetition {
    rounds: AtomicUsize,
    has_ended: AtomicBool,
}

impl Repetition {
    fn repeat_while(&self, flag: &AtomicBool, work: impl Fn()) {
        let _end = EndMark(&self.has_ended);
        while flag.load(Ordering::Relaxed) {
            work();
            self.rounds.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn has_repeated(&self) -> bool {
        self.rounds.load(Ordering::Relaxed) > 1
    }

    /// Whether there is nothing to wait for: it has failed, too.
    fn is_enough(&self) -> bool {
        self.has_repeated() || self.has_ended.load(Ordering::Relaxed)
    }
}

/// Set when work ends, by a panic as well.
struct EndMark<'a>(&'a AtomicBool);

impl Drop for EndMark<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Pulls and builds of other programs continue while images are removed.
#[test]
fn a_pull_and_a_build_at_the_same_time_are_not_harmed() {
    let registry = RealServer::docker_registry();
    on_both_stores(|machine| {
        let pulled = format!("127.0.0.1:{}/tidegate-it/pulled:1", registry.port);
        machine
            .docker
            .load(&[GeneratedImage::new(&pulled).layer("a", 300_000).layer("b", 300_000)]);
        machine.docker.docker(&["push", "--quiet", &pulled]);
        let copies: String = (0..8).map(|number| format!("COPY Dockerfile /{number}\n")).collect();
        machine
            .write("Dockerfile", &format!("FROM scratch\nLABEL org.tidegate.test=yes\n{copies}"));
        let folder = machine.project().display().to_string();
        let cleaning = AtomicBool::new(true);
        let [pulling, building] = [Repetition::default(), Repetition::default()];
        std::thread::scope(|scope| {
            let pulls = scope.spawn(|| {
                pulling.repeat_while(&cleaning, || {
                    machine.docker.docker(&["rmi", &pulled]);
                    machine.docker.docker(&["pull", "--quiet", &pulled]);
                    assert!(machine.docker.has(&pulled));
                });
            });
            let builds = scope.spawn(|| {
                building.repeat_while(&cleaning, || {
                    let build = ["build", "--quiet", "--no-cache", "--tag", "built:1", &folder];
                    machine.docker.docker(&build);
                    assert!(machine.docker.has("built:1"));
                });
            });
            let cleaned = scope.spawn(|| {
                // On a busy machine the others need more time.
                let deadline = Instant::now() + Duration::from_secs(300);
                let is_enough = || pulling.is_enough() && building.is_enough();
                let mut times = 0;
                while times < 4 || (!is_enough() && Instant::now() < deadline) {
                    times += 1;
                    machine.docker.load(&many(10));
                    let images = format!("{APP}:*");
                    for what in [images.as_str(), "--dangling"] {
                        machine.clean().args(&[what, "--all-images", "--yes"]).run().exits(0);
                    }
                }
            });
            let cleaned = cleaned.join();
            cleaning.store(false, Ordering::Relaxed);
            pulls.join().unwrap();
            builds.join().unwrap();
            cleaned.unwrap();
            assert!(pulling.has_repeated() && building.has_repeated());
        });
    });
}

#[test]
fn stopped_containers_that_block_are_named_and_removed_on_request() {
    on_both_stores(|machine| {
        let other = |tag: &str| GeneratedImage::new(format!("tidegate-it/other:{tag}"));
        let machine = machine.with_images(&[
            app("1").layer("one", 5_000).waiting(),
            app("2").layer("two", 5_000).waiting(),
            app("base").waiting(),
            other("1").waiting().layer("on base", 5_000),
        ]);
        let run = |name: &str, image: &str, command: &[&str]| {
            let volume = format!("{name}-data:/data");
            let start = ["run", "--detach", "--network", "none", "--name", name, "--volume"];
            machine.docker.docker(&[&start[..], &[&volume, image], command].concat());
        };
        run("ended", "tidegate-it/app:1", &["/wait", "1"]);
        run("running", "tidegate-it/app:2", &[]);
        run("others", "tidegate-it/other:1", &["/wait", "1"]);
        run("of-base", "tidegate-it/app:base", &["/wait", "1"]);
        machine.docker.until("1", &["wait", "ended"]);
        machine.docker.until("1", &["wait", "of-base"]);

        let cleaned = machine.clean().run().exits(0);
        let advice = "only stopped containers keep some images; `docker rm ended`";
        assert!(cleaned.stdout.contains(advice), "{cleaned}");
        assert_eq!(machine.docker.tags().len(), 4);

        let refused = machine.clean().arg("--with-stopped-containers").run();
        insta::allow_duplicates! { insta::assert_snapshot!(refused.complaints(), @"
        exit 2
        [ERROR] removing more than the project's unused images needs confirmation, but there is no terminal to ask on
        [INFO] add --yes
        "); }
        assert_eq!(machine.docker.docker(&["ps", "--all", "--quiet"]).lines().count(), 4);

        let flags = ["--with-stopped-containers", "--yes"];
        let cleaned = machine.clean().args(&flags).json().run().exits(0);
        assert_eq!(
            cleaned.removed().into_keys().collect::<Vec<_>>(),
            ["tidegate-it/app:1"],
            "{cleaned}"
        );
        assert_eq!(cleaned.report()["engines"][0]["containers-removed"][0], "ended");
        let left = machine.docker.docker(&["ps", "--all", "--format", "{{.Names}}"]);
        // A container whose image is kept anyway is not removed.
        assert_eq!(left.lines().collect::<Vec<_>>(), ["of-base", "others", "running"]);
        let volumes = machine.docker.docker(&["volume", "ls", "--quiet"]);
        assert!(volumes.contains("ended-data"), "volumes stay: {volumes}");
    });
}

#[test]
fn a_stopped_container_of_another_compose_project_stays() {
    on_both_stores(|machine| {
        let images = ["1", "2"].map(|tag| app(tag).waiting().layer(tag, 1_000));
        let machine = machine.with_images(&images);
        let label = "com.docker.compose.project=other";
        let (theirs, ours) = (format!("{APP}:1"), format!("{APP}:2"));
        machine.docker.docker(&["create", "--name", "theirs", "--label", label, &theirs]);
        machine.docker.docker(&["create", "--name", "ours", &ours]);
        let flags = ["--with-stopped-containers", "--yes"];
        let cleaned = machine.clean().args(&flags).run().exits(0);
        assert_eq!(machine.docker.tags(), [theirs], "{cleaned}");
        let summary = "1 reference and 1 stopped container removed";
        assert!(cleaned.stdout.contains(summary), "{cleaned}");
    });
}
