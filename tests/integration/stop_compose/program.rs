use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::stack::Stack;
use crate::harness::Secrets;

/// `stop-compose` before it starts.
#[must_use]
pub(super) struct Stop<'a> {
    stack: &'a Stack,
    command: Command,
}

impl<'a> Stop<'a> {
    pub(super) fn new(stack: &'a Stack, command: Command) -> Self {
        Self { stack, command }
    }

    pub(super) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.command.arg(argument.into());
        self
    }

    pub(super) fn args(self, arguments: &[&str]) -> Self {
        arguments.iter().fold(self, |stop, argument| stop.arg(*argument))
    }

    pub(super) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    pub(super) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// On a machine that has only the engine.
    pub(super) fn without_compose(self) -> Self {
        self.env("PATH", "/nonexistent")
    }

    /// With another Compose: a script in which `REAL` stands for the real one.
    pub(super) fn with_compose(self, script: &str) -> Self {
        let path = std::env::var_os("PATH").unwrap();
        let places = std::env::split_paths(&path).map(|place| place.join("docker-compose"));
        let real = places.into_iter().find(|place| place.is_file()).unwrap();
        let folder = self.stack.place().join("bin");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("docker-compose");
        fs::write(&file, script.replace("REAL", real.to_str().unwrap())).unwrap();
        make_executable_for_all(&file);
        let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path)));
        self.env("PATH", path.unwrap())
    }

    /// As a user without any special permission.
    pub(super) fn without_permissions(mut self) -> Self {
        let program = self.stack.place().join("stop-compose");
        fs::copy(self.command.get_program(), &program).unwrap();
        [self.stack.place(), &self.stack.root(), &program]
            .into_iter()
            .for_each(make_executable_for_all);
        let mut outer = Command::new("setpriv");
        outer.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        outer.arg(program).args(self.command.get_args()).stdin(Stdio::null());
        outer.env_clear().current_dir(self.command.get_current_dir().unwrap());
        outer.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.command = outer;
        self
    }

    #[track_caller]
    pub(super) fn run(self) -> Stopped<'a> {
        self.start().wait()
    }

    #[track_caller]
    pub(super) fn start(mut self) -> Stopping<'a> {
        let output = tempfile::Builder::new().tempdir_in(self.stack.place()).unwrap().keep();
        let stream = |name: &str| fs::File::create(output.join(name)).unwrap();
        self.command.stdout(stream("stdout")).stderr(stream("stderr"));
        let child = self.command.spawn().unwrap();
        Stopping { stack: self.stack, child, output }
    }
}

fn make_executable_for_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// `stop-compose` while it runs.
pub(super) struct Stopping<'a> {
    stack: &'a Stack,
    child: Child,
    output: PathBuf,
}

impl<'a> Stopping<'a> {
    /// Waits until the program has printed this.
    #[track_caller]
    pub(super) fn wait_for_output(&mut self, text: &str) {
        let stdout = || fs::read_to_string(self.output.join("stdout")).unwrap();
        for _ in 0..3_000 {
            if stdout().contains(text) {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "ended before {text}: {}", stdout());
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{text} did not appear: {}", stdout());
    }

    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    #[track_caller]
    pub(super) fn wait(mut self) -> Stopped<'a> {
        let status = self.child.wait().unwrap();
        let read = |name: &str| fs::read_to_string(self.output.join(name)).unwrap();
        let (stdout, stderr) = (read("stdout"), read("stderr"));
        let stopped = Stopped { stack: self.stack, code: status.code(), stdout, stderr };
        for text in [&stopped.stdout, &stopped.stderr] {
            assert!(!text.contains(Secrets::MARK), "a secret is shown:\n{text}");
            assert!(!text.contains("panicked at"), "the program panicked:\n{text}");
        }
        stopped
    }
}

/// How it ended.
pub(super) struct Stopped<'a> {
    stack: &'a Stack,
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl std::fmt::Display for Stopped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr, .. } = self;
        write!(f, "{code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

impl Stopped<'_> {
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Everything, without what differs from run to run; containers that end at
    /// the same time in alphabetical order.
    pub(super) fn whole(&self) -> String {
        let Self { stdout, stderr, .. } = self;
        let code = self.code.unwrap_or(-1);
        let text = format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}");
        sorted(&self.stack.shown(&text))
    }

    /// Exit code, warnings and errors.
    pub(super) fn complaints(&self) -> String {
        let warns = |line: &&str| ["[WARN]", "[ERROR]"].iter().any(|mark| line.starts_with(mark));
        let lines: String =
            self.stdout.lines().filter(warns).map(|line| format!("{line}\n")).collect();
        let code = self.code.unwrap_or(-1);
        self.stack.shown(&format!("exit {code}\n{lines}{}", self.stderr))
    }

    fn event(&self, name: &str) -> Value {
        let mut events =
            self.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let event = events.find(|event| event["event"] == name);
        event.unwrap_or_else(|| panic!("no {name}: {self}"))
    }

    /// Names of all that a plan removes.
    #[track_caller]
    pub(super) fn planned(&self) -> BTreeSet<String> {
        let plan = &self.event("plan")["plan"];
        let all = |list: &Value| list.as_array().unwrap().clone();
        let services = all(&plan["services"]);
        let containers = services.iter().flat_map(|service| all(&service["containers"]));
        let free = |one: &Value| one["held_by"].as_array().unwrap().is_empty();
        let networks = all(&plan["networks"]).into_iter().filter(free);
        let networks = networks.map(|one| one["network"].clone());
        let all = containers.chain(networks).chain(all(&plan["volumes"]));
        all.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Names of all that was removed of a project.
    #[track_caller]
    pub(super) fn removed(&self, project: &str) -> BTreeSet<String> {
        let removed = self.report()[project]["removed"].as_object().unwrap().clone();
        let all = removed.into_iter().flat_map(|(_, names)| names.as_array().unwrap().clone());
        all.map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    /// The report of `--format json`, by project.
    #[track_caller]
    pub(super) fn report(&self) -> BTreeMap<String, Value> {
        let projects = self.event("report")["projects"].as_array().unwrap().clone();
        let name = |project: &Value| project["project"].as_str().unwrap().to_owned();
        projects.into_iter().map(|project| (name(&project), project)).collect()
    }
}

/// Lines of steps, which run at the same time, in alphabetical order.
fn sorted(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let of_step = |line: &str| {
        ["[OK] container ", "[OK] network ", "[OK] volume ", "[INFO] network "]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    let mut begin = 0;
    while begin < lines.len() {
        let run = lines[begin..].iter().take_while(|line| of_step(line)).count();
        lines[begin..begin + run].sort_unstable();
        begin += run.max(1);
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
