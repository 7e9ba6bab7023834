//! Containers of databases. What a test creates is removed in the end.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bytes::Bytes;
use database::{ArchiveSource, DatabaseError, Dump, InPlaceDatabase, Manifest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use local_docker::{ContainerId, DockerEnvironment, EndpointChoice, Engine};
use sha2::{Digest as _, Sha256};

/// An image with a server, as long as a test uses it.
pub(crate) struct Image(String);

/// Those that some test uses.
static IMAGES: Mutex<Vec<(&'static str, Weak<Image>)>> = Mutex::new(Vec::new());

impl Image {
    pub(crate) fn of(server: &'static str) -> Arc<Self> {
        let mut images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
        let built = images.iter().find(|(name, _)| *name == server);
        if let Some(image) = built.and_then(|(_, image)| image.upgrade()) {
            return image;
        }
        let tag = format!("tidegate-test-database/{server}:{:08x}", fastrand::u32(..));
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debian-image");
        must(Command::new(script).args([server, &tag]));
        let image = Arc::new(Self(tag));
        images.retain(|(name, _)| *name != server);
        images.push((server, Arc::downgrade(&image)));
        image
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["image", "rm", "--force", &self.0]).output();
    }
}

/// A container of its own.
pub(crate) struct Container {
    pub(crate) engine: Engine,
    pub(crate) name: String,
    pub(crate) id: ContainerId,
    _image: Arc<Image>,
}

impl Container {
    /// With options of `docker run`.
    pub(crate) async fn start(server: &'static str, options: &[&str]) -> Self {
        let image = tokio::task::spawn_blocking(move || Image::of(server)).await.unwrap();
        let name = format!("tidegate-test-{server}-{:08x}", fastrand::u32(..));
        let mut command = Command::new("docker");
        command.args(["run", "--detach", "--label", "org.tidegate.test=yes", "--name", &name]);
        must(command.args(options).arg(&image.0));
        let environment = DockerEnvironment::from_env();
        let choice = EndpointChoice { environment, ..Default::default() };
        let engine = Engine::connect(&choice).await.expect("a Docker Engine must run");
        let containers = engine.containers().list(None).await.unwrap();
        let id = containers.into_iter().find(|found| found.name == name).unwrap().id;
        Self { engine, name, id, _image: image }
    }

    /// Runs a program in it, with this input; what it printed.
    pub(crate) fn run(&self, program: &[&str], input: &str) -> String {
        let output = self.try_run(program, input);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program:?}: {text}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn try_run(&self, program: &[&str], input: &str) -> Output {
        let mut command = Command::new("docker");
        command.args(["exec", "--interactive", &self.name]).args(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What is left of backups and restores.
    pub(crate) fn left_over(&self) -> String {
        self.run(&["sh", "-c", "echo /tmp/tidegate*"], "")
    }

    pub(crate) async fn wait_until(&self, program: &[&str]) {
        for _ in 0..600 {
            if self.try_run(program, "").status.success() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} does not start", self.name);
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let remove = ["rm", "--force", "--volumes", &self.name];
        let _ = Command::new("docker").args(remove).output();
    }
}

/// A client that asks and writes again and again, each answer a time in seconds.
pub(crate) struct Client {
    container: String,
    thread: std::thread::JoinHandle<Output>,
}

impl Client {
    /// `client` reads the statements of this loop from its input.
    pub(crate) fn start(container: &Container, client: &str, statements: &str) -> Self {
        let script = format!(
            "while [ ! -e /tmp/ended ]; do echo \"{statements}\"; sleep 0.01; done | {client}"
        );
        let arguments = ["exec", &container.name, "sh", "-c", &script].map(str::to_owned);
        let run = move || Command::new("docker").args(arguments).output().unwrap();
        Self { container: container.name.clone(), thread: std::thread::spawn(run) }
    }

    /// The longest time without an answer, until a moment from now.
    pub(crate) fn longest_silence(self) -> Duration {
        std::thread::sleep(Duration::from_millis(500));
        must(Command::new("docker").args(["exec", &self.container, "sh", "-c", ": >/tmp/ended"]));
        let output = self.thread.join().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let times: Vec<f64> = text.lines().filter_map(|line| line.trim().parse().ok()).collect();
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(times.len() > 100, "{} answers: {problem}", times.len());
        let silences = times.windows(2).map(|pair| pair[1] - pair[0]);
        Duration::from_secs_f64(silences.fold(0.0, f64::max))
    }
}

pub(crate) fn must(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    output
}

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

/// Restores a copy from an archive whose second half does not come, until it is interrupted.
pub(crate) async fn interrupt_copy(
    database: &dyn InPlaceDatabase,
    name: &str,
    archive: &[u8],
    manifest: &Manifest,
) {
    let half = source(&archive[..archive.len() / 2]).chain(stream::pending()).boxed();
    let copying = database.restore_into(name, half, manifest);
    let ended = tokio::time::timeout(Duration::from_secs(2), copying).await;
    assert!(ended.is_err(), "it is interrupted");
}

/// What nobody may take for the archive of `manifest`, neither to verify nor to restore it.
pub(crate) async fn refuses_damage(
    database: &dyn InPlaceDatabase,
    archive: &[u8],
    manifest: &Manifest,
) {
    let mut flipped = archive.to_vec();
    flipped[archive.len() / 2] ^= 1;
    for damaged in [&[][..], &archive[..archive.len() / 2], &flipped] {
        let verified = database.verify_by_restore(source(damaged), manifest).await;
        let restored = database.restore(source(damaged), manifest).await;
        for error in [verified.map(drop).unwrap_err(), restored.map(drop).unwrap_err()] {
            assert!(matches!(error, DatabaseError::ArchiveDamaged { .. }), "{error}");
        }
    }
    let empty = claimed(manifest, b"");
    let error = database.verify_by_restore(source(b""), &empty).await.unwrap_err();
    assert!(matches!(error, DatabaseError::ArchiveEmpty { .. }), "{error}");
}

/// A manifest whose archive is this one.
pub(crate) fn claimed(manifest: &Manifest, archive: &[u8]) -> Manifest {
    let sha256: String = Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    let archive = database::ArchiveDigest { bytes: archive.len() as u64, sha256 };
    Manifest { archive, ..manifest.clone() }
}
