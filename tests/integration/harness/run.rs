use std::{
    ffi::OsString,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::Engine as _;

use test_harness::{ProjectFile, RELEASE_TIME, built, link_program};

use super::{Ended, Scene, Secrets};

/// A program of the workspace that is about to run.
#[must_use]
pub(crate) struct Run<'a> {
    scene: &'a Scene,
    command: Command,
    output: PathBuf,
}

/// Programs that releases may use. Everything else that the machine has, such
/// as `gh`, a keyring or buildx, is out of reach unless a test asks for it.
const PROGRAMS: [&str; 13] =
    ["git", "uv", "sh", "bash", "env", "cat", "cp", "mkdir", "rm", "sleep", "gcc", "true", "false"];

impl<'a> Run<'a> {
    /// A program with the scene's project, configuration and credentials.
    pub(super) fn new(scene: &'a Scene, program: &str, python: &str) -> Self {
        let run = Self::plain(scene, program, python);
        run.arg("--config").arg(scene.configuration()).with_credentials()
    }

    /// A program with the scene's project and nothing that a user would have
    /// to set up.
    pub(super) fn plain(scene: &'a Scene, program: &str, python: &str) -> Self {
        let folder = scene.folder();
        let (home, temporary) = (folder.join("home"), folder.join("tmp"));
        let mut command = Command::new(built(program));
        command.current_dir(&home).env_clear().stdin(Stdio::null());
        command.env("PATH", search_path(&folder.join("bin"), python)).env("HOME", &home);
        command.env("TMPDIR", &temporary).env("USER", "ada").env("LC_ALL", "C.UTF-8");
        command.env("GIT_CONFIG_GLOBAL", folder.join("gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("SOURCE_DATE_EPOCH", RELEASE_TIME).env("DOCKER_CONFIG", folder.join("docker"));
        if let Some(host) = std::env::var_os("DOCKER_HOST") {
            command.env("DOCKER_HOST", host);
        }
        command.arg("--project").arg(scene.root());
        command.arg("--state-dir").arg(scene.state_folder()).arg("--python").arg(python);
        let output = tempfile::Builder::new().tempdir_in(folder).unwrap().keep();
        Run { scene, command, output }
    }

    /// With what Debian installs within reach, compilers above all.
    pub(crate) fn with_programs_of_the_machine(self) -> Self {
        let own = self.scene.folder().join("bin").into_os_string().into_string().unwrap();
        self.env("PATH", format!("{own}:/usr/bin:/bin"))
    }

    /// As on a machine without uv.
    pub(crate) fn without_uv(self) -> Self {
        std::fs::remove_file(self.scene.folder().join("bin/uv")).unwrap();
        self
    }

    /// With a buildx that keeps its state in the scene.
    #[track_caller]
    pub(crate) fn with_buildx(self) -> Self {
        let folder = self.scene.folder();
        link_program("docker-buildx", &folder.join("bin"));
        let state = folder.join("buildx");
        self.env("BUILDX_CONFIG", state)
    }

    fn with_credentials(mut self) -> Self {
        for name in self.scene.services.indexes.keys() {
            let name = name.to_uppercase().replace('-', "_");
            self = self.env(&format!("TIDEGATE_INDEX_{name}_TOKEN"), Secrets::INDEX);
        }
        if self.scene.services.registry.is_some() {
            self = self.registry_password(Secrets::REGISTRY);
        }
        if self.scene.services.forge.is_some() {
            self = self.env("GITHUB_TOKEN", Secrets::FORGE);
        }
        self
    }

    /// The login of the registry, as `docker login` keeps it: by the place where
    /// the registry is, since a login of Docker Hub is for Docker Hub alone.
    pub(crate) fn registry_password(self, password: &str) -> Self {
        let login = format!("{}:{password}", Secrets::ACCOUNT);
        let login = base64::engine::general_purpose::STANDARD.encode(login);
        let auths = serde_json::json!({ self.scene.registry().host(): { "auth": login } });
        self.env("DOCKER_AUTH_CONFIG", serde_json::json!({ "auths": auths }).to_string())
    }

    /// Without any credentials.
    pub(crate) fn anonymous(mut self) -> Self {
        let names = self.command.get_envs().map(|(name, _)| name.to_owned());
        let secret = |name: &OsString| {
            let name = name.to_string_lossy();
            name.starts_with("TIDEGATE_INDEX_")
                || name == "DOCKER_AUTH_CONFIG"
                || name == "GITHUB_TOKEN"
        };
        for name in names.filter(secret).collect::<Vec<_>>() {
            self.command.env_remove(name);
        }
        self
    }

    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.command.arg(argument.into());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// The program kills itself after so many further records of its journal.
    pub(crate) fn kill_after(self, records: usize) -> Self {
        self.env("__TIDEGATE_KILL_AFTER_RECORDS", records.to_string())
    }

    /// Runs to the end.
    #[track_caller]
    pub(crate) fn run(self) -> Ended {
        self.start().wait()
    }

    /// Starts, and leaves it to the test what happens meanwhile.
    #[track_caller]
    pub(crate) fn start(mut self) -> Running<'a> {
        let stream = |name: &str| File::create(self.output.join(name)).unwrap();
        self.command.stdout(stream("stdout")).stderr(stream("stderr"));
        let child = self.command.spawn().unwrap();
        Running { scene: self.scene, child, output: self.output }
    }
}

/// A program that runs.
pub(crate) struct Running<'a> {
    scene: &'a Scene,
    child: Child,
    output: PathBuf,
}

impl Running<'_> {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub(crate) fn stdout(&self) -> String {
        std::fs::read_to_string(self.output.join("stdout")).unwrap_or_default()
    }

    /// Waits until something holds while the program runs.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..30_000 {
            if holds(self) {
                return;
            }
            if self.child.try_wait().unwrap().is_some() {
                panic!("the program ended before {what}: {}", self.stdout());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("{what} did not come: {}", self.stdout());
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    #[track_caller]
    pub(crate) fn wait(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        let text = |name: &str| {
            let bytes = std::fs::read(self.output.join(name)).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let ended = Ended::new(self.scene, status, text("stdout"), text("stderr"));
        std::fs::remove_dir_all(&self.output).unwrap();
        ended
    }
}

/// A folder with nothing but [`PROGRAMS`] and Python.
fn search_path(folder: &Path, python: &str) -> OsString {
    if !folder.join("python3").exists() {
        PROGRAMS.iter().for_each(|program| link_program(program, folder));
        // A link would make Python look for its library beside the link.
        let script = format!("#!/bin/sh\nexec {python} \"$@\"\n");
        let script = ProjectFile::new("python3", script);
        ProjectFile { executable: true, ..script }.write_to(folder);
    }
    folder.as_os_str().to_owned()
}
