//! Each part of a policy, with the reasons that it gives.

use std::time::Duration;

use image_retention::{Policy, Scope, UsedImage, removed_images};

use crate::support::*;

fn patterns(texts: &[&str]) -> Vec<image_retention::Pattern> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn keep(newest: usize, policy: Policy) -> Policy {
    Policy { keep_newest: newest.try_into().ok(), ..policy }
}

#[test]
fn by_default_everything_unused_of_the_project_is_removed() {
    let images = [image("a", &["owner/app:1.0"]), image("b", &["owner/app:1.1"])];
    let uses = [container("web", UsedImage::Image(id("b")))];
    assert_eq!(
        lines(&images, &uses, &policy_for(&["owner/app"])),
        [
            "+ owner/app:1.1: in use by container web (running)",
            "- owner/app:1.0: replaced by owner/app:1.1",
        ]
    );
    assert_eq!(
        lines(&images, &[], &policy_for(&["owner/app"])),
        ["- owner/app:1.1: not used", "- owner/app:1.0: not used"]
    );
}

#[test]
fn a_repository_that_only_begins_alike_is_out_of_scope() {
    let images = [image("a", &["owner/project:1"]), image("b", &["owner/project-other:1"])];
    assert_eq!(
        lines(&images, &[], &policy_for(&["owner/project"])),
        ["- owner/project:1: not used"]
    );
}

#[test]
fn the_newest_versions_of_each_family_stay_by_version_and_not_by_date() {
    let images = [
        image("a", &["o/a:0.9.0"]).hours_old(Some(1)),
        image("b", &["o/a:0.9.2"]),
        image("c", &["o/a:0.10.0"]),
        image("d", &["o/a:cron-0.9.0", "o/a:cron-0.9.0-abc1234"]),
        image("e", &["o/a:cron-0.9.1"]),
        image("f", &["o/a:cron-0.9.2-rc.1"]),
    ];
    assert_eq!(
        lines(&images, &[], &keep(2, policy_for(&["o/a"]))),
        [
            "+ o/a:0.10.0: version 1 of the 2 newest",
            "+ o/a:0.9.2: version 2 of the 2 newest",
            "- o/a:0.9.0: old version, 2 are newer",
            "+ o/a:cron-0.9.2-rc.1: version 1 of the 2 newest",
            "+ o/a:cron-0.9.1: version 2 of the 2 newest",
            "- o/a:cron-0.9.0: old version, 2 are newer",
            "- o/a:cron-0.9.0-abc1234: old version, 2 are newer",
        ]
    );
}

#[test]
fn build_numbers_and_dates_are_not_newer_than_versions() {
    let images = [
        image("a", &["o/a:1.4.0"]),
        image("b", &["o/a:1.5.0", "o/a:1"]),
        image("c", &["o/a:57"]),
        image("d", &["o/a:58"]),
        image("e", &["o/a:20260101"]),
    ];
    assert_eq!(
        lines(&images, &[], &keep(1, policy_for(&["o/a"]))),
        [
            "+ o/a:1.5.0: newest version",
            "- o/a:1.4.0: old version, 1 is newer",
            "+ o/a:1: newest version",
            "+ o/a:20260101: newest version",
            "- o/a:58: old version, 1 is newer",
            "- o/a:57: old version, 2 are newer",
        ]
    );
}

#[test]
fn a_plain_pattern_to_keep_may_be_a_repository_but_a_plain_selection_is_a_tag() {
    let images = [image("a", &["postgres:16"]), image("b", &["redis:7"]), image("c", &["o/a:1"])];
    let all = Policy::all(Scope::Everything);
    let kept = Policy { keep: patterns(&["postgres", "library/r*"]), ..all.clone() };
    let kept = lines(&images, &[], &kept);
    assert_eq!(
        kept,
        [
            "+ postgres:16: matches a keep pattern",
            "+ redis:7: matches a keep pattern",
            "- o/a:1: not used",
        ]
    );
    let selected = Policy { select: patterns(&["postgres"]), ..all };
    assert!(lines(&images, &[], &selected).iter().all(|line| line.starts_with('+')));
}

#[test]
fn several_tags_of_one_version_count_once() {
    let images = [
        image("a", &["o/a:cron-0.9.1", "o/a:cron-0.9.1-abc1234"]),
        image("b", &["o/a:cron-v0.9.0"]),
    ];
    let lines = lines(&images, &[], &keep(2, policy_for(&["o/a"])));
    assert!(lines.iter().all(|line| line.starts_with('+')), "{lines:?}");
}

