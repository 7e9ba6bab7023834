//! What a server is, and what a dump of it contains.

use database::{DatabaseError, PostgreSqlLogin};
use futures_util::TryStreamExt as _;

use crate::support::{SCHEMA, Server, collect, fill, source};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_identified_with_its_tools_and_databases() {
    let server = Server::start().await;
    let identity = server.postgresql().await.identify().await.unwrap();
    assert_eq!(identity.default_database, "app");
    assert!(identity.server_version.starts_with(char::is_numeric), "{identity:?}");
    assert_eq!(identity.server_version, identity.client_version);
    let app = identity.databases.iter().find(|database| database.name == "app").unwrap();
    assert!(app.owner == "admin" && app.bytes > 1_000_000, "{app:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_is_one_snapshot_with_its_facts_and_is_verified_in_both_ways() {
    let server = Server::start().await;
    server.sql("app", SCHEMA);
    server.sql("app", &fill(1000));
    let postgresql = server.postgresql().await;
    let dump = postgresql.dump("app").await.unwrap();
    // After the snapshot, so not part of it.
    server.sql("app", "INSERT INTO users (mail) VALUES ('late@example.org')");
    let (archive, manifest) = collect(dump).await;
    assert_eq!(manifest.facts.rows["public.users"], 1000);
    assert_eq!(manifest.facts.rows["\"odd schema\".\"it's a \"\"table\"\"\""], 2);
    assert_eq!(
        (manifest.facts.rows["public.empty"], manifest.facts.rows["public.parts_2026"]),
        (0, 1)
    );
    assert_eq!(manifest.facts.objects["extension citext"], 1);
    assert_eq!((manifest.facts.objects["trigger"], manifest.facts.objects["large object"]), (1, 1));
    assert_eq!(manifest.archive.bytes, archive.len() as u64);
    let text = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<database::Manifest>(&text).unwrap(), manifest);

    postgresql.verify_by_reading(source(&archive), &manifest).await.unwrap();
    let found = postgresql.verify_by_restore(source(&archive), &manifest).await.unwrap();
    assert_eq!(found.rows, manifest.facts.rows);
    assert_eq!(server.databases(), "app postgres template0 template1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_of_a_server_are_dumped() {
    let server = Server::start().await;
    server.sql("app", "CREATE ROLE reader LOGIN PASSWORD 'x'");
    let (stream, digest) = server.postgresql().await.dump_globals().await.unwrap();
    let parts: Vec<_> = stream.try_collect().await.unwrap();
    let text = String::from_utf8(parts.concat()).unwrap();
    assert!(text.contains("CREATE ROLE reader") && text.contains("SCRAM-SHA-256"), "{text}");
    assert_eq!(digest.get().unwrap().bytes, text.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_rights_cannot_make_a_backup_that_lacks_rows() {
    let server = Server::start().await;
    server.sql("app", "CREATE TABLE secret (x int); CREATE ROLE weak LOGIN PASSWORD 'hush-weak'");
    let login =
        |password: &str| PostgreSqlLogin::Given { user: "weak".into(), password: password.into() };
    let weak = server.as_user(login("hush-weak")).await;
    let error = weak.dump("app").await.unwrap_err();
    assert!(matches!(error, DatabaseError::PermissionDenied { .. }), "{error}");
    server
        .sql("app", "GRANT SELECT ON secret TO weak; ALTER TABLE secret ENABLE ROW LEVEL SECURITY");
    let error = weak.dump("app").await.unwrap_err();
    assert!(error.to_string().contains("row-level security"), "{error}");
    let missing = weak.dump("missing").await.unwrap_err();
    assert!(matches!(missing, DatabaseError::DatabaseMissing { .. }), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_come_from_files_and_are_neither_arguments_nor_part_of_errors() {
    let server = Server::start_with(&["--env", "POSTGRES_USER_FILE=/no/such"], &[]).await;
    let postgresql = server.postgresql().await;
    postgresql.identify().await.unwrap();
    let wrong = PostgreSqlLogin::Given { user: "nobody".into(), password: "hush-wrong".into() };
    assert!(!format!("{wrong:?}").contains("hush"));
    let error = server.as_user(wrong).await.identify().await.unwrap_err();
    assert!(matches!(error, DatabaseError::LoginRefused { .. }), "{error}");
    assert!(!error.to_string().contains("hush"), "{error}");
    let masked = postgresql.facts("no-hush-4711").await.unwrap_err();
    assert!(!format!("{masked:?}").contains("4711 does"), "{masked:?}");
}
