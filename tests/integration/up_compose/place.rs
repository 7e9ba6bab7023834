use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::Engine as _;
use regex::Regex;

use super::{registry::TestRegistry, run::Up};
use crate::harness::{LABEL, PrivateEngine, Secrets, Store, built};

/// A user's machine: an engine, the folder of a Compose project, and a registry
/// elsewhere.
pub(super) struct Place {
    pub(super) registry: TestRegistry,
    folder: tempfile::TempDir,
    /// None: the machine's own engine.
    engine: Option<PrivateEngine>,
    /// Name of the Compose project, which no other test has.
    pub(super) name: String,
}

/// A container of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) id: String,
    pub(super) state: String,
    /// The digests that its image was served under.
    pub(super) digests: String,
}

impl Place {
    /// With a registry that requires no login.
    pub(super) fn new() -> Self {
        Self::with(TestRegistry::real(), None)
    }

    pub(super) fn with(registry: TestRegistry, store: Option<Store>) -> Self {
        let folder = tempfile::Builder::new().prefix("tidegate-it-up-").tempdir().unwrap();
        for name in ["home", "project", "docker/cli-plugins"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let port = registry.host().rsplit(':').next().unwrap().to_owned();
        let engine = store.map(PrivateEngine::start);
        Self { registry, folder, engine, name: format!("tidegate-it-up-{port}") }
    }

    /// With the login of the registry, as `docker login` writes it.
    pub(super) fn logged_in(self) -> Self {
        let login = format!("{}:{}", Secrets::ACCOUNT, Secrets::REGISTRY);
        let login = base64::engine::general_purpose::STANDARD.encode(login);
        let auths = serde_json::json!({ self.registry.host(): { "auth": login } });
        let text = serde_json::json!({ "auths": auths }).to_string();
        std::fs::write(self.folder().join("docker/config.json"), text).unwrap();
        self
    }

    /// The services of the project's `compose.yaml`; `REG` stands for the
    /// registry.
    pub(super) fn services(self, services: &str) -> Self {
        self.write_services(services);
        self
    }

    /// As [`Place::services`]. Whatever a container does, it is stopped at once;
    /// a private engine has no networks of its own.
    pub(super) fn write_services(&self, services: &str) {
        let network = self.engine.as_ref().map(|_| "    network_mode: host\n").unwrap_or_default();
        let stated = services.contains("stop_signal");
        let at_once = if stated { "" } else { "    stop_signal: SIGKILL\n" };
        let each = format!("    labels: {{{LABEL}: up}}\n{at_once}{network}");
        let line = Regex::new(r"(?m)^  [a-z]+:\n").unwrap();
        let services = line
            .replace_all(services, |found: &regex::Captures<'_>| format!("{}{each}", &found[0]));
        let services = services.replace("REG/", &format!("{}/", self.registry.host()));
        self.write("compose.yaml", &format!("name: {}\nservices:\n{services}", self.name));
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.project().join(path), text).unwrap();
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn project(&self) -> PathBuf {
        self.folder().join("project")
    }

    /// A Compose that is found before the one on the search path.
    pub(super) fn other_compose(&self, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder().join("docker/cli-plugins/docker-compose");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// `up-compose`, called in the project's folder.
    pub(super) fn up(&self) -> Up<'_> {
        Up::new(self, self.command(built("up-compose")))
    }

    fn command(&self, program: impl Into<PathBuf>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(self.project()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", self.folder().join("home")).env("LC_ALL", "C.UTF-8");
        command.env("DOCKER_CONFIG", self.folder().join("docker"));
        if let Some(host) = self.docker_host() {
            command.env("DOCKER_HOST", host);
        }
        command
    }

    fn docker_host(&self) -> Option<OsString> {
        let own = self.engine.as_ref().map(|engine| OsString::from(&engine.address));
        own.or_else(|| std::env::var_os("DOCKER_HOST"))
    }

    /// The real Compose, as a user would call it.
    #[track_caller]
    pub(super) fn compose(&self, arguments: &[&str]) -> String {
        self.run(&mut self.compose_command(arguments))
    }

    pub(super) fn compose_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("docker-compose");
        command.args(arguments);
        command
    }

    /// Docker's command line.
    #[track_caller]
    pub(super) fn docker(&self, arguments: &[&str]) -> String {
        self.run(self.command("docker").args(arguments))
    }

    #[track_caller]
    fn run(&self, command: &mut Command) -> String {
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {stderr}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// The project's containers in any state, by service.
    pub(super) fn containers(&self) -> BTreeMap<String, Running> {
        let filter = format!("label=com.docker.compose.project={}", self.name);
        let listed = self.docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]);
        listed.lines().filter_map(|id| self.container(id)).collect()
    }

    /// `None` for a container that was removed after it was listed.
    fn container(&self, id: &str) -> Option<(String, Running)> {
        let format =
            r#"{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.Image}}"#;
        let inspect = ["inspect", "--format", format, id];
        let output = self.command("docker").args(inspect).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        if stderr.contains("No such object") {
            return None;
        }
        assert!(output.status.success(), "{stderr}");
        let output = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        let [service, state, image] = output.split(' ').collect::<Vec<_>>()[..] else { panic!() };
        let digests = self.docker(&["image", "inspect", "--format", "{{.RepoDigests}}", image]);
        let (id, state) = (id.to_owned(), state.to_owned());
        Some((service.to_owned(), Running { id, state, digests }))
    }

    /// Checks that a service runs what was published with this digest.
    #[track_caller]
    pub(super) fn assert_runs(&self, service: &str, digest: &str) {
        let containers = self.containers();
        let running = &containers[service];
        assert!(running.digests.contains(digest), "{service} runs {running:?}, not {digest}");
    }

    /// Everything that a start may change.
    pub(super) fn state(&self) -> (BTreeMap<String, Running>, String, String) {
        let host = format!("{}/*/*", self.registry.host());
        let images = self.docker(&["images", "--no-trunc", "--digests", &host]);
        // Images of one moment come in any order.
        let mut images: Vec<&str> = images.lines().collect();
        images.sort_unstable();
        (self.containers(), images.join("\n"), self.networks())
    }

    fn networks(&self) -> String {
        let filter = format!("label=com.docker.compose.project={}", self.name);
        self.docker(&["network", "ls", "--quiet", "--filter", &filter])
    }
}

impl Drop for Place {
    /// Takes away what this test made in the machine's engine, by its names; a
    /// private engine goes with everything in it.
    fn drop(&mut self) {
        if self.engine.is_some() {
            return;
        }
        let docker = |arguments: &[&str], names: &[String]| {
            let output = self.command("docker").args(arguments).args(names).output();
            let stdout = output.map(|output| output.stdout).unwrap_or_default();
            String::from_utf8_lossy(&stdout).lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let ours = format!("label=com.docker.compose.project={}", self.name);
        let containers = docker(&["ps", "--all", "--quiet", "--filter", &ours], &[]);
        docker(&["rm", "--force", "--volumes"], &containers);
        let networks = docker(&["network", "ls", "--quiet", "--filter", &ours], &[]);
        docker(&["network", "rm"], &networks);
        let named = "{{.Repository}}{{if eq .Tag \"<none>\"}}@{{.Digest}}{{else}}:{{.Tag}}{{end}}";
        for pattern in [format!("{}/*/*", self.registry.host()), format!("{}*", self.name)] {
            docker(&["rmi"], &docker(&["images", "--digests", "--format", named, &pattern], &[]));
        }
        let label = format!("label={LABEL}={}", self.name);
        let dangling = ["images", "--quiet", "--filter", "dangling=true", "--filter", &label];
        docker(&["rmi"], &docker(&dangling, &[]));
    }
}