#[test]
fn a_tag_without_a_version_stays_beside_the_newest_unless_it_is_named() {
    let images = [image("a", &["o/a:latest"]), image("b", &["o/a:dev"]), image("c", &["o/a:1.0"])];
    let all = keep(1, policy_for(&["o/a"]));
    assert_eq!(
        lines(&images, &[], &all),
        [
            "+ o/a:1.0: newest version",
            "+ o/a:dev: its tag names no version",
            "+ o/a:latest: its tag names no version",
        ]
    );
    let named = Policy { select: patterns(&["dev"]), ..all.clone() };
    assert_eq!(
        lines(&images, &[], &named),
        [
            "+ o/a:1.0: not selected",
            "- o/a:dev: development image no longer needed",
            "+ o/a:latest: not selected",
        ]
    );
    for whole in ["o/*", "o/a:*", "*"] {
        let unnamed = Policy { select: patterns(&[whole]), ..all.clone() };
        assert_eq!(lines(&images, &[], &unnamed), lines(&images, &[], &all), "{whole}");
    }
}

#[test]
fn the_tag_that_shows_which_version_latest_is_stays_with_it() {
    let images = [
        image("a", &["o/a:0.9.0", "o/a:latest"]),
        image("b", &["o/a:0.9.1"]),
        image("c", &["o/a:0.9.2"]),
    ];
    assert_eq!(
        lines(&images, &[], &keep(1, policy_for(&["o/a"]))),
        [
            "+ o/a:0.9.2: newest version",
            "- o/a:0.9.1: old version, 1 is newer",
            "+ o/a:0.9.0: shows the version of o/a:latest",
            "+ o/a:latest: its tag names no version",
        ]
    );
}

#[test]
fn a_tag_for_a_line_of_versions_goes_with_the_version_that_it_stands_for() {
    let images = [
        image("a", &["o/a:1.2.3", "o/a:1.2", "o/a:1"]),
        image("b", &["o/a:1.3.0", "o/a:1.3"]),
        image("c", &["o/a:2.0.0"]),
        image("d", &["o/a:2"]),
        image("e", &["o/a:1.1", "o/a:1.1.0"]),
        image("f", &["o/a:1.1.1"]),
    ];
    assert_eq!(
        lines(&images, &[], &keep(2, policy_for(&["o/a"]))),
        [
            "+ o/a:2.0.0: version 1 of the 2 newest",
            // Pulled at another time than 2.0.0: its version is unknown.
            "+ o/a:2: its tag names no version",
            "+ o/a:1.3.0: version 2 of the 2 newest",
            "+ o/a:1.3: version 2 of the 2 newest",
            "- o/a:1.2.3: old version, 2 are newer",
            "- o/a:1.2: old version, 2 are newer",
            "- o/a:1.1.1: old version, 3 are newer",
            "- o/a:1.1.0: old version, 4 are newer",
            "- o/a:1.1: old version, 4 are newer",
            "- o/a:1: old version, 2 are newer",
        ]
    );
}

#[test]
fn a_tag_of_a_line_that_is_named_goes_for_what_is_true_of_it() {
    let images = [image("a", &["o/a:1.1"]), image("b", &["o/a:1.1.0"])];
    let named = Policy { select: patterns(&["1.1"]), ..keep(1, policy_for(&["o/a"])) };
    assert_eq!(lines(&images, &[], &named), ["+ o/a:1.1.0: not selected", "- o/a:1.1: not used"]);
}

#[test]
fn a_line_of_versions_that_are_all_old_is_old() {
    let images = [image("a", &["o/a:0.9"]), image("b", &["o/a:0.9.1"]), image("c", &["o/a:1.0"])];
    assert_eq!(
        lines(&images, &[], &keep(1, policy_for(&["o/a"]))),
        [
            "+ o/a:1.0: newest version",
            "- o/a:0.9.1: old version, 1 is newer",
            "- o/a:0.9: old version, 1 is newer",
        ]
    );
}

