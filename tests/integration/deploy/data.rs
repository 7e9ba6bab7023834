//! Data: secured first, then migrated, while the old version serves.

use super::site::{CONFIGURATION, Site};

fn with_data(how: &str, secure: &str) -> Site {
    let timeout = if how == "hangs" { "2s" } else { "60s" };
    let site = Site::started();
    site.configure(&format!(
        r#"{CONFIGURATION}
migration = {{ command = ["/service", "{how}"], timeout = "{timeout}" }}

[deploy.data]
secure = ["sh", "-c", "{secure}"]
verify = ["sh", "-c", "echo verify $TIDEGATE_BACKUP >>order"]
"#
    ));
    site.publish("demo/api:2", "2", "good");
    site
}

const SECURE: &str = "echo secure >>order; echo backup-7";

#[test]
fn data_is_secured_and_verified_before_it_is_migrated_in_the_new_image() {
    let site = with_data("migrate", SECURE);
    site.deploy(&["2", "--verbose"]).exits(0).prints("backup-7, verified");
    assert_eq!(site.read("order"), "secure\nverify backup-7\n");
    site.assert_settled("api 2");
}

#[test]
fn a_migration_that_fails_leaves_the_old_version_serving_and_names_the_backup() {
    let site = with_data("fails", SECURE);
    let before = site.containers();
    let ended = site.deploy(&["2"]).exits(1).prints("exit code 7");
    ended.prints("migrating to 2").prints("backup-7");
    assert_eq!(site.containers(), before);
    site.assert_settled("api 1");
}

#[test]
fn a_migration_that_hangs_is_ended() {
    let site = with_data("hangs", SECURE);
    let before = site.containers();
    site.deploy(&["2"]).exits(1).prints("did not end within 2 s");
    assert_eq!(site.containers(), before);
    site.assert_settled("api 1");
}

#[test]
fn data_that_cannot_be_secured_is_not_migrated() {
    for secure in ["echo secure >>order; exit 3", "echo secure >>order"] {
        let site = with_data("migrate", secure);
        let ended = site.deploy(&["2"]).exits(1);
        assert!(!ended.to_string().contains("migrating to 2"), "{ended}");
        assert_eq!(site.read("order"), "secure\n");
        site.assert_settled("api 1");
    }
}

#[test]
fn a_rollback_migrates_nothing_and_restores_nothing() {
    let site = with_data("migrate", SECURE);
    site.deploy(&["2"]).exits(0);
    site.write("order", "");
    let ended = site.rollback(&[]).exits(0);
    assert!(!ended.stdout.contains("migrating"), "{ended}");
    assert_eq!(site.read("order"), "");
    site.assert_settled("api 1");
}

/// The services of the site, with a worker that does not change and may write, too.
fn with_policy(how: &str) -> Site {
    let site = Site::started();
    site.configure(
        &format!(
            r#"{CONFIGURATION}
migration = {{ command = ["/service", "{how}"] }}
database = {{ on-failure = "restore" }}

[deploy.data]
secure = ["sh", "-c", "docker ps --quiet --filter name=$NAME-api | wc -l >>order; echo backup-7"]
restore = ["sh", "-c", "echo restore $TIDEGATE_BACKUP >>order"]
"#
        )
        .replace("$NAME", &site.name),
    );
    site.publish("demo/api:2", "2", "good");
    site
}

#[test]
fn a_migration_that_fails_while_nothing_writes_has_its_data_brought_back() {
    let site = with_policy("fails");
    let before = site.containers();
    site.deploy(&["2", "--dry-run"]).exits(0).prints("stop api");
    let ended = site.deploy(&["2"]).exits(1).prints("brought the data back");
    ended.prints("started api again");
    assert_eq!(
        site.read("order").split_whitespace().collect::<Vec<_>>(),
        ["0", "restore", "backup-7"]
    );
    assert_eq!(site.containers(), before);
    site.assert_settled("api 1");
}

#[test]
fn data_that_the_new_version_may_have_written_is_never_brought_back_by_itself() {
    let site = with_policy("migrate");
    site.publish("demo/api:3", "3", "exits");
    site.deploy(&["3"]).exits(1).prints("the backup backup-7 was not brought back");
    assert_eq!(site.read("order").trim(), "0");
    site.assert_settled("api 1");
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2");
}
