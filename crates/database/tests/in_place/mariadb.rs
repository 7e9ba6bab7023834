use database::{DatabaseError, InPlaceDatabase as _, MariaDb};

use crate::support::{Client, Container, claimed, collect, interrupt_copy, refuses_damage, source};

const PASSWORD: &str = "hush-4711";

/// Something of each kind of object.
const SCHEMA: &str = "CREATE TABLE users (id BIGINT AUTO_INCREMENT PRIMARY KEY,
    mail VARCHAR(100) CHARACTER SET utf8mb4 UNIQUE NOT NULL, data BLOB, INDEX (data(8))) ENGINE=InnoDB;
CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, user BIGINT NOT NULL,
    FOREIGN KEY (user) REFERENCES users (id) ON DELETE CASCADE) ENGINE=InnoDB;
CREATE TABLE `it's a ``table``` (x INT);
CREATE TABLE log (what VARCHAR(20), n BIGINT);
CREATE SEQUENCE numbers START WITH 100;
INSERT INTO users (mail, data) SELECT CONCAT('käse', seq, '@example.org'), UNHEX(SHA1(seq))
    FROM seq_1_to_20000;
INSERT INTO orders (user) SELECT id FROM users WHERE id % 3 = 0;
CREATE FUNCTION domain(mail VARCHAR(100)) RETURNS VARCHAR(100) DETERMINISTIC
    RETURN SUBSTRING_INDEX(mail, '@', -1);
CREATE VIEW domains AS SELECT domain(mail) AS domain, COUNT(*) AS n FROM users GROUP BY 1;
CREATE VIEW some AS SELECT * FROM domains;
DELIMITER //
CREATE TRIGGER removed AFTER DELETE ON users FOR EACH ROW BEGIN
    INSERT INTO log VALUES ('removed', OLD.id);
END//
CREATE PROCEDURE tidy() BEGIN DELETE FROM log; END//
CREATE EVENT nightly ON SCHEDULE EVERY 1 SECOND DO BEGIN DELETE FROM log WHERE n < 0; END//
DELIMITER ;
CREATE USER report@'%';
GRANT EXECUTE ON PROCEDURE tidy TO report@'%';
";

/// One value for all rows.
const CONTENT: &str = "SELECT COUNT(*), MD5(GROUP_CONCAT(MD5(CONCAT(id, mail, HEX(data))) ORDER BY id)) \
    FROM users; SELECT COUNT(*) FROM orders; SELECT * FROM some;";

const OBJECTS: &str = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'app' \
    UNION ALL SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'app' \
    UNION ALL SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'app' \
    UNION ALL SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'app' ORDER BY 1";

fn sql(container: &Container, database: &str, statements: &str) -> String {
    let password = format!("--password={PASSWORD}");
    let session = "SET SESSION group_concat_max_len = 100000000;\n";
    let client = ["mariadb", "--user=root", &password, "--skip-column-names", database];
    container.run(&client, &format!("{session}{statements}"))
}

async fn server() -> Container {
    let password = format!("MARIADB_ROOT_PASSWORD={PASSWORD}");
    let options = ["--env", &password, "--env", "MARIADB_DATABASE=app"];
    let container = Container::start("mariadb", &options).await;
    let password = format!("--password={PASSWORD}");
    container.wait_until(&["mariadb", "--user=root", &password, "app", "-e", "SELECT 1"]).await;
    container
}

async fn connect(container: &Container) -> MariaDb {
    MariaDb::in_container(&container.engine, &container.id, None).await.unwrap()
}

async fn filled() -> (Container, MariaDb) {
    let container = server().await;
    sql(&container, "app", SCHEMA);
    let mariadb = connect(&container).await;
    (container, mariadb)
}