#[test]
fn only_deployed_images_stay_and_the_reasons_name_their_replacement() {
    let images = [
        image("a", &["o/api:v3-20250910"]),
        image("b", &["o/api:v3-20250911"]),
        image("c", &["o/api:v3-20250912"]),
        image("d", &["o/api:test-login"]),
        image("e", &["o/web:1"]),
        image("f", &["o/web:latest"]),
    ];
    let uses = [container("api", UsedImage::Image(id("b")))];
    let policy = Policy { keep_deployed: true, ..policy_for(&["o/api", "o/web"]) };
    assert_eq!(
        lines(&images, &uses, &policy),
        [
            // Newer than what is deployed: that did not replace it.
            "- o/api:v3-20250912: not used",
            "+ o/api:v3-20250911: in use by container api (running)",
            "- o/api:v3-20250910: replaced by o/api:v3-20250911",
            "- o/api:test-login: development image no longer needed",
            "+ o/web:1: no image of its repository is known to be used",
            "+ o/web:latest: no image of its repository is known to be used",
        ]
    );
}

#[test]
fn a_deployed_tag_without_a_version_replaces_the_versions_that_it_follows() {
    let images =
        [image("a", &["o/a:cron-0.9.0"]), image("b", &["o/a:cron"]), image("c", &["o/a:0.9.0"])];
    let policy = Policy { keep_deployed: true, ..policy_for(&["o/a"]) };
    assert_eq!(
        lines(&images, &[service("job", "o/a:cron")], &policy),
        [
            "- o/a:0.9.0: not used",
            "- o/a:cron-0.9.0: replaced by o/a:cron",
            "+ o/a:cron: in use by service job of compose.yaml",
        ]
    );
}

#[test]
fn a_named_tag_that_is_not_there_does_not_make_a_repository_deployed() {
    let images = [image("a", &["o/a:1.0"])];
    let policy = Policy { keep_deployed: true, ..policy_for(&["o/a"]) };
    assert_eq!(
        lines(&images, &[service("api", "o/a:2.0")], &policy),
        ["+ o/a:1.0: no image of its repository is known to be used"]
    );
}

#[test]
fn dangling_images_stay_with_their_repository_when_nothing_of_it_is_deployed() {
    let images = [
        image("a", &[]).digests(&[pinned("o/a", "x")]),
        image("b", &[]).label("com.docker.compose.project", "p"),
        image("c", &["o/b:1"]),
    ];
    let policy = Policy { keep_deployed: true, ..policy_for(&["o/a", "o/b"]) };
    let plan = checked_plan(&engine_state(&images, &[]), &policy);
    assert_eq!(plan.kept().count(), 3);
    let uses = [service("b", "o/b:1")];
    let plan = checked_plan(&engine_state(&images, &uses), &policy);
    let kept: Vec<_> = plan.kept().map(|decision| decision.image.clone()).collect();
    assert!(kept.contains(&id("a")) && !kept.contains(&id("b")));
}

#[test]
fn young_images_and_those_of_unknown_age_stay() {
    let images = [
        image("a", &["o/a:1"]).hours_old(Some(49)),
        image("b", &["o/a:2"]).hours_old(Some(30)),
        image("c", &["o/a:3"]).hours_old(None),
        image("d", &["o/a:4"]).hours_old(Some(-3)),
    ];
    let two_days = Some(Duration::from_secs(48 * 3600));
    assert_eq!(
        lines(&images, &[], &Policy { older_than: two_days, ..policy_for(&["o/a"]) }),
        [
            "+ o/a:4: too recent (0 seconds)",
            "+ o/a:3: age unknown",
            "+ o/a:2: too recent (1 day)",
            "- o/a:1: replaced by o/a:4",
        ]
    );
}

#[test]
fn patterns_select_and_keep() {
    let images = [
        image("a", &["o/a:stable-1", "o/a:dev-1.0"]),
        image("b", &["o/a:dev-1.1"]),
        image("c", &["o/b:dev-1.1"]),
    ];
    let policy = Policy {
        select: patterns(&["dev-*"]),
        keep: patterns(&["o/b:*"]),
        ..policy_for(&["o/a", "o/b"])
    };
    assert_eq!(
        lines(&images, &[], &policy),
        [
            "- o/a:dev-1.1: not used",
            "- o/a:dev-1.0: same image as o/a:stable-1 (duplicate)",
            "+ o/a:stable-1: not selected",
            "+ o/b:dev-1.1: matches a keep pattern",
        ]
    );
}

