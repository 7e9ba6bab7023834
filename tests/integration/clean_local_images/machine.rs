use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::harness::{GeneratedImage, PrivateEngine, Store, built};

/// The repository of the project.
pub(super) const APP: &str = "tidegate-it/app";

/// An image of the project.
pub(super) fn app(tag: &str) -> GeneratedImage {
    GeneratedImage::new(format!("{APP}:{tag}"))
}

/// A user's machine: an engine, a home folder, and the folder of a project with
/// the repository [`APP`].
pub(super) struct Machine {
    pub(super) docker: PrivateEngine,
    folder: tempfile::TempDir,
}

/// Runs a test with each image store.
#[track_caller]
pub(super) fn on_both_stores(test: impl Fn(Machine)) {
    for store in [Store::GraphDriver, Store::Containerd] {
        test(Machine::with(store));
    }
}

impl Machine {
    /// With the machine's version of the engine.
    pub(super) fn new() -> Self {
        Self::with(Store::GraphDriver)
    }

    #[track_caller]
    pub(super) fn with(store: Store) -> Self {
        let folder = tempfile::Builder::new().prefix("tidegate-it-clean-").tempdir().unwrap();
        for name in ["home", "project"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let machine = Self { docker: PrivateEngine::start(store), folder };
        machine.configure(&format!("[local-images]\nrepositories = [\"{APP}\"]\n"))
    }

    /// Replaces the project's `tidegate.toml`.
    pub(super) fn configure(self, text: &str) -> Self {
        self.file("tidegate.toml", text)
    }

    /// Writes a file of the project.
    pub(super) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.project().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn project(&self) -> PathBuf {
        self.folder().join("project")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.folder().join("home")
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Loads images into the engine.
    #[track_caller]
    pub(super) fn with_images(self, images: &[GeneratedImage]) -> Self {
        self.docker.load(images);
        self
    }

    /// `clean-local-images`, called in the project's folder.
    pub(super) fn clean(&self) -> CleanCommand<'_> {
        let mut command = Command::new(built("clean-local-images"));
        command.current_dir(self.project()).env_clear().stdin(Stdio::null());
        command.env("HOME", self.home()).env("PATH", std::env::var_os("PATH").unwrap());
        command.env("DOCKER_HOST", &self.docker.address).env("LC_ALL", "C.UTF-8");
        CleanCommand { machine: self, command, json: false }
    }
}

/// `clean-local-images` before it starts.
#[must_use]
pub(super) struct CleanCommand<'a> {
    machine: &'a Machine,
    command: Command,
    json: bool,
}

impl<'a> CleanCommand<'a> {
    pub(super) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.command.arg(argument.into());
        self
    }

    pub(super) fn args(self, arguments: &[&str]) -> Self {
        arguments.iter().fold(self, |cleaning, argument| cleaning.arg(*argument))
    }

    pub(super) fn in_folder(mut self, folder: &str) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    pub(super) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Events instead of lines; the report is then compared with the engine.
    pub(super) fn json(mut self) -> Self {
        self.json = true;
        self.args(&["--format", "json"])
    }

    #[track_caller]
    pub(super) fn run(self) -> CleanOutput {
        self.start().wait()
    }

    #[track_caller]
    pub(super) fn start(mut self) -> RunningClean<'a> {
        let output = tempfile::Builder::new().tempdir_in(self.machine.folder()).unwrap().keep();
        self.command.stdout(std::fs::File::create(output.join("stdout")).unwrap());
        self.command.stderr(std::fs::File::create(output.join("stderr")).unwrap());
        let child = self.command.spawn().unwrap();
        RunningClean { machine: self.machine, child, output, json: self.json }
    }
}

/// A program that runs.
pub(super) struct RunningClean<'a> {
    machine: &'a Machine,
    child: Child,
    output: PathBuf,
    json: bool,
}

impl RunningClean<'_> {
    /// Waits for an event while the program runs.
    #[track_caller]
    pub(super) fn until(&mut self, event: &str, has_happened: impl Fn(&str) -> bool) {
        for _ in 0..30_000 {
            let stdout = self.stdout();
            if has_happened(&stdout) {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "ended before {event}: {stdout}");
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("{event} did not happen: {}", self.stdout());
    }

    pub(super) fn stdout(&self) -> String {
        std::fs::read_to_string(self.output.join("stdout")).unwrap()
    }

    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    #[track_caller]
    pub(super) fn wait(mut self) -> CleanOutput {
        let status = self.child.wait().unwrap();
        let cleaned = CleanOutput {
            code: status.code(),
            stdout: self.stdout(),
            stderr: std::fs::read_to_string(self.output.join("stderr")).unwrap(),
            folder: self.machine.folder().to_string_lossy().into_owned(),
            address: self.machine.docker.address.clone(),
        };
        assert!(!cleaned.stderr.contains("panicked at"), "{cleaned}");
        if self.json {
            cleaned.assert_matches_engine(&self.machine.docker);
        }
        cleaned
    }
}

