//! What each policy removes, and the reasons.

use crate::harness::{GeneratedImage, Store};

use super::machine::{APP, CleanOutput, Machine, app, on_both_stores};

/// `reference: reason`, one below the other.
fn lines(reasons: &std::collections::BTreeMap<String, String>) -> String {
    reasons.iter().map(|(name, why)| format!("{}: {why}\n", name.trim_start_matches(APP))).collect()
}

/// What was removed and what was kept, one below the other.
fn removed_and_kept(cleaned: &CleanOutput) -> String {
    format!("removed\n{}kept\n{}", lines(&cleaned.removed()), lines(&cleaned.kept()))
}

/// A release each day, each with its own image: the older the version, the newer its
/// image.
fn releases(tags: &[&str]) -> Vec<GeneratedImage> {
    let image = |(day, tag): (usize, &&str)| {
        app(tag).layer(tag, 5_000).created(&format!("2026-01-{:02}T00:00:00Z", 28 - day))
    };
    tags.iter().enumerate().map(image).collect()
}

#[test]
fn the_newest_versions_of_each_family_stay_by_version_and_not_by_date() {
    let machine = Machine::new().with_images(&releases(&[
        "0.9.0",
        "0.9.1",
        "0.10.0",
        "0.10.1",
        "cron-0.9.1",
        "cron-0.10.0",
        "cron-0.10.1",
        "dev",
        "1.0.0-rc1",
    ]));
    let cleaned = machine.clean().args(&["--keep", "2"]).json().run().exits(0);
    insta::assert_snapshot!(removed_and_kept(&cleaned), @"
    removed
    :0.10.0: old version, 2 are newer
    :0.9.0: old version, 4 are newer
    :0.9.1: old version, 3 are newer
    :cron-0.9.1: old version, 2 are newer
    kept
    :0.10.1: version 2 of the 2 newest
    :1.0.0-rc1: version 1 of the 2 newest
    :cron-0.10.0: version 2 of the 2 newest
    :cron-0.10.1: version 1 of the 2 newest
    :dev: its tag names no version
    ");
}

#[test]
fn floating_tags_stay_with_the_version_that_they_stand_for() {
    let machine = Machine::new().with_images(&[
        app("1.2.0").tag(format!("{APP}:1.2")).tag(format!("{APP}:latest")).layer("b", 5_000),
        app("1.1.0").tag(format!("{APP}:1.1")).layer("a", 5_000),
    ]);
    let cleaned = machine.clean().args(&["--keep", "1"]).json().run().exits(0);
    insta::assert_snapshot!(removed_and_kept(&cleaned), @"
    removed
    :1.1: old version, 1 is newer
    :1.1.0: old version, 1 is newer
    kept
    :1.2: newest version
    :1.2.0: newest version
    :latest: its tag names no version
    ");
}

#[test]
fn only_deployed_images_stay_and_whole_repositories_without_any() {
    let other =
        |tag: &str| GeneratedImage::new(format!("tidegate-it/worker:{tag}")).layer(tag, 9_000);
    let repositories =
        format!("[local-images]\nrepositories = [\"{APP}\", \"tidegate-it/worker\"]\n");
    let machine = Machine::new().configure(&repositories).with_images(&[
        app("v3").waiting(),
        app("v2").layer("2", 5_000),
        app("dev").layer("dev", 5_000),
        other("v1"),
        other("v2"),
    ]);
    machine.docker.run("web", &format!("{APP}:v3"));
    let cleaned = machine.clean().arg("--keep-deployed").json().run().exits(0);
    insta::assert_snapshot!(removed_and_kept(&cleaned), @"
    removed
    :dev: development image no longer needed
    :v2: replaced by tidegate-it/app:v3
    kept
    :v3: in use by container web (running)
    tidegate-it/worker:v1: no image of its repository is known to be used
    tidegate-it/worker:v2: no image of its repository is known to be used
    ");
}

#[test]
fn duplicate_tags_are_removed_and_the_most_precise_one_stays() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&[
            app("1.0.0").tag(format!("{APP}:1")).tag(format!("{APP}:latest")).layer("one", 5_000),
            app("2.0.0").tag(format!("{APP}:production")).waiting(),
            app("single").layer("single", 5_000),
        ]);
        machine.docker.run("web", &format!("{APP}:production"));
        let cleaned = machine.clean().arg("--duplicates").json().run().exits(0);
        insta::allow_duplicates! { insta::assert_snapshot!(removed_and_kept(&cleaned), @"
        removed
        :1: same image as tidegate-it/app:1.0.0 (duplicate)
        :2.0.0: same image as tidegate-it/app:production (duplicate)
        :latest: same image as tidegate-it/app:1.0.0 (duplicate)
        kept
        :production: in use by container web (running)
        "); }
    });
}

#[test]
fn patterns_select_and_keep() {
    let machine = Machine::new()
        .configure(&format!(
            "[local-images]\nrepositories = [\"{APP}\"]\nkeep-matching = [\"*:stable-*\"]\n"
        ))
        .with_images(&releases(&["0.1.0", "0.2.0", "0.2.1", "cron-0.2.0", "stable-0", "dev"]));
    let flags = [&format!("{APP}:0.*"), "cron-*", "stable-*", "--keep-matching", "0.2.1"];
    let cleaned = machine.clean().args(&flags).json().run().exits(0);
    insta::assert_snapshot!(removed_and_kept(&cleaned), @"
    removed
    :0.1.0: replaced by tidegate-it/app:0.2.1
    :0.2.0: replaced by tidegate-it/app:0.2.1
    :cron-0.2.0: not used
    kept
    :0.2.1: matches a keep pattern
    :stable-0: matches a keep pattern
    ");
}

/// An image that claims to be built in 1970 was loaded a second ago.
#[test]
fn age_is_the_time_since_the_image_came_here_and_not_since_it_was_built() {
    on_both_stores(|machine| {
        let old = || app("old").layer("old", 5_000).created("1970-01-01T00:00:00Z");
        let machine = machine.with_images(&[old()]);
        let cleaned = machine.clean().args(&["--older-than", "24h"]).json().run().exits(0);
        let why = &cleaned.kept()[&format!("{APP}:old")];
        match machine.docker.store {
            // That store does not record when it was loaded.
            Store::GraphDriver => assert!(why == "age unknown", "{why}"),
            Store::Containerd => assert!(why.contains("too recent"), "{why}"),
        }
        machine.docker.docker(&["tag", &format!("{APP}:old"), &format!("{APP}:tagged")]);
        std::thread::sleep(std::time::Duration::from_secs(2));
        let cleaned = machine.clean().args(&["--older-than", "1s"]).json().run().exits(0);
        assert_eq!(cleaned.removed().len(), 2, "{cleaned}");
    });
}

#[test]
fn policies_of_the_configuration_hold_and_flags_win() {
    let settings = format!("[local-images]\nrepositories = [\"{APP}\"]\nkeep = 1\n");
    let machine =
        Machine::new().configure(&settings).with_images(&releases(&["1.0", "1.1", "1.2", "1.3"]));
    let cleaned = machine.clean().args(&["--keep", "2"]).json().run().exits(0);
    assert_eq!(cleaned.removed().len(), 2);
    let cleaned = machine.clean().json().run().exits(0);
    assert_eq!(cleaned.removed().len(), 1);
    assert_eq!(machine.docker.tags(), [format!("{APP}:1.3")]);
}
