//! The declared databases as the gate of a deployment, and in the state of a target.

use super::database_site::DatabaseSite;

const GATED: &str = "
[database.shop]
service = 'db'

[deploy.migration]
command = ['/service', 'migrate']
";

#[test]
fn a_backup_is_verified_before_the_migration_and_another_one_follows_success() {
    let databases = DatabaseSite::started(GATED);
    databases.site.publish("demo/api:2", "2", "good");
    let plan = databases.site.deploy(&["2", "--dry-run"]).exits(0).prints("secure the data");
    plan.prints("back up the data of the new version");
    let ended = databases.site.deploy(&["2"]).exits(0);
    ended.prints("shop/pre-deployment-").prints("shop/success-");
    databases.site.assert_settled("api 2, cache -, db -");
    let list = databases.back_up(&["--list"]).exits(0).prints("success-");
    list.prints("pre-deployment-");
    databases.site.program("deployment-status", &[]).exits(0).prints("success-");
}

#[test]
fn a_rollback_brings_the_data_back_on_request_only() {
    let databases = DatabaseSite::started(GATED);
    databases.site.publish("demo/api:2", "2", "good");
    databases.site.deploy(&["2"]).exits(0);
    databases.sql("DELETE FROM orders");
    databases.site.rollback(&[]).exits(0);
    assert_eq!(databases.orders(), "0", "code only");
    databases.site.deploy(&["2"]).exits(0);
    databases.sql("INSERT INTO orders VALUES (1), (2)");
    let ended = databases.site.rollback(&["--restore-database"]).exits(0);
    ended.prints("shop/pre-deployment-");
    assert_eq!(databases.orders(), "0", "as it was before the second deployment");
    databases.restore(&["--undo"]).exits(0);
    assert_eq!(databases.orders(), "2");
}

#[test]
fn a_database_that_cannot_be_backed_up_refuses_the_deployment() {
    let databases = DatabaseSite::started(GATED);
    databases.site.publish("demo/api:2", "2", "good");
    databases.site.compose(&["stop", "db"]);
    let before = databases.site.state();
    databases.site.deploy(&["2"]).exits(4).prints("does not run");
    assert_eq!(databases.site.state(), before);
}

#[test]
fn the_state_of_a_target_has_a_problem_when_the_newest_backup_is_missing_or_too_old() {
    let databases = DatabaseSite::started("max-age = '2s'\n[database.shop]\nservice = 'db'\n");
    let status = |code| databases.site.program("deployment-status", &[]).exits(code);
    status(5).prints("no database was backed up");
    databases.backed_up(&[]);
    std::thread::sleep(std::time::Duration::from_secs(3));
    status(5).prints("old; at most 2 s is allowed");
}

#[test]
fn a_backup_that_a_rollback_may_need_is_pinned() {
    let databases = DatabaseSite::started(&format!("keep = {{ pre-deployment = 0 }}\n{GATED}"));
    for (tag, behaviour, code, pins) in
        [("2", "good", 0, 1), ("3", "exits", 1, 1), ("4", "good", 0, 2)]
    {
        databases.site.publish(&format!("demo/api:{tag}"), tag, behaviour);
        databases.site.deploy(&[tag]).exits(code);
        let list = databases.back_up(&["--list"]).exits(0);
        assert_eq!(list.stdout.matches("a rollback may need it").count(), pins, "{list}");
    }
}
