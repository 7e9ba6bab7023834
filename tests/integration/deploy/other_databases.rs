//! MariaDB, SQLite and a database with commands of the project, and what holds for all kinds.

use std::{sync::Arc, time::Duration};

use super::{
    database_site::{DatabaseSite, PASSWORD},
    run::Run,
    site::{CONFIGURATION, Site},
};
use crate::harness::DebianImage;

const DATABASES: &str = "
[backups]
directory = 'kept'

[database.shop]
service = 'maria'

[database.app]
service = 'app'
file = '/data/app.db'

[database.docs]
service = 'docs'

[database.docs.commands]
back-up = ['cat', '/data/docs']
verify = ['sh', '-c', 'grep -q end']
restore = ['sh', '-c', 'cat >/data/docs']
";

/// A site with a database of each of these kinds.
struct OtherSite {
    site: Site,
    _images: Vec<Arc<DebianImage>>,
}

impl OtherSite {
    fn started() -> Self {
        let site = Site::new();
        let images: Vec<_> = ["mariadb", "sqlite", "commands"].map(DebianImage::of).into();
        site.services(&format!(
            "  maria:\n    image: {}\n    environment:\n      MARIADB_ROOT_PASSWORD: {PASSWORD}\n      \
             MARIADB_DATABASE: shop\n  app: {{image: {}}}\n  docs: {{image: {}}}\n",
            images[0].reference(),
            images[1].reference(),
            images[2].reference()
        ));
        site.configure(&format!("{CONFIGURATION}{DATABASES}"));
        site.compose(&["up", "--detach"]);
        let started = Self { site, _images: images };
        started.fill();
        started
    }

    fn fill(&self) {
        while !self.try_sql("SELECT 1").status.success() {
            std::thread::sleep(Duration::from_millis(200));
        }
        self.sql("CREATE TABLE orders (id INT); INSERT INTO orders VALUES (1), (2), (3)");
        self.file("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2);");
        self.site.compose(&["exec", "-T", "docs", "sh", "-c", "echo the end >/data/docs"]);
    }

    fn try_sql(&self, statement: &str) -> std::process::Output {
        let password = format!("--password={PASSWORD}");
        let client = ["exec", "-T", "maria", "mariadb", "-u", "root", &password, "-N", "shop"];
        let mut command = self.site.command("docker-compose");
        command.args(client).args(["-e", statement]).output().unwrap()
    }

