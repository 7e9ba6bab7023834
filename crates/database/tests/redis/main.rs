//! Redis: every test with a real server in the machine's engine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use bytes::Bytes;
use database::{ArchiveSource, DatabaseError, Dump, Manifest, Redis, RedisLogin};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use local_docker::{DockerEnvironment, EndpointChoice, Engine};

const PASSWORD: &str = "hush-4711";

struct Server {
    container: String,
    image: String,
    engine: Engine,
}

fn must(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    output
}

impl Server {
    async fn start(arguments: &[&str]) -> Self {
        let id = fastrand::u32(..);
        let (container, image) = (
            format!("tidegate-test-redis-{id:08x}"),
            format!("tidegate-test-database/redis:{id:08x}"),
        );
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debian-image");
        must(Command::new(script).args(["redis", &image]));
        let variable = format!("REDIS_PASSWORD={PASSWORD}");
        let mut command = Command::new("docker");
        command.args(["run", "--detach", "--label", "org.tidegate.test=yes", "--env", &variable]);
        command.args(["--name", &container, &image, "redis-server", "--requirepass", PASSWORD]);
        must(command.args(arguments));
        let choice =
            EndpointChoice { environment: DockerEnvironment::from_env(), ..Default::default() };
        let engine = Engine::connect(&choice).await.expect("a Docker Engine must run");
        let server = Self { container, image, engine };
        server.wait_until_it_answers().await;
        server
    }