/// The output of `clean-local-images`, and how it ended.
#[derive(Debug)]
pub(super) struct CleanOutput {
    code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    folder: String,
    address: String,
}

impl std::fmt::Display for CleanOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr, .. } = self;
        write!(f, "{code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

impl CleanOutput {
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// The events of `--format json`.
    #[track_caller]
    pub(super) fn events(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn event(&self, name: &str) -> Option<Value> {
        self.events().into_iter().find(|event| event["event"] == name)
    }

    #[track_caller]
    pub(super) fn plan(&self) -> Value {
        self.event("plan").unwrap_or_else(|| panic!("no plan: {self}"))
    }

    #[track_caller]
    pub(super) fn report(&self) -> Value {
        self.event("report").unwrap_or_else(|| panic!("no report: {self}"))
    }

    /// What the plan removes from the engines, with the reasons.
    #[track_caller]
    pub(super) fn to_remove(&self) -> BTreeMap<String, String> {
        decisions(&self.plan(), "remove")
    }

    /// What was removed, with the reasons.
    #[track_caller]
    pub(super) fn removed(&self) -> BTreeMap<String, String> {
        entries(&self.report(), "removed")
    }

    /// What was kept, with the reasons: from the report, or from the plan when nothing
    /// was removed.
    #[track_caller]
    pub(super) fn kept(&self) -> BTreeMap<String, String> {
        match self.event("report") {
            Some(report) => entries(&report, "kept"),
            None => decisions(&self.plan(), "keep"),
        }
    }

    /// The report agrees with the engine.
    #[track_caller]
    fn assert_matches_engine(&self, docker: &PrivateEngine) {
        let Some(report) = self.event("report") else { return };
        let existing: BTreeSet<String> = docker.tags().into_iter().collect();
        for engine in report["engines"].as_array().unwrap() {
            if !engine["engine"].as_str().unwrap().contains(&self.address) {
                continue;
            }
            for (list, exists) in [("removed", false), ("kept", true)] {
                for entry in engine[list].as_array().unwrap() {
                    let Some(reference) = entry["reference"].as_str() else { continue };
                    let actual = existing.contains(reference);
                    assert_eq!(actual, exists, "{reference} is {list}?\n{self}");
                }
            }
        }
    }

    /// Exit code, warnings, and standard error, without what differs between runs.
    pub(super) fn complaints(&self) -> String {
        let lines: String = self
            .stdout
            .lines()
            .filter(|line| line.starts_with("[WARN]") || line.starts_with("[ERROR]"))
            .map(|line| format!("{line}\n"))
            .collect();
        self.redacted(&format!("exit {}\n{lines}{}", self.code.unwrap_or(-1), self.stderr))
    }

    /// Everything, without what differs between runs.
    pub(super) fn whole(&self) -> String {
        let Self { stdout, stderr, .. } = self;
        let code = self.code.unwrap_or(-1);
        self.redacted(&format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}"))
    }

    fn redacted(&self, text: &str) -> String {
        text.replace(&self.address, "unix://$ENGINE").replace(&self.folder, "$MACHINE")
    }
}

/// The decisions of a plan with this verdict, and why.
fn decisions(plan: &Value, verdict: &str) -> BTreeMap<String, String> {
    let engines = plan["engines"].as_array().unwrap().iter();
    let decisions = engines.flat_map(|engine| engine["decisions"].as_array().unwrap());
    decisions
        .filter(|decision| decision["verdict"].get(verdict).is_some())
        .map(|decision| {
            let target = decision["target"].as_object().unwrap().values().next().unwrap();
            (text(target), text(&decision["why"]))
        })
        .collect()
}

fn entries(report: &Value, list: &str) -> BTreeMap<String, String> {
    let engines = report["engines"].as_array().unwrap().iter();
    let entries = engines.flat_map(|engine| engine[list].as_array().unwrap());
    entries
        .map(|entry| {
            let reference = &entry["reference"];
            let name = if reference.is_null() { &entry["image"] } else { reference };
            (text(name), text(&entry["why"]))
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