    #[track_caller]
    fn sql(&self, statement: &str) -> String {
        let output = self.try_sql(statement);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[track_caller]
    fn file(&self, statement: &str) -> String {
        self.site.compose(&["exec", "-T", "app", "sqlite3", "/data/app.db", statement])
    }

    #[track_caller]
    fn docs(&self) -> String {
        self.site.compose(&["exec", "-T", "docs", "cat", "/data/docs"])
    }

    fn back_up(&self, arguments: &[&str]) -> Run {
        self.site.program("backup-databases", arguments)
    }

    fn restore(&self, database: &str, arguments: &[&str]) -> Run {
        let program = self.site.program("restore-database", arguments);
        program.arg("--yes").arg("--database").arg(database)
    }
}

impl Drop for OtherSite {
    fn drop(&mut self) {
        let mut command = self.site.command("docker-compose");
        let _ = command.args(["down", "--volumes", "--timeout", "0"]).output();
    }
}

#[test]
fn databases_of_every_kind_are_backed_up_verified_and_brought_back() {
    let databases = OtherSite::started();
    databases
        .back_up(&["--dry-run"])
        .exits(0)
        .prints("mariadb")
        .prints("sqlite")
        .prints("commands");
    let ended = databases.back_up(&[]).exits(0);
    assert_eq!(ended.stdout.lines().count(), 3, "{ended}");
    assert!(!ended.to_string().contains(PASSWORD), "{ended}");
    let list = databases.back_up(&["--list"]).exits(0);
    assert_eq!(list.stdout.matches("restored as a test").count(), 3, "{list}");

    databases.sql("DELETE FROM orders WHERE id > 1");
    databases.file("DELETE FROM t; CREATE TABLE since (x)");
    databases.site.compose(&["exec", "-T", "docs", "rm", "/data/docs"]);
    let plan = databases.restore("shop", &["--dry-run"]).exits(0);
    plan.prints("rows of orders: 1, not 3");
    databases.restore("shop", &[]).exits(0).prints("--confirm").prints("brings back");
    databases.restore("app", &[]).exits(0).prints("pre-deployment-");
    // What there is cannot be backed up, so nothing is replaced.
    databases.restore("docs", &[]).exits(1).prints("No such file");
    databases.site.compose(&["exec", "-T", "docs", "sh", "-c", "echo other end >/data/docs"]);
    databases.restore("docs", &["daily"]).exits(0);

    assert_eq!(databases.sql("SELECT COUNT(*) FROM orders"), "3");
    assert_eq!(
        databases.file("SELECT count(*), (SELECT count(*) FROM sqlite_master) FROM t"),
        "2|1"
    );
    assert_eq!(databases.docs(), "the end");
    databases.restore("shop", &["--confirm"]).exits(0).prints("removed shop_before_");
    databases.restore("shop", &["--undo"]).exits(2).prints("restore the backup");
}

#[test]
fn a_backup_that_the_projects_own_command_refuses_is_not_good() {
    let databases = OtherSite::started();
    databases.site.compose(&["exec", "-T", "docs", "sh", "-c", "echo half >/data/docs"]);
    databases.back_up(&["--database", "docs"]).exits(5).prints("grep");
    databases.back_up(&["--list"]).exits(0).prints("not good");
    databases.restore("docs", &[]).exits(4).prints("no verified backup");
}

/// One folder or bucket may serve several projects and machines.
#[test]
fn a_backup_from_elsewhere_is_neither_restored_nor_counted_unless_that_is_requested() {
    let databases = DatabaseSite::started("[database.shop]\nservice = 'db'\n");
    let id = databases.backed_up(&[]);
    let manifest = databases.site.project().join(format!("kept/shop/{id}/manifest.json"));
    let text = std::fs::read_to_string(&manifest).unwrap();
    let own = format!("\"project\": \"{}\"", databases.site.name);
    assert!(text.contains(&own), "{text}");
    std::fs::write(&manifest, text.replace(&own, "\"project\": \"other\"")).unwrap();

    databases.sql("DELETE FROM orders");
    databases.restore(&[]).exits(4).prints("--from-elsewhere");
    databases.restore(&[&id]).exits(4).prints("Compose project other").prints("--from-elsewhere");
    databases.site.program("deployment-status", &[]).exits(5).prints("no verified backup");
    assert_eq!(databases.orders(), "0");
    databases.restore(&["--from-elsewhere"]).exits(0);
    assert_eq!(databases.orders(), "100");
}

#[test]
fn a_copy_is_restored_beside_the_data_which_stays() {
    let databases = DatabaseSite::started("[database.shop]\nservice = 'db'\n");
    databases.backed_up(&[]);
    databases.sql("DELETE FROM orders");
    let copy = |name: &str| databases.site.program("restore-database", &["--into", name]);
    copy("yesterday").exits(0).prints("yesterday has the data of daily-");
    assert_eq!(databases.orders(), "0");
    let count = ["psql", "-XqAt", "-U", "shop", "yesterday", "-c", "SELECT count(*) FROM orders"];
    let copied = databases.site.compose(&[&["exec", "-T", "db"][..], &count].concat());
    assert_eq!(copied, "100");
    for taken in ["yesterday", "shop"] {
        copy(taken).exits(4).prints("already");
    }
    assert_eq!(databases.orders(), "0");
}

#[test]
fn a_project_that_is_locked_for_deployments_is_locked_for_restores() {
    let databases = DatabaseSite::started("[database.shop]\nservice = 'db'\n");
    databases.backed_up(&[]);
    databases.site.deploy(&["--lock", "an audit"]).exits(0);
    databases.restore(&[]).exits(4).prints("an audit").prints("--unlock");
    databases.site.deploy(&["--unlock"]).exits(0);
    databases.restore(&[]).exits(0);
}

#[test]
fn replaced_data_is_removed_once_it_is_old_enough_and_a_new_backup_is_good() {
    let databases =
        DatabaseSite::started("keep-replaced = '2s'\n[database.shop]\nservice = 'db'\n");
    databases.backed_up(&[]);
    databases.restore(&[]).exits(0);
    let kept = "SELECT count(*) FROM pg_database WHERE datname LIKE 'shop_before_%'";
    assert_eq!(databases.sql(kept), "1");
    std::thread::sleep(Duration::from_secs(3));
    databases.back_up(&["--dry-run"]).exits(0).prints("data of before a restore, is removed");
    assert_eq!(databases.sql(kept), "1");
    databases.back_up(&[]).exits(0).prints("removed shop_before_");
    assert_eq!(databases.sql(kept), "0");
}

#[test]
fn a_complete_restored_database_takes_the_name_of_one_that_was_lost() {
    let databases = DatabaseSite::started("[database.shop]\nservice = 'db'\n");
    databases.backed_up(&[]);
    databases.sql("DELETE FROM orders");
    databases.restore(&[]).exits(0);
    databases.restore(&["--undo"]).exits(0);
    let psql = ["exec", "-T", "db", "psql", "-U", "shop", "-d", "postgres", "-c"];
    databases.site.compose(&[&psql[..], &["DROP DATABASE shop"]].concat());
    databases.restore(&[]).exits(4).prints("--complete");
    databases.restore(&["--complete"]).exits(0);
    assert_eq!(databases.orders(), "100");
}
