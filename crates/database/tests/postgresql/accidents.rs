//! What happens to servers, disks and connections while they are used.

use std::{path::Path, process::Command, time::Duration};

use database::{
    DatabaseError, DigestHandle, Dump, PostgreSql, PostgreSqlLogin, RestoreId, RestoreState,
};
use futures_util::StreamExt as _;
use local_docker::{DockerEnvironment, EndpointChoice, Engine};
use tokio::net::{UnixListener, UnixStream};

use crate::support::{CONTENT, SCHEMA, Server, collect, fill, must, source};

/// Reads the rest of a dump that must not become complete.
async fn failure_of(mut dump: Dump) -> (DatabaseError, DigestHandle) {
    while let Some(part) = dump.stream.next().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if let Err(error) = part {
            assert!(dump.stream.next().await.is_none(), "an error is the end");
            return (error, dump.digest);
        }
    }
    panic!("the dump is complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_restarted_while_dumping_never_gives_a_complete_dump() {
    let server = Server::start().await;
    server.sql("app", SCHEMA);
    server.sql("app", &fill(100_000));
    let mut dump = server.postgresql().await.dump("app").await.unwrap();
    dump.stream.next().await.unwrap().unwrap();
    let container = server.container.clone();
    let restart = tokio::task::spawn_blocking(move || {
        must(Command::new("docker").args(["restart", "--time", "0", &container]));
    });
    let (error, digest) = failure_of(dump).await;
    restart.await.unwrap();
    assert!(digest.get().is_none(), "{error}");
    server.wait_until_it_answers().await;
    collect(server.postgresql().await.dump("app").await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_by_others_is_a_passing_error() {
    let server = Server::start().await;
    server.sql("app", SCHEMA);
    server.sql("app", &fill(100_000));
    let mut dump = server.postgresql().await.dump("app").await.unwrap();
    dump.stream.next().await.unwrap().unwrap();
    server.sql(
        "postgres",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'",
    );
    let (error, _) = failure_of(dump).await;
    assert!(matches!(error, DatabaseError::ServerGone { .. }) && error.is_passing(), "{error}");
}

/// Passes bytes on to the engine's socket until it is aborted.
fn forwarder(path: &Path) -> tokio::task::JoinHandle<()> {
    let listener = UnixListener::bind(path).unwrap();
    tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            connections.spawn(async move {
                let mut engine = UnixStream::connect("/var/run/docker.sock").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
            });
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_an_error_and_the_tool_in_the_container_ends() {
    let server = Server::start().await;
    server.sql("app", SCHEMA);
    server.sql("app", &fill(100_000));
    let path = std::env::temp_dir().join(format!("tidegate-{:08x}.sock", fastrand::u32(..)));
    let forwarding = forwarder(&path);
    let host = Some(format!("unix://{}", path.display()));
    let choice =
        EndpointChoice { host, environment: DockerEnvironment::from_env(), ..Default::default() };
    let engine = Engine::connect(&choice).await.unwrap();
    let login = PostgreSqlLogin::FromContainer;
    let postgresql = PostgreSql::in_container(&engine, &server.id().await, login).await.unwrap();
    let mut dump = postgresql.dump("app").await.unwrap();
    dump.stream.next().await.unwrap().unwrap();
    forwarding.abort();
    let (error, digest) = failure_of(dump).await;
    assert!(matches!(error, DatabaseError::Engine { .. }) && digest.get().is_none(), "{error}");
    std::fs::remove_file(path).unwrap();
    no_session_stays(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_that_nobody_reads_any_more_ends() {
    let server = Server::start().await;
    server.sql("app", SCHEMA);
    server.sql("app", &fill(100_000));
    let mut dump = server.postgresql().await.dump("app").await.unwrap();
    dump.stream.next().await.unwrap().unwrap();
    drop(dump);
    no_session_stays(&server).await;
}

async fn no_session_stays(server: &Server) {
    let sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('tidegate', 'pg_dump')";
    for _ in 0..100 {
        if server.sql("postgres", sessions) == "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("a session holds its snapshot");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_gets_full_while_restoring_leaves_the_database_as_it_was() {
    let tmpfs = ["--tmpfs", "/var/lib/postgresql/data:size=150m"];
    let sizes = ["-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_wal_size=32MB"];
    let server =
        Server::start_with(&tmpfs, &[&sizes[..], &["-c", "min_wal_size=32MB"]].concat()).await;
    server.sql("app", SCHEMA);
    server.sql("app", &fill(120_000));
    let content = server.sql("app", CONTENT);
    let postgresql = server.postgresql().await;
    let (archive, manifest) = collect(postgresql.dump("app").await.unwrap()).await;
    server.sql(
        "app",
        "CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 35000)",
    );
    let id = RestoreId::random();
    let error = postgresql.restore_beside(source(&archive), &manifest, &id).await.unwrap_err();
    assert!(matches!(error, DatabaseError::DiskFull { .. }), "{error}");
    assert_eq!(postgresql.observe("app", &id).await.unwrap().state(), RestoreState::Idle);
    assert_eq!(server.databases(), "app postgres template0 template1");
    assert_eq!(server.sql("app", CONTENT), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_that_are_missing_or_too_old_are_refused_before_a_dump() {
    let server = Server::start().await;
    let root = |script: &str| {
        must(Command::new("docker").args([
            "exec",
            "--user",
            "root",
            &server.container,
            "sh",
            "-c",
            script,
        ]));
    };
    let postgresql = server.postgresql().await;
    root(
        "d=$(dirname $(command -v pg_dump)); echo 'echo \"pg_dump (PostgreSQL) 9.6.24\"' >/tmp/old; \
          rm $d/pg_dump; chmod 755 /tmp/old; printf '#!/bin/sh\\ncat /tmp/old | sh\\n' >$d/pg_dump; chmod 755 $d/pg_dump",
    );
    let error = postgresql.dump("app").await.unwrap_err();
    assert!(matches!(error, DatabaseError::ClientOlder { .. }), "{error}");
    root("rm $(command -v pg_dump)");
    let error = postgresql.dump("app").await.unwrap_err();
    assert!(
        matches!(&error, DatabaseError::ToolMissing { tool, .. } if tool == "pg_dump"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_does_not_run_is_not_an_empty_server() {
    let server = Server::start().await;
    let postgresql = server.postgresql().await;
    must(Command::new("docker").args(["stop", "--time", "1", &server.container]));
    let error = postgresql.identify().await.unwrap_err();
    assert!(matches!(error, DatabaseError::ContainerStopped { .. }), "{error}");
    let id = server.id().await;
    let found = PostgreSql::in_container(&server.engine, &id, PostgreSqlLogin::FromContainer).await;
    assert!(matches!(found, Err(DatabaseError::ContainerStopped { .. })), "{found:?}");
}
