use std::{collections::BTreeMap, process::Command};

use database::{DatabaseError, InPlaceDatabase as _, Sqlite};

use crate::support::{Client, Container, claimed, collect, interrupt_copy, refuses_damage, source};

const FILE: &str = "/data/app.db";

const SCHEMA: &str = "PRAGMA journal_mode = WAL;
CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT UNIQUE, data BLOB);
CREATE TABLE \"odd \"\"name\" (x);
CREATE INDEX by_data ON users (data);
CREATE VIEW mails AS SELECT mail FROM users;
CREATE TRIGGER touched AFTER DELETE ON users BEGIN INSERT INTO \"odd \"\"name\" VALUES (old.id); END;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO users (mail, data) SELECT 'user' || i || '@example.org', randomblob(20) FROM n;";

/// One value for all rows.
const CONTENT: &str = "SELECT count(*), sum(id), max(hex(data)), min(hex(data)) FROM users;";

fn sql(container: &Container, statements: &str) -> String {
    container.run(&["sqlite3", "-bail", FILE], statements)
}

async fn filled() -> (Container, Sqlite) {
    let container = Container::start("sqlite", &[]).await;
    sql(&container, SCHEMA);
    let sqlite = Sqlite::in_container(&container.engine, &container.id, FILE).await.unwrap();
    (container, sqlite)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_replaced_in_one_transaction_while_a_reader_has_it_open() {
    let (container, sqlite) = filled().await;
    let before = sql(&container, CONTENT);
    let (archive, manifest) = collect(sqlite.dump().await.unwrap()).await;
    let rows = [("odd \"name".to_owned(), 0), ("users".to_owned(), 20_000)];
    assert_eq!(manifest.facts.rows, BTreeMap::from(rows));
    assert_eq!(
        sqlite.verify_by_restore(source(&archive), &manifest).await.unwrap(),
        manifest.facts
    );

    // A reader sees the old content as long as its transaction is open.
    let reader = "BEGIN;\nSELECT count(*) FROM users;\n.shell : >/tmp/reading; sleep 3\nSELECT count(*) FROM users;\nCOMMIT;\n";
    sql(&container, "DELETE FROM users WHERE id > 5; CREATE TABLE since (x);");
    let name = container.name.clone();
    let reading = std::thread::spawn(move || {
        let script = format!("printf '{reader}' | sqlite3 {FILE}");
        Command::new("docker").args(["exec", &name, "sh", "-c", &script]).output().unwrap()
    });
    container.wait_until(&["sh", "-c", "[ -e /tmp/reading ]"]).await;
    assert_eq!(sqlite.restore(source(&archive), &manifest).await.unwrap(), None);
    assert_eq!(sql(&container, CONTENT), before);
    assert_eq!(sqlite.facts().await.unwrap().rows, manifest.facts.rows);
    let seen = String::from_utf8(reading.join().unwrap().stdout).unwrap();
    assert_eq!(seen, "5\n5\n");
    assert_eq!(sql(&container, "PRAGMA journal_mode; PRAGMA integrity_check;"), "wal\nok");
    assert_eq!(container.left_over(), "/tmp/tidegate*");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_lost_is_made_again_and_a_copy_takes_no_others_place() {
    let (container, sqlite) = filled().await;
    let before = sql(&container, CONTENT);
    let (archive, manifest) = collect(sqlite.dump().await.unwrap()).await;
    container.run(&["sh", "-c", "rm /data/*"], "");
    let missing = sqlite.facts().await.unwrap_err();
    assert!(matches!(missing, DatabaseError::DatabaseMissing { .. }), "{missing}");
    assert!(matches!(sqlite.dump().await, Err(DatabaseError::DatabaseMissing { .. })));
    sqlite.restore(source(&archive), &manifest).await.unwrap();
    assert_eq!(sql(&container, CONTENT), before);

    interrupt_copy(&sqlite, "/data/copy.db", &archive, &manifest).await;
    assert_eq!(container.run(&["sh", "-c", "ls /data/copy.db || echo none"], ""), "none");
    sqlite.restore_into("/data/copy.db", source(&archive), &manifest).await.unwrap();
    let copied = container.run(&["sqlite3", "/data/copy.db", CONTENT], "");
    assert_eq!(copied, before);
    let relative = sqlite.restore_into("copy.db", source(&archive), &manifest).await.unwrap_err();
    assert!(matches!(relative, DatabaseError::Unsupported { .. }), "{relative}");
    let again = sqlite.restore_into(FILE, source(&archive), &manifest).await.unwrap_err();
    assert!(matches!(again, DatabaseError::WrongState { .. }), "{again}");
    assert_eq!(sql(&container, CONTENT), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_a_lock_and_a_corrupt_file_are_refused_and_change_nothing() {
    let (container, sqlite) = filled().await;
    let before = sql(&container, CONTENT);
    let (archive, manifest) = collect(sqlite.dump().await.unwrap()).await;
    refuses_damage(&sqlite, &archive, &manifest).await;
    let other = b"no database at all".as_slice();
    let error = sqlite.restore(source(other), &claimed(&manifest, other)).await.unwrap_err();
    assert!(matches!(error, DatabaseError::NotAnArchive { .. }), "{error}");
    // The hash is the right one, so that only SQLite finds it.
    let mut corrupt = archive.clone();
    let page = corrupt.len() / 2;
    corrupt[page..page + 3000].fill(0);
    let error = sqlite.restore(source(&corrupt), &claimed(&manifest, &corrupt)).await.unwrap_err();
    assert!(matches!(error, DatabaseError::NotAnArchive { .. }), "{error}");
    assert_eq!(sql(&container, CONTENT), before);
    assert_eq!(container.left_over(), "/tmp/tidegate*");
}

/// Images of Python have no `sqlite3` and the module; both get the same input.
#[tokio::test]
async fn python_answers_as_sqlite3_does() {
    let folder = std::env::temp_dir().join(format!("tidegate-shell-{:08x}", fastrand::u32(..)));
    std::fs::create_dir(&folder).unwrap();
    let shell = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sqlite/shell.py");
    let shell = std::fs::read_to_string(shell).unwrap();
    let input = |copy: &str| {
        format!(
            ".timeout 30000\nCREATE TABLE t (x);\nINSERT INTO t VALUES (1), ('a');\n.print mark\n\
             BEGIN;\nSELECT json_array(x) FROM t;\n.backup '{copy}'\nCOMMIT;\nDELETE FROM t;\n\
             .restore '{copy}'\nSELECT count(*) FROM t;\nPRAGMA integrity_check;\n.print end\n"
        )
    };
    let run = |program: &[&str], copy: &str| {
        let mut child = Command::new(program[0])
            .args(&program[1..])
            .current_dir(&folder)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), input(copy).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{program:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let python = run(&["python3", "-c", &shell, "a.db"], "a-copy.db");
    assert_eq!(python, "mark\n[1]\n[\"a\"]\n2\nok\nend\n");
    let debian = std::env::var("TIDEGATE_TOOLS").unwrap() + "/debian/usr/bin/sqlite3";
    let options = ["-batch", "-bail", "-noheader", "-list", "-init", "/dev/null", "b.db"];
    let sqlite = run(&[&[debian.as_str()][..], &options].concat(), "b-copy.db");
    assert_eq!(sqlite, python);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_read_and_write_are_kept_waiting_for_a_moment() {
    let (container, sqlite) = filled().await;
    let (archive, manifest) = collect(sqlite.dump().await.unwrap()).await;
    let now = "printf('%.3f', (julianday('now') - 2440587.5) * 86400)";
    let statements = format!("INSERT INTO users (mail) VALUES (hex(randomblob(8))); SELECT {now};");
    let client = format!("sqlite3 -cmd '.timeout 5000' {FILE}");
    let client = Client::start(&container, &client, &statements);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    sqlite.restore(source(&archive), &manifest).await.unwrap();
    let silence = client.longest_silence();
    eprintln!("SQLite: no answer for {} ms", silence.as_millis());
    assert!(silence < std::time::Duration::from_secs(5), "{silence:?}");
}