    async fn wait_until_it_answers(&self) {
        for _ in 0..300 {
            if self.cli(&["PING"]) == "PONG" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server does not start");
    }

    fn cli(&self, command: &[&str]) -> String {
        let mut docker = Command::new("docker");
        docker.args([
            "exec",
            &self.container,
            "redis-cli",
            "--raw",
            "--no-auth-warning",
            "-a",
            PASSWORD,
        ]);
        let output = docker.args(command).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    async fn redis(&self, login: RedisLogin) -> Redis {
        let containers = self.engine.containers().list(None).await.unwrap();
        let id = containers.into_iter().find(|found| found.name == self.container).unwrap().id;
        Redis::in_container(&self.engine, &id, login).await.unwrap()
    }

    fn left_over(&self) -> String {
        let command = ["exec", &self.container, "sh", "-c", "echo /tmp/tidegate*"];
        String::from_utf8(must(Command::new("docker").args(command)).stdout).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let remove = |arguments: &[&str]| drop(Command::new("docker").args(arguments).output());
        remove(&["rm", "--force", "--volumes", &self.container]);
        remove(&["image", "rm", "--force", &self.image]);
    }
}

async fn collect(dump: Dump) -> (Vec<u8>, Manifest) {
    let parts: Vec<Bytes> = dump.stream.try_collect().await.unwrap();
    let archive = dump.digest.get().expect("a complete dump has a digest");
    (parts.concat(), Manifest { facts: dump.facts, archive })
}

fn source(archive: &[u8]) -> ArchiveSource {
    let parts: Vec<_> =
        archive.chunks(50_000).map(|part| Ok(Bytes::copy_from_slice(part))).collect();
    stream::iter(parts).boxed()
}

fn fill(server: &Server) {
    let script = "for i = 1, 20000 do redis.call('SET', 'key' .. i, string.rep('v', 20) .. i) end";
    server.cli(&["EVAL", script, "0"]);
    server.cli(&["-n", "3", "SET", "other", "x"]);
    server.cli(&["SET", "odd", "ERR this is a value"]);
}

async fn restore_and_restart(arguments: &[&str]) {
    let server = Server::start(arguments).await;
    fill(&server);
    let redis = server.redis(RedisLogin::FromContainer).await;
    let identity = redis.identify().await.unwrap();
    assert_eq!(identity.append_only, arguments.contains(&"yes"));
    assert_eq!(identity.keys, [("db0".to_owned(), 20_001), ("db3".to_owned(), 1)].into());
    let (archive, manifest) = collect(redis.dump().await.unwrap()).await;
    let verified = redis.verify_by_restore(source(&archive), &manifest).await.unwrap();
    assert_eq!(verified.rows, identity.keys);

    server.cli(&["FLUSHALL"]);
    server.cli(&["SET", "since", "x"]);
    let restored = redis.restore(source(&archive), &manifest).await.unwrap();
    assert_eq!(restored.rows, identity.keys);
    assert_eq!(server.cli(&["GET", "key777"]), format!("{}777", "v".repeat(20)));
    assert_eq!(
        (server.cli(&["GET", "since"]), server.cli(&["-n", "3", "GET", "other"])),
        (String::new(), "x".to_owned())
    );
    assert_eq!(server.cli(&["SET", "written", "again"]), "OK");
    must(Command::new("docker").args(["restart", &server.container]));
    server.wait_until_it_answers().await;
    assert_eq!(server.cli(&["DBSIZE"]), "20002", "it survives a restart");
    assert_eq!(redis.identify().await.unwrap().append_only, arguments.contains(&"yes"));
    assert!(!redis.identify().await.unwrap().is_replica);
    assert_eq!(server.left_over().trim(), "/tmp/tidegate*");
    redis.flush().await.unwrap();
    assert_eq!(server.cli(&["DBSIZE"]), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_append_only_files_is_restored_and_keeps_the_content_after_a_restart() {
    restore_and_restart(&["--appendonly", "yes"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_snapshots_is_restored_and_keeps_the_content_after_a_restart() {
    restore_and_restart(&["--appendonly", "no"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_archive_changes_nothing() {
    let server = Server::start(&[]).await;
    fill(&server);
    let redis = server.redis(RedisLogin::FromContainer).await;
    let (archive, manifest) = collect(redis.dump().await.unwrap()).await;
    let mut flipped = archive.clone();
    flipped[archive.len() / 2] ^= 1;
    for damaged in [&[][..], &archive[..archive.len() / 2], &flipped] {
        let error = redis.restore(source(damaged), &manifest).await.unwrap_err();
        assert!(matches!(error, DatabaseError::ArchiveDamaged { .. }), "{error}");
    }
    let mut claimed = manifest.clone();
    let mut random = database::Manifest { ..manifest };
    random.archive = digest_of(&redis, b"no archive at all").await;
    claimed.archive = random.archive.clone();
    let error = redis.restore(source(b"no archive at all"), &claimed).await.unwrap_err();
    assert!(matches!(error, DatabaseError::NotAnArchive { .. }), "{error}");
    assert_eq!(server.cli(&["DBSIZE"]), "20001");
    assert_eq!(server.left_over().trim(), "/tmp/tidegate*");
}

/// As a manifest of something else would have it.
async fn digest_of(redis: &Redis, bytes: &[u8]) -> database::ArchiveDigest {
    let (_, manifest) = collect(redis.dump().await.unwrap()).await;
    let error = redis.restore(source(bytes), &manifest).await.unwrap_err();
    let DatabaseError::ArchiveDamaged { found, .. } = error else { panic!("{error}") };
    let sha256 = found.rsplit(' ').next().unwrap().to_owned();
    database::ArchiveDigest { bytes: bytes.len() as u64, sha256 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_interrupted_restore_are_seen() {
    let server = Server::start(&[]).await;
    let wrong = server.redis(RedisLogin::Given { password: "hush-wrong".into() }).await;
    let error = wrong.identify().await.unwrap_err();
    assert!(matches!(error, DatabaseError::LoginRefused { .. }), "{error}");
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");

    let redis = server.redis(RedisLogin::Given { password: PASSWORD.into() }).await;
    assert!(matches!(redis.leave_restore().await, Err(DatabaseError::WrongState { .. })));
    server.cli(&["SET", "kept", "x"]);
    server.cli(&["REPLICAOF", "127.0.0.1", "19999"]);
    assert!(redis.identify().await.unwrap().is_replica);
    redis.leave_restore().await.unwrap();
    assert_eq!(server.cli(&["SET", "more", "x"]), "OK");
    assert_eq!(server.cli(&["GET", "kept"]), "x");
}
