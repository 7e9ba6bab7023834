//! What happens while images are being removed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::Signal;

use crate::harness::{GeneratedImage, RealServer};

use super::place::{APP, Place, app, on_both_stores};

/// So many that some are left when others are seen to be gone: a third of them
/// may be under way at once.
const MANY: usize = 120;

/// Images with two tags each, and an ID that says where each comes in the order in
/// which they are removed.
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
fn last(place: &Place) -> Vec<String> {
    let listed = place.docker.get("/v1.41/images/json");
    let images = listed.as_array().unwrap().iter();
    let last = images.max_by_key(|image| image["Id"].as_str()).unwrap();
    let mut tags: Vec<String> = serde_json::from_value(last["RepoTags"].clone()).unwrap();
    tags.sort();
    tags
}

fn tag_count(place: &Place) -> usize {
    place.docker.tags().iter().filter(|tag| tag.starts_with(APP)).count()
}

#[test]
fn a_dry_run_tells_exactly_what_a_run_removes() {
    on_both_stores(|place| {
        let place = place.has(&many(12)).has(&[
            app("used").waiting().layer("used", 5_000),
            app("base").layer("base", 5_000),
            GeneratedImage::new("tidegate-it/other:1").layer("base", 5_000).layer("more", 5_000),
        ]);
        place.docker.run("web", &format!("{APP}:used"));
        let before = place.docker.tags();
        let flags = ["--keep", "3"];
        let dry = place.clean().args(&flags).arg("--dry-run").json().run().exits(0);
        assert_eq!(place.docker.tags(), before, "nothing was touched");
        let run = place.clean().args(&flags).json().run().exits(0);
        assert_eq!(dry.plan(), run.plan());
        assert!(dry.to_remove().len() > 10, "{dry}");
        assert_eq!(dry.to_remove(), run.removed());
    });
}

#[test]
fn a_second_run_finds_nothing_to_do() {
    on_both_stores(|place| {
        let place = place.has(&many(3)).has(&[app("used").waiting()]);
        place.docker.run("web", &format!("{APP}:used"));
        place.clean().run().exits(0);
        let again = place.clean().run().exits(0);
        assert!(again.stdout.ends_with("nothing to do\n"), "{again}");
        place.docker.docker(&["rm", "--force", "web"]);
        place.clean().run().exits(0);
        assert!(place.docker.tags().is_empty());
        let again = place.clean().run().exits(0);
        let none = format!("[OK] no images of {APP} in ");
        assert!(again.stdout.starts_with(&none) && again.stdout.ends_with(": nothing to do\n"));
    });
}

