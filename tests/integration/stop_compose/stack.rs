use std::{
    collections::BTreeSet,
    ffi::OsString,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use super::program::Stop;
use crate::harness::{Secrets, ServiceImage, built};
use regex::Regex;

/// A service that stops at once on request.
pub(super) const QUICK: &str = "trap 'exit 0' TERM; sleep 3600 & wait";
/// A service that takes a second to end.
pub(super) const SLOW: &str = "trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done";
/// A service that ignores the request to stop.
pub(super) const DEAF: &str = "trap '' TERM; while :; do sleep 0.1; done";

/// A folder with Compose files, and what they became in the engine. Everything of
/// it is removed when it goes.
pub(super) struct Stack {
    pub(super) name: String,
    folder: tempfile::TempDir,
    engine: Option<String>,
    /// Anonymous volumes of containers that were seen.
    anonymous: Mutex<BTreeSet<String>>,
    /// Arguments of `docker` that remove what else was made.
    at_the_end: Mutex<Vec<Vec<String>>>,
}

impl Stack {
    /// In the texts, `QUICK`, `SLOW` and `DEAF` stand for a service's image,
    /// command and a secret in its environment.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        Self::in_engine(None, files)
    }

    /// In another engine than the machine's.
    pub(super) fn in_engine(engine: Option<String>, files: &[(&str, &str)]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // The engine finds names by a part of them: none is the beginning of another.
        let name = format!("{}{number:04}", ServiceImage::project_prefix());
        let folder = tempfile::Builder::new().prefix("tidegate-it-stop-").tempdir().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        std::fs::create_dir(folder.path().join(&name)).unwrap();
        let (anonymous, at_the_end) = (Mutex::default(), Mutex::default());
        let stack = Self { name, folder, engine, anonymous, at_the_end };
        files.iter().for_each(|(path, text)| stack.write(path, text));
        stack
    }

    /// A project of one file.
    pub(super) fn of(text: &str) -> Self {
        Self::new(&[("compose.yaml", text)])
    }

    /// A folder for everything that is not the project's.
    pub(super) fn place(&self) -> &Path {
        self.folder.path()
    }

    /// The project's folder, which gives the project its name.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, service_texts(text)).unwrap();
    }

    pub(super) fn delete(&self, path: &str) {
        std::fs::remove_file(self.root().join(path)).unwrap();
    }

    fn command(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command.args(arguments).current_dir(self.root()).stdin(Stdio::null());
        command.env("HOME", self.folder.path().join("home")).env_remove("DOCKER_CONFIG");
        if let Some(engine) = &self.engine {
            command.env("DOCKER_HOST", engine);
        }
        command
    }

    /// The real Compose, called in the project's folder.
    pub(super) fn compose(&self, arguments: &[&str], env: &[(&str, &str)]) -> Output {
        self.command("docker-compose", arguments).envs(env.iter().copied()).output().unwrap()
    }

    /// The real Compose, which must succeed.
    #[track_caller]
    pub(super) fn composes(&self, arguments: &[&str]) -> String {
        let output = self.compose(arguments, &[]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker-compose {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    pub(super) fn up(&self) {
        self.composes(&["up", "--detach"]);
        self.remember_anonymous_volumes();
    }

    #[track_caller]
    pub(super) fn docker(&self, arguments: &[&str]) -> String {
        let output = self.command("docker", arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Makes something beside the project, whose name begins with the project's:
    /// `docker WHAT… NAME`, and removes it at the end.
    #[track_caller]
    pub(super) fn beside(&self, make: &[&str], end: &str, remove: &[&str]) -> String {
        let name = format!("{}-{end}", self.name);
        let make: Vec<String> = make.iter().map(|word| word.replace("NAME", &name)).collect();
        self.docker(&make.iter().map(String::as_str).collect::<Vec<_>>());
        let remove = remove.iter().copied().chain([name.as_str()]).map(str::to_owned).collect();
        self.at_the_end.lock().unwrap().push(remove);
        name
    }

    /// A container of another project, on a network of this one.
    #[track_caller]
    pub(super) fn neighbour(&self, network: &str) -> String {
        let network = format!("{}_{network}", self.name);
        let sleep = [ServiceImage::reference(), "/bin/busybox", "sleep", "3600"];
        let make = [&["run", "--detach", "--name", "NAME", "--network", &network], &sleep[..]];
        self.beside(&make.concat(), "neighbour", &["rm", "--force"])
    }

    /// `PROJECT-SERVICE-1` for a service.
    pub(super) fn container(&self, service: &str) -> String {
        format!("{}-{service}-1", self.name)
    }

    /// `stop-compose`, called in the project's folder.
    pub(super) fn stop(&self) -> Stop<'_> {
        self.stop_without_yes().arg("--yes")
    }

    pub(super) fn stop_without_yes(&self) -> Stop<'_> {
        let mut command = self.command(built("stop-compose"), &[]);
        command.env_clear().env("LC_ALL", "C.UTF-8");
        command.env("HOME", self.folder.path().join("home"));
        let host = self.engine.clone().map(OsString::from);
        if let Some(host) = host.or_else(|| std::env::var_os("DOCKER_HOST")) {
            command.env("DOCKER_HOST", host);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap());
        Stop::new(self, command)
    }

    /// What the engine has of the project and beside it, with `P` for its name.
    pub(super) fn state(&self) -> State {
        let by_name = format!("name={}", self.name);
        let list = |arguments: &[&str]| -> BTreeSet<String> {
            let listed = [&self.label(), &by_name]
                .map(|filter| self.docker(&[arguments, &["--filter", filter]].concat()));
            let lines = listed.iter().flat_map(|listed| listed.lines());
            lines.map(|line| line.replace(&self.name, "P")).collect()
        };
        let volumes = self.docker(&["volume", "ls", "--quiet"]);
        let there: BTreeSet<&str> = volumes.lines().collect();
        let anonymous = self.anonymous.lock().unwrap();
        State {
            containers: list(&["ps", "--all", "--format", "{{.Names}} {{.State}}"]),
            networks: list(&["network", "ls", "--format", "{{.Name}}"]),
            volumes: list(&["volume", "ls", "--format", "{{.Name}}"]),
            anonymous_volumes: anonymous
                .iter()
                .filter(|name| there.contains(name.as_str()))
                .count(),
        }
    }

    /// Containers have to be there still.
    pub(super) fn remember_anonymous_volumes(&self) {
        let format = "{{range .Mounts}}{{if eq .Type \"volume\"}}{{.Name}}\n{{end}}{{end}}";
        let all = self.docker(&["ps", "--all", "--quiet", "--filter", &self.label()]);
        let mut anonymous = self.anonymous.lock().unwrap();
        for id in all.lines() {
            let volumes = self.docker(&["inspect", "--format", format, id]);
            let is_hash = |name: &&str| name.len() == 64 && !name.contains('_');
            anonymous.extend(volumes.lines().filter(is_hash).map(str::to_owned));
        }
    }

    fn label(&self) -> String {
        format!("label=com.docker.compose.project={}", self.name)
    }

    /// Takes out of a text what differs from run to run.
    pub(super) fn shown(&self, text: &str) -> String {
        let folder = self.folder.path().to_string_lossy();
        let text = text.replace(&*folder, "$PLACE").replace(&self.name, "P");
        let text = Regex::new(r" \(\d+\.\d s\)").unwrap().replace_all(&text, "").into_owned();
        let text = Regex::new("─{2,}").unwrap().replace_all(&text, "──").into_owned();
        Regex::new(r"(\S) {2,}").unwrap().replace_all(&text, "$1  ").into_owned()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        for arguments in std::mem::take(&mut *self.at_the_end.lock().unwrap()) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let _ = self.command("docker", &arguments).output();
        }
        // Projects of a stack with several have names that begin with its own.
        let by_name = format!("name={}", self.name);
        // An engine that a test has ended has nothing left to tell.
        let ids = |arguments: &[&str]| -> Vec<String> {
            let listed = self.command("docker", arguments).output().unwrap().stdout;
            String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect()
        };
        let list = |what: &[&str]| -> Vec<String> {
            [&self.label(), &by_name]
                .map(|filter| ids(&[what, &["--quiet", "--filter", filter]].concat()))
                .concat()
        };
        let remove = |how: &[&str], names: Vec<String>| {
            for name in names {
                let _ = self.command("docker", &[how, &[&name]].concat()).output();
            }
        };
        remove(&["rm", "--force", "--volumes"], list(&["ps", "--all"]));
        remove(&["network", "rm"], list(&["network", "ls"]));
        remove(&["volume", "rm"], list(&["volume", "ls"]));
        let anonymous = std::mem::take(&mut *self.anonymous.lock().unwrap());
        remove(&["volume", "rm"], anonymous.into_iter().collect());
    }
}

/// `web: QUICK` becomes a service of that kind; further keys may follow.
fn service_texts(text: &str) -> String {
    let mut written = String::new();
    for line in text.lines() {
        let kinds = [("QUICK", QUICK), ("SLOW", SLOW), ("DEAF", DEAF)];
        let kind = kinds.iter().find_map(|(word, script)| Some((line.strip_suffix(word)?, script)));
        let Some((key, script)) = kind else {
            writeln!(written, "{}", line.replace("IMAGE", ServiceImage::reference())).unwrap();
            continue;
        };
        let indent = " ".repeat(key.len() - key.trim_start().len() + 2);
        let script = script.replace('\'', "''");
        writeln!(written, "{}", key.trim_end()).unwrap();
        writeln!(written, "{indent}image: {}", ServiceImage::reference()).unwrap();
        writeln!(written, "{indent}command: [/bin/busybox, sh, -c, '{script}']").unwrap();
        writeln!(written, "{indent}environment: {{TOKEN: {}-token}}", Secrets::MARK).unwrap();
    }
    written
}

/// What the engine has of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Names with states.
    pub(super) containers: BTreeSet<String>,
    pub(super) networks: BTreeSet<String>,
    pub(super) volumes: BTreeSet<String>,
    pub(super) anonymous_volumes: usize,
}