#[test]
fn dangling_images_of_the_project_are_found_by_digest_and_by_label() {
    let images = [
        image("digest", &[]).digests(&[pinned("o/a", "x")]),
        image("label", &[]).label("com.docker.compose.project", "p"),
        image("tagged", &["o/a:1"]),
        image("other label", &[]).label("com.docker.compose.project", "q"),
        image("other digest", &[]).digests(&[pinned("o/a-other", "x")]),
        image("shared", &[]).digests(&[pinned("o/a", "y"), pinned("o/a-other", "y")]),
        image("nothing", &[]),
    ];
    let policy = Policy { dangling: true, ..policy_for(&["o/a"]) };
    let plan = checked_plan(&engine_state(&images, &[]), &policy);
    let removed: Vec<_> = plan.removals().map(|decision| decision.image.clone()).collect();
    let mut expected = vec![id("digest"), id("label")];
    expected.sort();
    assert_eq!(removed, expected);
    let everything = Policy { scope: Scope::Everything, ..policy };
    let plan = checked_plan(&engine_state(&images, &[]), &everything);
    assert_eq!((plan.removals().count(), plan.decisions.len()), (6, 7));
}

#[test]
fn of_duplicate_tags_the_named_one_stays_else_the_most_precise() {
    let images = [
        image("a", &["o/a:1", "o/a:1.2", "o/a:1.2.3", "o/a:latest", "o/a:1.2.3-abc1234"]),
        image("b", &["o/a:2.0.0", "o/a:next"]),
        image("c", &["o/a:3.0.0"]),
    ];
    let policy = Policy { duplicates: true, ..policy_for(&["o/a"]) };
    assert_eq!(
        lines(&images, &[service("api", "o/a:next")], &policy),
        [
            "+ o/a:3.0.0: not selected",
            "- o/a:2.0.0: same image as o/a:next (duplicate)",
            "+ o/a:1.2.3: not selected",
            "- o/a:1.2.3-abc1234: same image as o/a:1.2.3 (duplicate)",
            "- o/a:1.2: same image as o/a:1.2.3 (duplicate)",
            "- o/a:1: same image as o/a:1.2.3 (duplicate)",
            "- o/a:latest: same image as o/a:1.2.3 (duplicate)",
            "+ o/a:next: in use by service api of compose.yaml",
        ]
    );
}

#[test]
fn the_only_tag_in_scope_is_not_a_duplicate() {
    let images = [image("a", &["o/a:1", "other/a:1.0.0"])];
    let policy = Policy { duplicates: true, ..policy_for(&["o/a"]) };
    assert_eq!(lines(&images, &[], &policy), ["+ o/a:1: not selected"]);
}

#[test]
fn selectors_add_up() {
    let images = [image("a", &["o/a:1", "o/a:latest"]), image("b", &[]), image("c", &["o/a:2"])];
    let policy = Policy { duplicates: true, dangling: true, ..Policy::all(Scope::Everything) };
    let plan = checked_plan(&engine_state(&images, &[]), &policy);
    let removed: Vec<_> = plan.removals().map(|decision| decision.target.to_string()).collect();
    assert_eq!(removed, ["o/a:latest", id("b").short()]);
}

#[test]
fn backups_and_builds_stay_under_every_policy() {
    let images = [
        image("a", &["o/a:rollback-backup-20260731-101500", "o/a:1.0"]),
        image("b", &["tidegate-build/p-a:1"]),
        image("c", &["gcr.io/k8s-minikube/kicbase:v0.0.44"]),
        image("d", &[]).digests(&[pinned("gcr.io/k8s-minikube/kicbase", "x")]),
    ];
    for policy in [
        Policy::all(Scope::Everything),
        Policy { duplicates: true, dangling: true, ..Policy::all(Scope::Everything) },
    ] {
        let plan = checked_plan(&engine_state(&images, &[]), &policy);
        let kept: Vec<_> = plan.kept().map(|decision| decision.verdict.to_string()).collect();
        for reason in ["rollback backup", "being built", "node image of a local cluster"] {
            assert!(kept.iter().any(|line| line.contains(reason)), "{kept:?}");
        }
        assert_eq!(removed_images(&plan, &engine_state(&images, &[])).len(), 0);
    }
}

#[test]
fn a_backup_does_not_make_the_version_a_duplicate() {
    let images = [image("a", &["o/a:rollback-backup-20260731-101500", "o/a:1.0"])];
    let policy = Policy { duplicates: true, ..policy_for(&["o/a"]) };
    assert!(lines(&images, &[], &policy)[0].starts_with("+ o/a:1.0"));
}
