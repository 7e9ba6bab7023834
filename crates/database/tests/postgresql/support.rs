//! Servers in containers, and their databases. What a test creates is removed in the end.

use std::{
    path::Path,
    process::{Command, Output},
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};

use bytes::Bytes;
use database::{ArchiveSource, Dump, Manifest, PostgreSql, PostgreSqlLogin};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use local_docker::{DockerEnvironment, EndpointChoice, Engine};

pub(crate) const PASSWORD: &str = "hush-4711";

/// The image with the server, as long as a test uses it.
pub(crate) struct Image(String);

impl Image {
    fn shared() -> Arc<Self> {
        static IMAGE: Mutex<Weak<Image>> = Mutex::new(Weak::new());
        let mut image = IMAGE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(image) = image.upgrade() {
            return image;
        }
        let tag = format!("tidegate-test-database/postgresql:{:08x}", fastrand::u32(..));
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debian-image");
        must(Command::new(script).args(["postgresql", &tag]));
        let built = Arc::new(Self(tag));
        *image = Arc::downgrade(&built);
        built
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["image", "rm", "--force", &self.0]).output();
    }
}

/// A server of its own.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) container: String,
    _image: Arc<Image>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[], &[]).await
    }

    /// With options of `docker run`, and arguments of the server.
    pub(crate) async fn start_with(options: &[&str], arguments: &[&str]) -> Self {
        let image = tokio::task::spawn_blocking(Image::shared).await.unwrap();
        let container = format!("tidegate-test-database-{:08x}", fastrand::u32(..));
        let password = format!("POSTGRES_PASSWORD={PASSWORD}");
        let mut command = Command::new("docker");
        command.args(["run", "--detach", "--label", "org.tidegate.test=yes", "--name"]);
        command.args([&container, "--env", &password, "--env", "POSTGRES_USER=admin"]);
        command.args(["--env", "POSTGRES_DB=app"]).args(options).arg(&image.0);
        command.args(["postgres", "-c", "fsync=off"]).args(arguments);
        must(&mut command);
        let choice =
            EndpointChoice { environment: DockerEnvironment::from_env(), ..Default::default() };
        let engine = Engine::connect(&choice).await.expect("a Docker Engine must run");
        let server = Self { engine, container, _image: image };
        server.wait_until_it_answers().await;
        server
    }

    pub(crate) async fn wait_until_it_answers(&self) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !self.docker(&["exec", &self.container, "psql", "-U", "admin", "app", "-c", ""]) {
            assert!(Instant::now() < deadline, "the server does not start");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    pub(crate) fn docker(&self, arguments: &[&str]) -> bool {
        Command::new("docker").args(arguments).output().unwrap().status.success()
    }

    pub(crate) async fn id(&self) -> local_docker::ContainerId {
        let containers = self.engine.containers().list(None).await.unwrap();
        containers.into_iter().find(|found| found.name == self.container).unwrap().id
    }

    pub(crate) async fn postgresql(&self) -> PostgreSql {
        self.as_user(PostgreSqlLogin::FromContainer).await
    }

    pub(crate) async fn as_user(&self, login: PostgreSqlLogin) -> PostgreSql {
        PostgreSql::in_container(&self.engine, &self.id().await, login).await.unwrap()
    }

    /// Runs statements, which must succeed; the rows without decoration.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        let arguments = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "admin", "-d", database];
        let mut command = Command::new("docker");
        command.args(["exec", &self.container, "psql"]).args(arguments).args(["-c", statements]);
        let output = must(&mut command);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn databases(&self) -> String {
        self.sql("postgres", "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database")
    }

    /// A connection of an application, as it comes from another container.
    pub(crate) async fn client(
        &self,
        database: &str,
    ) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
        let details = self.engine.containers().inspect(&self.id().await).await.unwrap().unwrap();
        let address = details.addresses.values().next().unwrap();
        let mut config = tokio_postgres::Config::new();
        config.host(address.to_string()).user("admin").password(PASSWORD).dbname(database);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs =
                Command::new("docker").args(["logs", "--tail", "20", &self.container]).output();
            if let Ok(logs) = logs {
                eprintln!("{}", String::from_utf8_lossy(&logs.stderr));
            }
        }
        self.docker(&["rm", "--force", "--volumes", &self.container]);
    }
}

pub(crate) fn must(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    output
}

/// Users, their orders, and something of each kind of object.
pub(crate) const SCHEMA: &str = "
CREATE EXTENSION citext;
CREATE TYPE state AS ENUM ('new', 'paid');
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail citext UNIQUE NOT NULL,
    state state NOT NULL DEFAULT 'new', data bytea);
CREATE SCHEMA \"odd schema\";
CREATE TABLE \"odd schema\".\"it's a \"\"table\"\"\" (x int);
INSERT INTO \"odd schema\".\"it's a \"\"table\"\"\" VALUES (1), (2);
CREATE TABLE empty (id int);
CREATE TABLE parts (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE parts_2026 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO parts VALUES ('2026-05-01', 1);
CREATE VIEW paid AS SELECT * FROM users WHERE state = 'paid';
CREATE MATERIALIZED VIEW mails AS SELECT mail FROM users;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
SELECT lo_from_bytea(0, 'large');";

pub(crate) fn fill(rows: u32) -> String {
    format!(
        "INSERT INTO users (mail, data) SELECT 'user' || n || '@example.org', sha256(n::text::bytea) \
         FROM generate_series(1, {rows}) AS n;"
    )
}

/// One value for all rows of the users.
pub(crate) const CONTENT: &str =
    "SELECT count(*) || md5(string_agg(md5(u::text), '' ORDER BY id)) FROM users u";

pub(crate) async fn collect(dump: Dump) -> (Vec<u8>, Manifest) {
    let parts: Vec<Bytes> = dump.stream.try_collect().await.unwrap();
    let archive = dump.digest.get().expect("a complete dump has a digest");
    (parts.concat(), Manifest { facts: dump.facts, archive })
}

pub(crate) fn source(archive: &[u8]) -> ArchiveSource {
    let parts: Vec<_> =
        archive.chunks(50_000).map(|part| Ok(Bytes::copy_from_slice(part))).collect();
    stream::iter(parts).boxed()
}
