use std::{
    ffi::OsStr,
    io::{Read as _, Write as _},
    os::unix::{net::UnixStream, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    time::Duration,
};

use rustix::process::{Pid, Signal};

use super::generated_image::{GeneratedImage, archive};

/// Where an engine keeps its images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// The machine's version of the engine.
    GraphDriver,
    /// The version of `tests/fixtures/second-engine`.
    Containerd,
}

/// A Docker Engine of one test, with everything of its own: its images may be
/// counted, and all of them removed.
pub(crate) struct PrivateEngine {
    pub(crate) store: Store,
    pub(crate) address: String,
    pub(crate) folder: PathBuf,
    /// Waits until this value or this process is gone, in whatever way, and ends
    /// the engine. Nobody waits for it: an engine takes seconds to end.
    _stopper: Child,
}

/// The networks of a swarm cannot be removed.
const STOP: &str = r#"
exec >/dev/null 2>&1
cat
docker --host "unix://$1/docker.sock" swarm leave --force
exec bash "$0" stop "$1"
"#;

impl PrivateEngine {
    #[track_caller]
    pub(crate) fn start(store: Store) -> Self {
        Self::start_with(store, &[])
    }

    /// With its data on a disk of so many MiB.
    #[track_caller]
    pub(crate) fn on_small_disk(store: Store, size: u32) -> Self {
        Self::start_with(store, &[("TIDEGATE_ENGINE_DISK", &format!("{size}m"))])
    }

    /// With a network of its own, which nothing outside reaches: it can be started again.
    #[track_caller]
    pub(crate) fn in_own_network(store: Store) -> Self {
        Self::start_with(store, &[("TIDEGATE_ENGINE_NETWORK", "own")])
    }

    #[track_caller]
    fn start_with(store: Store, settings: &[(&str, &str)]) -> Self {
        let prefix = tempfile::Builder::new().prefix("tidegate-it-engine-").tempdir().unwrap();
        let folder = prefix.keep();
        let stopper = stopper(&folder);
        let address = call_script("start", store, &folder, settings);
        Self { store, address, folder, _stopper: stopper }
    }

    /// Starts it again, as the machine does after a crash or an update.
    #[track_caller]
    pub(crate) fn start_again(&self) {
        call_script("restart", self.store, &self.folder, &[]);
    }

    /// Ends the engine as a crash does: containers run on.
    pub(crate) fn kill(&self) {
        let pid = std::fs::read_to_string(self.folder.join("pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(pid, Signal::KILL).unwrap();
    }

    /// Docker's command line for this engine.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(arguments).env("DOCKER_HOST", &self.address).env("DOCKER_BUILDKIT", "0");
        command
    }

    /// Runs Docker's command line, which must succeed.
    #[track_caller]
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        let output = self.attempt(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {stderr}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn attempt(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Asks until this is the answer.
    #[track_caller]
    pub(crate) fn until(&self, answer: &str, arguments: &[&str]) {
        for _ in 0..600 {
            if self.docker(arguments) == answer {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("docker {arguments:?} does not answer {answer}");
    }

    #[track_caller]
    pub(crate) fn load(&self, images: &[GeneratedImage]) {
        let mut load = self.command(&["load", "--quiet"]);
        let mut load = load
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        load.stdin.take().unwrap().write_all(&archive(images)).unwrap();
        let loaded = load.wait_with_output().unwrap();
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    }

    /// Starts a container that runs until it is stopped; its ID.
    #[track_caller]
    pub(crate) fn run(&self, name: &str, image: &str) -> String {
        self.docker(&["run", "--detach", "--network", "none", "--name", name, image])
    }

    /// `repository:tag` of all images, sorted; `<none>` for dangling ones.
    #[track_caller]
    pub(crate) fn tags(&self) -> Vec<String> {
        let list = ["images", "--format", "{{.Repository}}:{{.Tag}}"];
        // The containerd store fails to list what is being removed at the moment.
        let listed = (0..20).map(|_| self.attempt(&list)).find(|output| output.status.success());
        let listed = String::from_utf8(listed.expect("images are listed").stdout).unwrap();
        let mut tags: Vec<String> = listed.lines().map(str::to_owned).collect();
        tags.sort();
        tags
    }

    #[track_caller]
    pub(crate) fn image_id(&self, reference: &str) -> String {
        self.docker(&["image", "inspect", "--format", "{{.Id}}", reference])
    }

    pub(crate) fn has(&self, reference: &str) -> bool {
        self.attempt(&["image", "inspect", reference]).status.success()
    }

    /// The engine's own sum of the bytes of image layers.
    #[track_caller]
    pub(crate) fn layers_size(&self) -> i64 {
        self.get("/v1.41/system/df")["LayersSize"].as_i64().unwrap()
    }

    /// An answer of the engine's interface.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> serde_json::Value {
        let mut stream = UnixStream::connect(self.address.trim_start_matches("unix://")).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }
}

/// What the script prints.
#[track_caller]
fn call_script(command: &str, store: Store, folder: &Path, settings: &[(&str, &str)]) -> String {
    let mut script = Command::new(script());
    script.arg(command).arg(folder).envs(settings.iter().copied());
    if store == Store::GraphDriver {
        script.env("TIDEGATE_ENGINE_BIN", programs_of_the_machine());
    }
    let ended = script.stdin(Stdio::null()).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap().trim().to_owned()
}

/// Lives apart from whatever ends the tests.
fn stopper(folder: &Path) -> Child {
    let mut stopper = Command::new("sh");
    stopper.args([OsStr::new("-c"), OsStr::new(STOP), script().as_os_str(), folder.as_os_str()]);
    let stopper = stopper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    stopper.process_group(0).spawn().unwrap()
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/second-engine")
}

/// A folder with the programs of the machine's engine, as the script wants them.
fn programs_of_the_machine() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-of-the-machine");
        std::fs::create_dir_all(&folder).unwrap();
        let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
        for program in PROGRAMS {
            let found = std::env::split_paths(&path).map(|place| place.join(program));
            let found = found.into_iter().find(|place| place.is_file());
            let found = found.unwrap_or_else(|| panic!("{program} is missing: run .ci/setup"));
            // Another run of the tests may have made it.
            let _ = std::os::unix::fs::symlink(found, folder.join(program));
        }
        folder
    })
}

const PROGRAMS: [&str; 7] = [
    "dockerd",
    "docker",
    "containerd",
    "containerd-shim-runc-v2",
    "runc",
    "docker-init",
    "docker-proxy",
];
