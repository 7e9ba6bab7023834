//! `backup-databases` and `restore-database` with real servers.

use std::time::Duration;

use age::secrecy::ExposeSecret as _;

use super::{
    database_site::{DatabaseSite, PASSWORD},
    run::Run,
    s3_server::S3Server,
};

const SHOP: &str = "[database.shop]\nservice = 'db'\n";

#[test]
fn a_backup_prints_its_identifier_alone_and_is_listed_as_verified() {
    let databases = DatabaseSite::started(SHOP);
    let ended = databases.back_up(&["--type", "hourly"]).exits(0);
    let id = ended.stdout.trim().to_owned();
    assert_eq!(ended.stdout, format!("{id}\n"));
    assert!(id.starts_with("hourly-20"), "{id}");
    assert!(ended.stderr.contains("verified"), "{ended}");
    assert!(!ended.to_string().contains(PASSWORD), "{ended}");
    let list = databases.back_up(&["--list"]).exits(0).prints(&id).prints("read and compared");
    assert!(list.stdout.contains("kept"), "{list}");
    let restored = databases.back_up(&["--verify", "restore", "--format", "json"]).exits(0);
    let line = restored.stdout.lines().last().unwrap();
    let report: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(report["event"], "report", "{line}");
    assert_eq!(report["backups"][0]["database"], "shop", "{line}");
    databases.back_up(&["--list"]).exits(0).prints("restored as a test");
}

#[test]
fn databases_are_recognised_by_their_images_without_a_configuration() {
    let databases = DatabaseSite::started("");
    let plan = databases.back_up(&["--dry-run"]).exits(0).prints("postgresql");
    plan.prints("redis");
    let ended = databases.back_up(&[]).exits(0);
    assert_eq!(ended.stdout.lines().count(), 2, "{ended}");
    databases.back_up(&["--list", "--database", "cache"]).exits(0).prints("restored as a test");
}