fn databases(container: &Container) -> String {
    let query = "SELECT GROUP_CONCAT(SCHEMA_NAME ORDER BY 1 SEPARATOR ' ') FROM \
        information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'app%' OR SCHEMA_NAME LIKE 'copy%'";
    sql(container, "mysql", query)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_replaced_with_its_views_triggers_routines_and_events() {
    let (container, mariadb) = filled().await;
    let (content, objects) = (sql(&container, "app", CONTENT), sql(&container, "app", OBJECTS));
    let (archive, manifest) = collect(mariadb.dump().await.unwrap()).await;
    assert_eq!(manifest.facts.rows["users"], 20_000);
    assert_eq!(manifest.facts.rows["it's a `table`"], 0);
    assert_eq!(manifest.facts.objects["view"], 2);
    let verified = mariadb.verify_by_restore(source(&archive), &manifest).await.unwrap();
    assert_eq!(verified.rows, manifest.facts.rows);
    assert_eq!(databases(&container), "app");

    let damage = "DELETE FROM users WHERE id > 7; DROP VIEW some; DROP TRIGGER removed; \
        DROP FUNCTION domain; CREATE TABLE since (x INT); CREATE PROCEDURE other() SELECT 1;";
    sql(&container, "app", damage);
    let kept = mariadb.restore(source(&archive), &manifest).await.unwrap().unwrap();
    assert_eq!(sql(&container, "app", CONTENT), content);
    assert_eq!(sql(&container, "app", OBJECTS), objects);
    // A foreign key and a trigger do what they did.
    sql(&container, "app", "DELETE FROM users WHERE id = 3");
    assert_eq!(sql(&container, "app", "SELECT COUNT(*) FROM orders WHERE user = 3"), "0");
    assert_eq!(sql(&container, "app", "SELECT * FROM log"), "removed\t3");
    let grants = sql(&container, "app", "SHOW GRANTS FOR report");
    assert!(grants.contains("GRANT EXECUTE ON PROCEDURE `app`.`tidy`"), "{grants}");

    assert_eq!(sql(&container, &kept, "SELECT COUNT(*) FROM users"), "7");
    assert_eq!(mariadb.kept().await.unwrap().as_slice(), std::slice::from_ref(&kept));
    assert!(mariadb.drop_kept("app").await.is_err(), "only what a restore has kept");
    mariadb.drop_kept(&kept).await.unwrap();
    assert_eq!(databases(&container), "app");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_lost_is_made_again_and_a_copy_takes_no_others_place() {
    let (container, mariadb) = filled().await;
    let content = sql(&container, "app", CONTENT);
    let (archive, manifest) = collect(mariadb.dump().await.unwrap()).await;
    interrupt_copy(&mariadb, "copy", &archive, &manifest).await;
    let left = databases(&container);
    let abandoned = left.strip_prefix("app ").expect("what was interrupted has another name");
    sql(&container, "mysql", &format!("DROP DATABASE {abandoned}"));
    mariadb.restore_into("copy", source(&archive), &manifest).await.unwrap();
    assert_eq!(sql(&container, "copy", "SELECT COUNT(*) FROM users"), "20000");
    let taken = mariadb.restore_into("copy", source(&archive), &manifest).await.unwrap_err();
    assert!(matches!(taken, DatabaseError::WrongState { .. }), "{taken}");
    assert_eq!(sql(&container, "copy", "SELECT COUNT(*) FROM users"), "20000");

    sql(&container, "mysql", "DROP DATABASE app; DROP DATABASE copy");
    let missing = mariadb.facts().await.unwrap_err();
    assert!(matches!(missing, DatabaseError::DatabaseMissing { .. }), "{missing}");
    assert_eq!(mariadb.restore(source(&archive), &manifest).await.unwrap(), None);
    assert_eq!(sql(&container, "app", CONTENT), content);
    assert_eq!(databases(&container), "app");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_and_a_transaction_that_does_not_end_change_nothing() {
    let (container, mariadb) = filled().await;
    let (content, objects) = (sql(&container, "app", CONTENT), sql(&container, "app", OBJECTS));
    let (archive, manifest) = collect(mariadb.dump().await.unwrap()).await;
    refuses_damage(&mariadb, &archive, &manifest).await;
    let broken = b"CREATE TABLE x (y INT; -- cut".as_slice();
    let mut foreign = claimed(&manifest, broken);
    foreign.facts.properties["objects"] = 0.into();
    foreign.facts.properties["events"] = 0.into();
    let error = mariadb.restore(source(broken), &foreign).await.unwrap_err();
    assert!(matches!(error, DatabaseError::ToolFailed { .. }), "{error}");

    let name = container.name.clone();
    let holding = std::thread::spawn(move || {
        let script = format!(
            "(echo 'BEGIN; SELECT COUNT(*) FROM users;'; until [ -e /tmp/end ]; do sleep 0.2; done) | \
             mariadb --user=root --password={PASSWORD} app"
        );
        std::process::Command::new("docker").args(["exec", &name, "sh", "-c", &script]).output()
    });
    // Between two statements.
    let sessions = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Sleep'";
    for _ in 0..100 {
        if sql(&container, "mysql", sessions) != "0" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let error = mariadb.restore(source(&archive), &manifest).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Locked { .. }), "{error}");
    assert_eq!(sql(&container, "app", CONTENT), content);
    assert_eq!(sql(&container, "app", OBJECTS), objects, "its triggers are back");
    mariadb.leave_restore().await.unwrap();
    assert_eq!(databases(&container), "app");
    container.run(&["sh", "-c", ": >/tmp/end"], "");
    holding.join().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_is_one_and_shows_no_password() {
    let container = server().await;
    sql(&container, "mysql", "SET PASSWORD FOR root@localhost = PASSWORD('changed');");
    let error = connect(&container).await.facts().await.unwrap_err();
    assert!(matches!(error, DatabaseError::LoginRefused { .. }), "{error}");
    assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_read_a_view_and_write_are_kept_waiting_for_a_moment() {
    let (container, mariadb) = filled().await;
    let (archive, manifest) = collect(mariadb.dump().await.unwrap()).await;
    let client = format!(
        "mariadb --user=root --password={PASSWORD} --force --unbuffered --skip-column-names app"
    );
    let statements = "INSERT INTO orders (user) VALUES (1); \
        SELECT UNIX_TIMESTAMP(SYSDATE(6)) FROM some LIMIT 1;";
    let client = Client::start(&container, &client, statements);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    mariadb.restore(source(&archive), &manifest).await.unwrap();
    let silence = client.longest_silence();
    eprintln!("MariaDB: no answer for {} ms", silence.as_millis());
    assert!(silence < std::time::Duration::from_secs(5), "{silence:?}");
}
