//! The declared databases as the gate of a deployment, and in the state of a target.

use std::{path::PathBuf, process::Command};

use super::{database_site::DatabaseSite, run::until};

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

/// A disk of one MiB, as long as the value lives.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn at(folder: PathBuf) -> Self {
        std::fs::create_dir(&folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tidegate-it"]).arg(&folder);
        assert!(mount.status().unwrap().success());
        Self(folder)
    }

    fn fill(&self) {
        // Ends with an error, once nothing more fits.
        let _ = std::fs::write(self.0.join("lost+found"), vec![1; 2 << 20]);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn backups_that_do_not_fit_refuse_the_deployment_and_those_that_may_not_are_a_warning() {
    let databases = DatabaseSite::started(GATED);
    databases.site.publish("demo/api:2", "2", "good");
    let disk = SmallDisk::at(databases.site.project().join("kept"));
    // The first backup is hardly larger than the database, which is larger than the disk.
    databases.site.deploy(&["2", "--dry-run"]).exits(0).prints("may not fit in");
    databases.backed_up(&[]);
    let plan = databases.site.deploy(&["2", "--dry-run"]).exits(0);
    assert!(!plan.to_string().contains("may not fit"), "{plan}");
    disk.fill();
    let ended = databases.site.deploy(&["2"]).exits(4);
    ended.prints("the newest backups take").prints("0 B are free in");
}

/// Its migration hangs until it is ended, so that a test can do its work meanwhile.
const RESTORED_ON_FAILURE: &str = "
[database.shop]
service = 'db'

[deploy.migration]
command = ['/service', 'hangs']
timeout = '3s'

[deploy.database]
on-failure = 'restore'
";

/// Every order is lost in a migration of which the deployer dies after so many records.
#[track_caller]
fn lose_orders_in_a_migration(databases: &DatabaseSite, records: Option<usize>) -> Option<i32> {
    let deploy = databases.site.deploy(&["2"]);
    let deploy = match records {
        Some(records) => deploy.kill_after(records).start(),
        None => deploy.start(),
    };
    let name = format!("name=tidegate-run-{}", databases.site.name);
    until("the migration", || {
        !databases.site.docker(&["ps", "--quiet", "--filter", &name]).is_empty()
    });
    let api = format!("name={}-api", databases.site.name);
    assert_eq!(databases.site.docker(&["ps", "--quiet", "--filter", &api]), "", "nothing writes");
    databases.sql("DELETE FROM orders");
    deploy.wait().code
}

/// The 13th record is made before the data is brought back, and the 14th after it, while the
/// application is still stopped.
#[test]
fn a_failed_migration_has_its_databases_brought_back_even_if_the_deployer_dies() {
    let databases = DatabaseSite::started(RESTORED_ON_FAILURE);
    databases.site.publish("demo/api:2", "2", "good");
    for records in [None, Some(13), Some(14)] {
        let code = lose_orders_in_a_migration(&databases, records);
        if let Some(records) = records {
            assert_eq!(code, None, "it is killed after {records} records");
            databases.site.deploy(&["--abort"]).exits(0);
        } else {
            assert_eq!(code, Some(1));
        }
        assert_eq!(databases.orders(), "100", "{records:?}");
        databases.site.assert_settled("api 1, cache -, db -");
        // The half migrated data is kept until then, and the next deployment is refused.
        databases.site.deploy(&["2"]).exits(4).prints("--confirm");
        databases.restore(&["--confirm"]).exits(0);
    }
}

#[test]
fn a_program_of_another_project_that_may_write_refuses_a_deployment_that_restores_on_failure() {
    let databases = DatabaseSite::started(RESTORED_ON_FAILURE);
    databases.site.publish("demo/api:2", "2", "good");
    let network = format!("{}_default", databases.site.name);
    let name = format!("{}-stranger", databases.site.name);
    let image = format!("127.0.0.1:{}/demo/api:1", databases.site.registry.port);
    databases.site.docker(&["run", "--detach", "--name", &name, "--network", &network, &image]);
    let before = databases.site.state();
    let ended = databases.site.deploy(&["2"]).run();
    databases.site.docker(&["rm", "--force", &name]);
    assert_eq!(ended.code, Some(4), "{ended}");
    ended.prints(&name).prints("may write to the data");
    assert_eq!(databases.site.state(), before);
}