#[test]
fn a_database_without_a_table_is_backed_up_and_restored() {
    let databases = DatabaseSite::started(SHOP);
    databases.sql("DROP TABLE orders");
    databases.backed_up(&[]);
    databases.sql("CREATE TABLE orders (id int)");
    databases.restore(&[]).exits(0);
    assert_eq!(databases.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

#[test]
fn lost_rows_come_back_and_a_restore_can_be_undone_or_confirmed() {
    let databases = DatabaseSite::started(SHOP);
    let id = databases.backed_up(&[]);
    databases.sql("DELETE FROM orders WHERE id > 10");
    let plan = databases.restore(&["--dry-run"]).exits(0);
    plan.prints("rows of public.orders: 10, not 100").prints("is replaced");
    assert_eq!(databases.orders(), "10", "a dry run changes nothing");
    databases.restore(&[&id]).exits(0).prints("--undo");
    assert_eq!(databases.orders(), "100");
    databases.restore(&["latest"]).exits(4).prints("--confirm");
    databases.sql("INSERT INTO orders VALUES (101)");
    databases.restore(&["--undo"]).exits(0).prints("--discard");
    assert_eq!(databases.orders(), "10");
    databases.restore(&["daily"]).exits(4).prints("--discard");
    databases.restore(&["--discard"]).exits(0);
    databases.restore(&["daily"]).exits(0);
    databases.restore(&["--confirm"]).exits(0);
    assert_eq!(databases.orders(), "100");
    databases.restore(&["--undo"]).exits(4).prints("no restore for which this can be done");
    let existing = databases.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop%'");
    assert_eq!(existing, "1", "no database is left");
}

#[test]
fn without_a_terminal_nothing_is_replaced_unless_that_is_confirmed() {
    let databases = DatabaseSite::started(SHOP);
    databases.backed_up(&[]);
    databases.sql("DELETE FROM orders");
    databases.site.program("restore-database", &[]).exits(2).prints("--yes");
    assert_eq!(databases.orders(), "0");
    let existing = databases.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop%'");
    assert_eq!(existing, "1", "what was prepared is given up");
}

#[test]
fn a_damaged_backup_is_refused_and_the_data_stays() {
    let databases = DatabaseSite::started(SHOP);
    let id = databases.backed_up(&[]);
    databases.damage("shop", &id);
    databases.sql("DELETE FROM orders WHERE id > 10");
    databases.restore(&[&id]).exits(5).prints(&id);
    assert_eq!(databases.orders(), "10");
    let existing = databases.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop%'");
    assert_eq!(existing, "1");
}

#[test]
fn a_database_that_fails_does_not_stop_the_others() {
    let databases = DatabaseSite::started(
        "[database.shop]\nservice = 'db'\n[database.cache]\nservice = 'cache'\n",
    );
    databases.site.compose(&["stop", "db"]);
    let ended = databases.back_up(&[]).exits(3).prints("1 database not backed up");
    assert_eq!(ended.stdout.lines().count(), 1, "{ended}");
    databases.back_up(&["--database", "shop"]).exits(4).prints("does not run");
    databases.back_up(&["--database", "shap"]).exits(2).prints("cache, shop");
}

#[test]
fn what_is_missing_in_the_configuration_is_named() {
    let databases = DatabaseSite::started("");
    databases.site.configure("[database.shop]\nservice = 'db'\n");
    databases.back_up(&[]).exits(2).prints("[backups]");
    databases.site.configure("[backups]\ndirectory = 'kept'\n[database.shop]\nservice = 'api'\n");
    databases.back_up(&[]).exits(2).prints("add `kind` (postgresql, mariadb, redis)");
    databases.site.configure("[backups]\ndirectory = 'kept'\nkeep = { dayly = 1 }\n");
    databases.back_up(&[]).exits(2).prints("did you mean `daily`");
    databases.back_up(&["--type", "yearly"]).exits(2).prints("12h");
    databases.site.configure("[backups]\ndirectory = 'kept'\n");
    databases.back_up(&["--list"]).exits(4).prints("does not exist");
}

#[test]
fn a_pinned_backup_and_the_newest_stay_and_others_go_by_their_number() {
    let databases = DatabaseSite::started(&format!("keep = {{ daily = 1 }}\n{SHOP}"));
    let first = databases.backed_up(&[]);
    databases.back_up(&["--pin", &first, "--reason", "audit"]).exits(0);
    let second = databases.backed_up(&[]);
    // Backups of one second have different identifiers, of which the later ones have not come yet.
    std::thread::sleep(Duration::from_secs(3));
    let third = databases.backed_up(&[]);
    std::thread::sleep(Duration::from_secs(1));
    databases.back_up(&["--prune", "--yes"]).exits(0);
    let list = databases.back_up(&["--list"]).exits(0).prints("audit");
    let is_listed = |id: &String| list.stdout.contains(id.as_str());
    assert_eq!([&first, &second, &third].map(is_listed), [true, false, true], "{list}");
    databases.back_up(&["--prune", "--yes"]).exits(0);
    databases.back_up(&["--unpin", &first]).exits(0);
    databases.back_up(&["--prune", "--dry-run"]).exits(0).prints("remove");
    databases.back_up(&["--list"]).exits(0).prints(&first);
    databases.back_up(&["--prune", "--yes"]).exits(0);
    let list = databases.back_up(&["--list"]).exits(0);
    assert!(!list.stdout.contains(&first) && list.stdout.contains(&third), "{list}");
    databases.back_up(&["--pin", &first]).exits(2).prints("--list");
}

#[test]
fn encrypted_backups_are_made_only_where_a_key_reads_them() {
    let key = age::x25519::Identity::generate();
    let recipient = key.to_public();
    let databases = DatabaseSite::started("");
    databases.site.write("key.txt", key.to_string().expose_secret());
    for (identity, code) in [("identity-file = 'key.txt'\n", 0), ("", 2)] {
        databases.site.configure(&format!(
            "[backups]\ndirectory = 'kept'\nrecipients = ['{recipient}']\n{identity}{SHOP}"
        ));
        let ended = databases.back_up(&[]).exits(code);
        assert_eq!(ended.stdout.is_empty(), code != 0, "{ended}");
    }
    let key = databases.site.project().join("key.txt");
    databases.sql("DELETE FROM orders");
    databases.restore(&[]).env("TIDEGATE_BACKUP_KEY", key.to_str().unwrap()).exits(0);
    assert_eq!(databases.orders(), "100");
}

#[test]
fn a_backup_is_restored_from_its_copy_after_the_folder_was_lost() {
    let databases = DatabaseSite::started(SHOP);
    let server = S3Server::start();
    let with_copies = |run: Run| server.variables().iter().fold(run, |run, (n, v)| run.env(n, v));
    let id = with_copies(databases.back_up(&[])).exits(0).stdout.trim().to_owned();
    with_copies(databases.back_up(&["--list"])).exits(0).prints("local, off site");
    std::fs::remove_dir_all(databases.site.project().join("kept")).unwrap();
    databases.sql("DELETE FROM orders");
    databases.restore(&["latest"]).exits(1);
    with_copies(databases.back_up(&["--list"])).exits(0).prints(&id).prints("off site");
    with_copies(databases.restore(&["latest"])).exits(0).prints(&id);
    assert_eq!(databases.orders(), "100");
    let wrong = with_copies(databases.back_up(&[])).env("S3_SECRET_ACCESS_KEY", "wrong");
    let ended = wrong.exits(1);
    assert_eq!(ended.stdout, "", "a backup without its copy is no success: {ended}");
}

#[test]
fn a_backup_that_is_killed_at_any_time_is_not_listed_and_the_next_one_is_good() {
    let databases = DatabaseSite::started(SHOP);
    databases.sql("CREATE TABLE big AS SELECT md5(i::text) FROM generate_series(1, 200000) i");
    for delay in [50, 150, 300, 600] {
        let started = databases.back_up(&[]).start();
        std::thread::sleep(Duration::from_millis(delay));
        started.signal(rustix::process::Signal::KILL);
        started.wait();
    }
    let id = databases.backed_up(&[]);
    let list = databases.back_up(&["--list"]).exits(0).prints(&id);
    assert!(!list.stdout.contains("incomplete"), "{list}");
    databases.restore(&["latest"]).exits(0);
    assert_eq!(databases.sql("SELECT count(*) FROM big"), "200000");
}

#[test]
fn a_restore_that_is_killed_at_any_time_leaves_the_old_data_or_the_new_and_can_be_ended() {
    let databases = DatabaseSite::started(SHOP);
    databases.backed_up(&[]);
    databases.sql("DELETE FROM orders WHERE id > 10");
    for delay in [150, 400, 700, 1000, 1400, 2000] {
        let started = databases.restore(&[]).start();
        std::thread::sleep(Duration::from_millis(delay));
        started.signal(rustix::process::Signal::KILL);
        started.wait();
        let orders = databases.orders();
        assert!(["10", "100"].contains(&orders.as_str()), "{orders} after {delay} ms");
        // Whatever is left, one of these ends it, and the others change nothing.
        databases.restore(&["--undo"]).run();
        databases.restore(&["--discard"]).run();
        assert_eq!(databases.orders(), "10", "after {delay} ms");
    }
    databases.restore(&[]).exits(0);
    databases.restore(&["--confirm"]).exits(0);
    assert_eq!(databases.orders(), "100");
    let existing = databases.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop%'");
    assert_eq!(existing, "1");
    let list = databases.back_up(&["--list"]).exits(0);
    assert!(!list.stdout.contains("restores it"), "no pin is left: {list}");
}

#[test]
fn of_two_restores_at_once_one_is_refused() {
    let databases = DatabaseSite::started(SHOP);
    databases.sql("CREATE TABLE big AS SELECT md5(i::text) FROM generate_series(1, 200000) i");
    databases.backed_up(&[]);
    let started = [databases.restore(&[]).start(), databases.restore(&[]).start()];
    let [mut one, mut other] = started.map(|started| started.wait());
    if one.code != Some(0) {
        std::mem::swap(&mut one, &mut other);
    }
    assert_eq!((one.code, other.code), (Some(0), Some(4)), "{one}\n{other}");
    other.prints("restore-database");
    databases.restore(&["--undo"]).exits(0);
}

#[test]
fn redis_gets_its_data_back_and_that_of_before_is_in_a_backup() {
    let databases = DatabaseSite::started("[database.cache]\nservice = 'cache'\n");
    databases.backed_up(&[]);
    databases.redis(&["SET", "greeting", "damaged"]);
    let ended = databases.restore(&[]).exits(0).prints("the old data is in backup");
    assert_eq!(databases.redis(&["GET", "greeting"]), "hello");
    let line = ended.stderr.lines().find(|line| line.contains("the old data is in")).unwrap();
    let id = line.split_whitespace().find(|word| word.starts_with("pre-deployment-")).unwrap();
    databases.restore(&[id.trim_end_matches(':')]).exits(0);
    assert_eq!(databases.redis(&["GET", "greeting"]), "damaged");
}