#[test]
fn that_nothing_was_selected_is_told_and_not_that_all_of_it_stays() {
    let place = Place::new().has(&many(3)).has(&[app("used").waiting()]);
    place.docker.run("web", &format!("{APP}:used"));
    let nothing = |arguments: &[&str]| place.clean().args(arguments).run().whole();
    insta::assert_snapshot!(nothing(&["typo-*"]), @"
    exit 0
    --- stdout

    Docker Engine 20.10.24+dfsg1 at unix://$ENGINE
    what  size     image                 why
    ────  ───────  ────────────────────  ─────────────────────────────────
    keep  4.10 kB  tidegate-it/app:used  in use by container web (running)
    [INFO] no image of tidegate-it/app matches `typo-*`
    [OK] nothing selected of tidegate-it/app in Docker Engine 20.10.24+dfsg1 at unix://$ENGINE may go: nothing to do
    --- stderr
    ");
    insta::assert_snapshot!(nothing(&["used"]), @"
    exit 0
    --- stdout

    Docker Engine 20.10.24+dfsg1 at unix://$ENGINE
    what  size     image                 why
    ────  ───────  ────────────────────  ─────────────────────────────────
    keep  4.10 kB  tidegate-it/app:used  in use by container web (running)
    [OK] nothing selected of tidegate-it/app in Docker Engine 20.10.24+dfsg1 at unix://$ENGINE may go: nothing to do
    --- stderr
    ");
    place.docker.docker(&["rm", "--force", "web"]);
    insta::assert_snapshot!(nothing(&["typo-*", "--format", "markdown"]), @"
    exit 0
    --- stdout
    - no image of tidegate-it/app matches `typo-*`

    - nothing selected of tidegate-it/app in Docker Engine 20.10.24+dfsg1 at unix://$ENGINE may go: nothing to do

    --- stderr
    ");
    insta::assert_snapshot!(nothing(&["used", "--format", "markdown", "--dry-run"]), @"
    exit 0
    --- stdout
    ### Docker Engine 20.10.24+dfsg1 at unix://$ENGINE

    | what | size | image | why |
    | --- | --- | --- | --- |
    | keep | 4.10 kB | tidegate-it/app:used | tidegate-it/app:1.0.1 is built on its layers |

    - nothing selected of tidegate-it/app in Docker Engine 20.10.24+dfsg1 at unix://$ENGINE may go: nothing to do

    --- stderr
    ");
}

/// The container was made after the plan, before anything went.
#[test]
fn an_image_that_came_into_use_after_the_plan_is_kept_with_all_its_tags() {
    on_both_stores(|place| {
        let place = place.has(&many(40));
        let last = last(&place);
        let mut running = place.clean().json().start();
        running.until("the plan", |shown| shown.contains(r#""event":"plan""#));
        running.signal(Signal::STOP);
        place.docker.run("late", &last[0]);
        running.signal(Signal::CONT);
        let cleaned = running.wait().exits(0);
        assert_eq!(place.docker.tags(), last);
        for tag in &last {
            let why = &cleaned.kept()[tag];
            // Seen before its removal began, or refused by the engine.
            assert!(why.contains("late") || why.contains("using"), "{why}");
        }
        assert!(place.docker.docker(&["ps"]).contains(&last[0]), "not a bare ID");
    });
}

/// It was to be removed first, and somebody started it while the plan was shown.
#[test]
fn a_stopped_container_that_runs_again_keeps_the_name_that_it_was_started_by() {
    let place = Place::new()
        .has(&[app("0.9").tag(format!("{APP}:rollback-backup-20260731-101500")).waiting()]);
    let start = ["run", "--detach", "--network=none", "--name=web", "tidegate-it/app:0.9"];
    place.docker.docker(&start);
    place.docker.docker(&["stop", "--time=0", "web"]);
    let flags = ["--with-stopped-containers", "--yes"];
    let mut running = place.clean().args(&flags).json().start();
    running.until("the plan", |shown| shown.contains(r#""event":"plan""#));
    running.signal(Signal::STOP);
    place.docker.docker(&["start", "web"]);
    running.signal(Signal::CONT);
    running.wait().exits(0);
    assert_eq!(place.docker.tags().len(), 2);
    assert!(place.docker.docker(&["ps"]).contains("tidegate-it/app:0.9"), "not a bare ID");
}

/// The container was made while others were going: the engine lets go of every
/// tag but the last one, and the tags are put back.
#[test]
fn an_image_that_came_into_use_meanwhile_gets_its_tags_back() {
    on_both_stores(|place| {
        let place = place.has(&many(MANY));
        let last = last(&place);
        let mut running = place.clean().json().start();
        running.until("some are gone", |shown| {
            shown.contains(r#""event":"step-started""#) && tag_count(&place) < 2 * MANY
        });
        running.signal(Signal::STOP);
        place.docker.run("late", &last[1]);
        running.signal(Signal::CONT);
        let cleaned = running.wait().exits(0);
        assert_eq!(place.docker.tags(), last, "{cleaned}");
        assert_eq!(cleaned.kept().keys().collect::<Vec<_>>(), last.iter().collect::<Vec<_>>());
        let warns = cleaned.events().into_iter().filter(|event| event["level"] == "warn").count();
        assert!(warns >= 2, "{cleaned}");
        place.docker.docker(&["restart", "--time", "0", "late"]);
    });
}

#[test]
fn interrupted_in_the_middle_the_report_is_true() {
    on_both_stores(|place| {
        let place = place.has(&many(MANY));
        let mut running = place.clean().json().start();
        running.until("some are gone", |shown| {
            shown.contains(r#""event":"step-started""#) && tag_count(&place) < 2 * MANY
        });
        running.signal(Signal::INT);
        // What the report says is compared with the engine.
        let cleaned = running.wait().exits(130);
        let (removed, kept) = (cleaned.removed(), cleaned.kept());
        assert!(!removed.is_empty() && !kept.is_empty(), "{cleaned}");
        assert_eq!(removed.len() + kept.len(), 2 * MANY);
        assert_eq!(tag_count(&place), kept.len());
        assert!(kept.values().all(|why| why == "not tried"), "{kept:?}");
        let versions = &cleaned.report()["engines"][0]["versions"][0]["removed"];
        assert_eq!(versions.as_array().unwrap().len(), removed.len());
        // The sizes of those that went tell what those that did not hold.
        let after = &cleaned.report()["engines"][0]["disk"]["after"];
        let held = [&after["reclaimable"]["least"], &after["reclaimable"]["most"]];
        assert_eq!(held, [&after["layers"]; 2], "{after}");
        place.clean().run().exits(0);
        assert_eq!(tag_count(&place), 0);
    });
}

#[test]
fn an_engine_that_ends_in_the_middle_leaves_a_report_and_a_clear_error() {
    let place = Place::new().has(&many(MANY));
    let mut running = place.clean().start();
    running.until("some are gone", |shown| {
        shown.contains("to remove:") && tag_count(&place) < 2 * MANY
    });
    place.docker.kill();
    let cleaned = running.wait().exits(3);
    assert!(cleaned.stderr.contains("not everything could be removed"), "{cleaned}");
    assert!(cleaned.stderr.contains("[INFO] run the same command again"), "{cleaned}");
}

/// Other people's pulls and builds go on while images are removed.
#[test]
fn a_pull_and_a_build_at_the_same_time_are_not_harmed() {
    let registry = RealServer::docker_registry();
    on_both_stores(|place| {
        let pulled = format!("127.0.0.1:{}/tidegate-it/pulled:1", registry.port);
        place.docker.load(&[GeneratedImage::new(&pulled).layer("a", 300_000).layer("b", 300_000)]);
        place.docker.docker(&["push", "--quiet", &pulled]);
        let copies: String = (0..8).map(|number| format!("COPY Dockerfile /{number}\n")).collect();
        place.write("Dockerfile", &format!("FROM scratch\nLABEL org.tidegate.test=yes\n{copies}"));
        let folder = place.project().display().to_string();
        let cleaning = AtomicBool::new(true);
        let rounds = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let meanwhile = |which: usize, work: &dyn Fn()| {
            while cleaning.load(Ordering::Relaxed) {
                work();
                rounds[which].fetch_add(1, Ordering::Relaxed);
            }
        };
        // On a busy machine the others come around seldom; one that failed never does.
        let all_came_around = || rounds.iter().all(|one| one.load(Ordering::Relaxed) > 1);
        std::thread::scope(|scope| {
            let pulls = scope.spawn(|| {
                meanwhile(0, &|| {
                    place.docker.docker(&["rmi", &pulled]);
                    place.docker.docker(&["pull", "--quiet", &pulled]);
                    assert!(place.docker.has(&pulled));
                });
            });
            let builds = scope.spawn(|| {
                meanwhile(1, &|| {
                    let build = ["build", "--quiet", "--no-cache", "--tag", "built:1", &folder];
                    place.docker.docker(&build);
                    assert!(place.docker.has("built:1"));
                });
            });
            let cleaned = scope.spawn(|| {
                for time in 0..40 {
                    if time >= 4 && all_came_around() {
                        break;
                    }
                    place.docker.load(&many(10));
                    let images = format!("{APP}:*");
                    for what in [images.as_str(), "--dangling"] {
                        place.clean().args(&[what, "--all-images", "--yes"]).run().exits(0);
                    }
                }
            });
            let cleaned = cleaned.join();
            cleaning.store(false, Ordering::Relaxed);
            pulls.join().unwrap();
            builds.join().unwrap();
            cleaned.unwrap();
            assert!(all_came_around(), "{rounds:?}");
        });
    });
}

#[test]
fn stopped_containers_that_block_are_named_and_removed_when_told_so() {
    on_both_stores(|place| {
        let other = |tag: &str| GeneratedImage::new(format!("tidegate-it/other:{tag}"));
        let place = place.has(&[
            app("1").layer("one", 5_000).waiting(),
            app("2").layer("two", 5_000).waiting(),
            app("base").waiting(),
            other("1").waiting().layer("on base", 5_000),
        ]);
        let run = |name: &str, image: &str, command: &[&str]| {
            let volume = format!("{name}-data:/data");
            let start = ["run", "--detach", "--network", "none", "--name", name, "--volume"];
            place.docker.docker(&[&start[..], &[&volume, image], command].concat());
        };
        run("ended", "tidegate-it/app:1", &["/wait", "1"]);
        run("running", "tidegate-it/app:2", &[]);
        run("others", "tidegate-it/other:1", &["/wait", "1"]);
        run("of-base", "tidegate-it/app:base", &["/wait", "1"]);
        place.docker.until("1", &["wait", "ended"]);
        place.docker.until("1", &["wait", "of-base"]);

        let cleaned = place.clean().run().exits(0);
        let advice = "only stopped containers keep some images; `docker rm ended`";
        assert!(cleaned.stdout.contains(advice), "{cleaned}");
        assert_eq!(place.docker.tags().len(), 4);

        let refused = place.clean().arg("--with-stopped-containers").run();
        insta::allow_duplicates! { insta::assert_snapshot!(refused.complaints(), @"
        exit 2
        [ERROR] nobody is there to agree to removing more than the project's unused images
        [INFO] say --yes
        "); }
        assert_eq!(place.docker.docker(&["ps", "--all", "--quiet"]).lines().count(), 4);

        let flags = ["--with-stopped-containers", "--yes"];
        let cleaned = place.clean().args(&flags).json().run().exits(0);
        assert_eq!(
            cleaned.removed().into_keys().collect::<Vec<_>>(),
            ["tidegate-it/app:1"],
            "{cleaned}"
        );
        assert_eq!(cleaned.report()["engines"][0]["containers-removed"][0], "ended");
        let left = place.docker.docker(&["ps", "--all", "--format", "{{.Names}}"]);
        // What stays in any case is not worth a container.
        assert_eq!(left.lines().collect::<Vec<_>>(), ["of-base", "others", "running"]);
        let volumes = place.docker.docker(&["volume", "ls", "--quiet"]);
        assert!(volumes.contains("ended-data"), "volumes stay: {volumes}");
    });
}

#[test]
fn a_stopped_container_of_another_compose_project_stays() {
    on_both_stores(|place| {
        let images = ["1", "2"].map(|tag| app(tag).waiting().layer(tag, 1_000));
        let place = place.has(&images);
        let label = "com.docker.compose.project=somebody-elses";
        let (theirs, ours) = (format!("{APP}:1"), format!("{APP}:2"));
        place.docker.docker(&["create", "--name", "theirs", "--label", label, &theirs]);
        place.docker.docker(&["create", "--name", "ours", &ours]);
        let flags = ["--with-stopped-containers", "--yes"];
        let cleaned = place.clean().args(&flags).run().exits(0);
        assert_eq!(place.docker.tags(), [theirs], "{cleaned}");
        let told = "1 reference and 1 stopped container removed";
        assert!(cleaned.stdout.contains(told), "{cleaned}");
    });
}
