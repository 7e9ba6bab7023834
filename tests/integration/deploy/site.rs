use std::{
    cell::RefCell,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::run::Run;
use crate::harness::{GeneratedImage, PrivateEngine, RealServer, Secrets, Store, archive, built};

/// A user's machine: an engine, the folder of a Compose project with a configuration, and
/// a registry elsewhere. In the project, `demo/api` is what `api` runs.
pub(super) struct Site {
    pub(super) registry: RealServer,
    folder: tempfile::TempDir,
    /// None: the machine's own engine.
    engine: Option<PrivateEngine>,
    /// Where the operator's files are, below the folder.
    operator: RefCell<&'static str>,
    /// Name of the Compose project, which no other test has.
    pub(super) name: String,
}

/// One service whose tag is a variable of `.env`.
pub(super) const API: &str = "
  api:
    image: REG/demo/api:${TAG}
";
/// Checks by a request, and does not wait long for anything.
pub(super) const CONFIGURATION: &str = "
[deploy]
soak = '0s'
health = { http = '/health', port = 8080, timeout = '20s' }
";

impl Site {
    /// With `api` in version 1, and nothing started.
    pub(super) fn new() -> Self {
        Self::with(None)
    }

    pub(super) fn with(store: Option<Store>) -> Self {
        Self::on(store.map(PrivateEngine::start), RealServer::docker_registry())
    }

    pub(super) fn on(engine: Option<PrivateEngine>, registry: RealServer) -> Self {
        let folder = tempfile::Builder::new().prefix("tidegate-it-deploy-").tempdir().unwrap();
        make_folders(folder.path());
        let name = format!("tidegate-it-deploy-{}", registry.port);
        let operator = RefCell::new("");
        let site = Self { registry, folder, engine, operator, name };
        site.services(API);
        site.configure(CONFIGURATION);
        site.write(".env", "TAG=1\n");
        site.publish("demo/api:1", "1", "good");
        site
    }

    /// With `api` in version 1, which Compose has started.
    pub(super) fn started() -> Self {
        let site = Self::new();
        site.compose(&["up", "--detach"]);
        site
    }

    pub(super) fn engine(&self) -> &PrivateEngine {
        self.engine.as_ref().unwrap()
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.registry.port)
    }

    /// The services of `compose.yaml`; `REG` stands for the registry.
    pub(super) fn services(&self, services: &str) {
        let text = services.replace("REG/", &format!("{}/", self.host()));
        self.write("compose.yaml", &format!("name: {}\nservices:\n{text}", self.name));
    }

    pub(super) fn configure(&self, text: &str) {
        self.write("tidegate.toml", text);
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.project().join(path), text).unwrap();
    }

    #[track_caller]
    pub(super) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.project().join(path)).unwrap()
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The files of the operator who works now.
    pub(super) fn operator_folder(&self) -> PathBuf {
        self.folder().join(*self.operator.borrow())
    }

    pub(super) fn project(&self) -> PathBuf {
        self.operator_folder().join("project")
    }

    /// From here on another operator works, on another machine: with a copy of the project as it
    /// was at the beginning. Nothing of the first one's machine can be reached.
    #[track_caller]
    pub(super) fn change_operator(&self, env_file: &str) {
        let second = self.folder().join("second");
        make_folders(&second);
        for name in ["compose.yaml", "tidegate.toml"] {
            std::fs::copy(self.project().join(name), second.join("project").join(name)).unwrap();
        }
        let gone = self.folder().join("gone");
        std::fs::create_dir(&gone).unwrap();
        for name in ["home", "project", "docker", "state"] {
            std::fs::rename(self.folder().join(name), gone.join(name)).unwrap();
        }
        self.operator.replace("second");
        self.write(".env", env_file);
    }

    pub(super) fn image(&self, version: &str, behaviour: &str) -> GeneratedImage {
        // An image of two tests would have one ID, and be removed by the first.
        let image = GeneratedImage::untagged().service(version, behaviour);
        image.label("site", &self.name)
    }

    /// Publishes a version that behaves in this way, without the engine; its digest.
    #[track_caller]
    pub(super) fn publish(&self, name: &str, version: &str, behaviour: &str) -> String {
        self.publish_image(name, self.image(version, behaviour))
    }

    #[track_caller]
    pub(super) fn publish_image(&self, name: &str, image: GeneratedImage) -> String {
        let folder = tempfile::tempdir().unwrap();
        let (file, digest) = (folder.path().join("image.tar"), folder.path().join("digest"));
        std::fs::write(&file, archive(&[image.tag("content:1")])).unwrap();
        // A registry without accounts does not ask.
        let login = format!("{}:{}", Secrets::ACCOUNT, Secrets::REGISTRY);
        let output = Command::new("skopeo")
            .args(["copy", "--quiet", "--dest-tls-verify=false", "--dest-creds", &login])
            .arg("--digestfile")
            .arg(&digest)
            .arg(format!("docker-archive:{}", file.display()))
            .arg(format!("docker://{}/{name}", self.host()))
            .output()
            .expect("skopeo must be installed (see .ci/setup)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read_to_string(digest).unwrap().trim().to_owned()
    }

    /// Brings a version to the engine without a registry, as a build does.
    #[track_caller]
    pub(super) fn build(&self, name: &str, version: &str, behaviour: &str) {
        let file = self.folder().join("built.tar");
        let image = self.image(version, behaviour).tag(name);
        std::fs::write(&file, archive(&[image])).unwrap();
        self.docker(&["load", "--quiet", "--input", file.to_str().unwrap()]);
    }

    /// `deploy`, called in the project's folder without a question.
    pub(super) fn deploy(&self, arguments: &[&str]) -> Run {
        self.program("deploy", arguments).arg("--yes")
    }

    pub(super) fn rollback(&self, arguments: &[&str]) -> Run {
        self.program("rollback", arguments).arg("--yes")
    }

    /// Any program of the workspace.
    pub(super) fn program(&self, name: &str, arguments: &[&str]) -> Run {
        self.program_of("state", name, arguments)
    }

    /// `deploy` by somebody whose folder for the state is another one, as on another
    /// machine.
    pub(super) fn deploy_elsewhere(&self, arguments: &[&str]) -> Run {
        self.program_of("elsewhere", "deploy", arguments).arg("--yes")
    }

    fn program_of(&self, state: &str, name: &str, arguments: &[&str]) -> Run {
        let mut command = self.command(built(name));
        command.args(arguments).arg("--state-dir").arg(self.operator_folder().join(state));
        Run::new(command)
    }

    pub(super) fn command(&self, program: impl Into<PathBuf>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(self.project()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap());
        let own = |name: &str| self.operator_folder().join(name);
        command.env("HOME", own("home")).env("LC_ALL", "C.UTF-8");
        command.env("USER", "ada").env("DOCKER_CONFIG", own("docker"));
        let own = self.engine.as_ref().map(|engine| OsString::from(&engine.address));
        if let Some(host) = own.or_else(|| std::env::var_os("DOCKER_HOST")) {
            command.env("DOCKER_HOST", host);
        }
        command
    }

    /// The real Compose, as a user would call it.
    #[track_caller]
    pub(super) fn compose(&self, arguments: &[&str]) -> String {
        self.run(self.command("docker-compose").args(arguments))
    }

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

    pub(super) fn image_filter(&self) -> String {
        format!("label=site={}", self.name)
    }

    /// The tags of a repository on the engine that keep an old image.
    pub(super) fn ways_back(&self, repository: &str) -> Vec<String> {
        let repository = format!("{}/{repository}", self.host());
        let tags = self.docker(&["images", "--format", "{{.Tag}}", &repository]);
        let mut tags: Vec<String> = tags.lines().map(str::to_owned).collect();
        tags.retain(|tag| tag.starts_with("rollback-backup-"));
        tags.sort();
        tags
    }

    /// Takes tags away from an image, as a clean-up does that knows nothing of
    /// deployments.
    #[track_caller]
    pub(super) fn untag(&self, repository: &str, tags: &[String]) {
        for tag in tags {
            self.docker(&["rmi", &format!("{}/{repository}:{tag}", self.host())]);
        }
    }
}

