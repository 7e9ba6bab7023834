//! The restored database takes the name, and gives it back.

use database::{DatabaseError, Manifest, PostgreSql, PostgreSqlLogin, RestoreId, RestoreState};

use crate::support::{Server, collect, source};

/// A table whose row is `old` in the database that serves and `new` in its backup.
async fn restored(server: &Server) -> (PostgreSql, RestoreId) {
    server.sql("app", "CREATE TABLE t (x text); INSERT INTO t VALUES ('new')");
    let postgresql = server.postgresql().await;
    let (archive, manifest): (Vec<u8>, Manifest) =
        collect(postgresql.dump("app").await.unwrap()).await;
    server.sql("app", "UPDATE t SET x = 'old'");
    let id = RestoreId::random();
    postgresql.restore_beside(source(&archive), &manifest, &id).await.unwrap();
    (postgresql, id)
}

async fn state(postgresql: &PostgreSql, id: &RestoreId) -> RestoreState {
    postgresql.observe("app", id).await.unwrap().state()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_is_undone_and_done_again_without_losing_a_row() {
    let server = Server::start().await;
    let (postgresql, id) = restored(&server).await;
    assert_eq!(state(&postgresql, &id).await, RestoreState::Ready);
    assert_eq!(server.sql("app", "SELECT x FROM t"), "old");
    let application = server.client("app").await.unwrap();

    postgresql.swap("app", &id).await.unwrap();
    assert_eq!(state(&postgresql, &id).await, RestoreState::Swapped);
    assert!(application.simple_query("SELECT 1").await.is_err(), "sessions of the old one ended");
    assert_eq!(server.sql("app", "INSERT INTO t VALUES ('since') RETURNING x"), "since");
    let kept = server.client(&format!("app_before_{id}")).await;
    assert!(kept.is_err(), "nobody writes into the old one by mistake");

    postgresql.undo("app", &id).await.unwrap();
    assert_eq!(state(&postgresql, &id).await, RestoreState::Ready);
    assert_eq!(server.sql("app", "SELECT string_agg(x, ' ') FROM t"), "old");

    postgresql.swap("app", &id).await.unwrap();
    assert_eq!(server.sql("app", "SELECT string_agg(x, ' ') FROM t"), "new since");
    postgresql.drop_kept("app", &id).await.unwrap();
    assert_eq!(state(&postgresql, &id).await, RestoreState::Idle);
    assert_eq!(server.databases(), "app postgres template0 template1");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_dropped_or_swapped_in_a_wrong_state() {
    let server = Server::start().await;
    let (postgresql, id) = restored(&server).await;
    let other = RestoreId::random();
    for wrong in [
        postgresql.drop_kept("app", &id).await,
        postgresql.undo("app", &id).await,
        postgresql.reopen("app", &id).await,
        postgresql.swap("app", &other).await,
        postgresql.discard("app", &other).await,
    ] {
        assert!(matches!(wrong, Err(DatabaseError::WrongState { .. })), "{wrong:?}");
    }
    postgresql.discard("app", &id).await.unwrap();
    assert_eq!(server.databases(), "app postgres template0 template1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_restore_is_seen_and_discarded() {
    let server = Server::start().await;
    let (postgresql, id) = (server.postgresql().await, RestoreId::random());
    server.sql("postgres", &format!("CREATE DATABASE app_tidegate_{id}"));
    assert_eq!(state(&postgresql, &id).await, RestoreState::Unfinished);
    assert!(matches!(postgresql.swap("app", &id).await, Err(DatabaseError::WrongState { .. })));
    postgresql.discard("app", &id).await.unwrap();
    assert_eq!(state(&postgresql, &id).await, RestoreState::Idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_closed_is_reopened_or_replaced() {
    let server = Server::start().await;
    let (postgresql, id) = restored(&server).await;
    let close = "ALTER DATABASE app ALLOW_CONNECTIONS false";
    server.sql("postgres", close);
    assert_eq!(state(&postgresql, &id).await, RestoreState::Closed);
    postgresql.reopen("app", &id).await.unwrap();
    assert_eq!(server.sql("app", "SELECT x FROM t"), "old");
    server.sql("postgres", close);
    postgresql.swap("app", &id).await.unwrap();
    assert_eq!(server.sql("app", "SELECT x FROM t"), "new");
    server.sql("postgres", close);
    assert_eq!(state(&postgresql, &id).await, RestoreState::SwappedClosed);
    postgresql.undo("app", &id).await.unwrap();
    assert_eq!(server.sql("app", "SELECT x FROM t"), "old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_that_fails_leaves_the_database_open() {
    let server = Server::start_with(&[], &["-c", "max_prepared_transactions=5"]).await;
    let (postgresql, id) = restored(&server).await;
    server.sql("app", "BEGIN; INSERT INTO t VALUES ('x'); PREPARE TRANSACTION 'p'");
    let error = postgresql.swap("app", &id).await.unwrap_err();
    assert!(error.to_string().ends_with("the database has 1 prepared transactions"), "{error}");
    server.sql("app", "ROLLBACK PREPARED 'p'");

    // Only a superuser can make sure that nobody connects meanwhile.
    server.sql("postgres", "CREATE ROLE keeper LOGIN PASSWORD 'k'");
    for name in ["app".to_owned(), format!("app_tidegate_{id}")] {
        server.sql("postgres", &format!("ALTER DATABASE {name} OWNER TO keeper"));
    }
    let login = PostgreSqlLogin::Given { user: "keeper".into(), password: "k".into() };
    let error = server.as_user(login).await.swap("app", &id).await.unwrap_err();
    assert!(matches!(error, DatabaseError::PermissionDenied { .. }), "{error}");
    assert_eq!(state(&postgresql, &id).await, RestoreState::Ready);
    assert_eq!(server.sql("app", "SELECT x FROM t"), "old");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_named_postgres_is_restored_too() {
    let server = Server::start().await;
    server.sql("postgres", "CREATE TABLE t (x text); INSERT INTO t VALUES ('new')");
    let postgresql = server.postgresql().await;
    let (archive, manifest) = collect(postgresql.dump("postgres").await.unwrap()).await;
    server.sql("postgres", "DROP TABLE t");
    let id = RestoreId::random();
    postgresql.restore_beside(source(&archive), &manifest, &id).await.unwrap();
    postgresql.swap("postgres", &id).await.unwrap();
    assert_eq!(server.sql("postgres", "SELECT x FROM t"), "new");
}