fn make_folders(folder: &Path) {
    for name in ["home", "project", "docker", "state"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
}

impl Drop for Site {
    /// Takes away what this test made in the machine's engine; a private engine goes with
    /// everything in it.
    fn drop(&mut self) {
        if self.engine.is_some() {
            return;
        }
        let docker = |arguments: &[&str], names: &[String]| {
            let output = self.command("docker").args(arguments).args(names).output();
            let stdout = output.map(|output| output.stdout).unwrap_or_default();
            String::from_utf8_lossy(&stdout).lines().map(str::to_owned).collect::<Vec<_>>()
        };
        for label in ["com.docker.compose.project", "org.tidegate.project"] {
            let ours = format!("label={label}={}", self.name);
            let containers = docker(&["ps", "--all", "--quiet", "--filter", &ours], &[]);
            docker(&["rm", "--force", "--volumes"], &containers);
            let networks = docker(&["network", "ls", "--quiet", "--filter", &ours], &[]);
            docker(&["network", "rm"], &networks);
            let volumes = docker(&["volume", "ls", "--quiet", "--filter", &ours], &[]);
            docker(&["volume", "rm"], &volumes);
        }
        let ids = docker(&["images", "--quiet", "--filter", &self.image_filter()], &[]);
        docker(&["rmi", "--force"], &ids);
    }
}
