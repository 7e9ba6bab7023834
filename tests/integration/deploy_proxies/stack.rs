//! A Compose project with an API and a proxy, in the machine's engine.

use std::{
    io::Write as _,
    net::{IpAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use crate::harness::{DebianImage, RealServer, built};

/// The proxy before the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proxy {
    Nginx,
    NginxWithResolver,
    Haproxy,
    Caddy,
}

impl Proxy {
    fn program(self) -> &'static str {
        match self {
            Self::Nginx | Self::NginxWithResolver => "nginx",
            Self::Haproxy => "haproxy",
            Self::Caddy => "caddy",
        }
    }

    fn configuration(self) -> String {
        let nginx = |location: &str| {
            format!(
                "user root;\nworker_processes 2;\nevents {{}}\nhttp {{\n  access_log off;\n  server {{\n    \
                 listen 80;\n    location / {{\n      {location}\n    }}\n  }}\n}}\n"
            )
        };
        match self {
            Self::Nginx => nginx("proxy_pass http://api:8000;"),
            Self::NginxWithResolver => nginx(
                "resolver 127.0.0.11 valid=2s;\n      set $api http://api:8000;\n      proxy_pass $api;",
            ),
            Self::Haproxy => "global\n  maxconn 500\ndefaults\n  mode http\n  timeout connect 5s\n  \
                              timeout client 30s\n  timeout server 30s\nfrontend web\n  bind :80\n  \
                              option idle-close-on-response\n  default_backend api\nbackend api\n  server api api:8000\n"
                .to_owned(),
            Self::Caddy => ":80 {\n\treverse_proxy api:8000\n}\n".to_owned(),
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Nginx | Self::NginxWithResolver => {
                r#"["nginx", "-c", "/etc/proxy.conf", "-g", "daemon off;", "-e", "stderr"]"#
            }
            Self::Haproxy => r#"["haproxy", "-W", "-db", "-f", "/etc/proxy.conf"]"#,
            Self::Caddy => {
                r#"["caddy", "run", "--config", "/etc/proxy.conf", "--adapter", "caddyfile"]"#
            }
        }
    }
}

const CONFIGURATION: &str = r#"[deploy]
services = ["api"]
soak = "5s"

[deploy.health]
http = "/health"
port = 8000
timeout = "30s"

[deploy.service.api]
order = "start-first"
drain = "3s"
before-stop = ["/api-server", "touch", "/seen/before-stop"]
"#;

pub(super) struct Stack {
    folder: tempfile::TempDir,
    name: String,
    proxy_image: Arc<DebianImage>,
}

impl Stack {
    /// Version 1.0 is up, as `docker compose up` starts it; 2.0 becomes unhealthy after
    /// some seconds; 3.0 is good.
    pub(super) fn start(proxy: Proxy) -> Self {
        let folder = tempfile::Builder::new().prefix("tidegate-it-proxy-").tempdir().unwrap();
        let name = format!("tidegate-it-proxy-{}", RealServer::free_port());
        let stack = Self { folder, name, proxy_image: DebianImage::of(proxy.program()) };
        stack.write_files(proxy);
        for command in [r#""1.0""#, r#""2.0", "4""#, r#""3.0""#] {
            stack.import_api(command);
        }
        stack.compose(&["up", "--detach"]);
        stack.wait_until_it_listens();
        stack
    }

    fn write_files(&self, proxy: Proxy) {
        let (name, command) = (&self.name, proxy.command());
        let proxy_image = self.proxy_image.reference();
        let compose = format!(
            "name: {name}\nservices:\n  api:\n    image: {name}/api:${{TAG}}\n    pull_policy: never\n    \
             volumes: ['./seen:/seen']\n    environment: {{GREETING: '${{GREETING}}'}}\n    \
             labels: {{org.tidegate.test: yes}}\n  proxy:\n    image: {proxy_image}\n    \
             pull_policy: never\n    command: {command}\n    stop_signal: SIGKILL\n    \
             volumes: ['./proxy.conf:/etc/proxy.conf:ro']\n    \
             depends_on: [api]\n    labels: {{org.tidegate.test: yes}}\n"
        );
        for (path, text) in [
            ("compose.yaml", compose.as_str()),
            (".env", "TAG=1.0\nGREETING=old\n"),
            ("proxy.conf", &proxy.configuration()),
            ("tidegate.toml", CONFIGURATION),
        ] {
            std::fs::write(self.folder.path().join(path), text).unwrap();
        }
    }

    /// From now on the files give the API another greeting.
    pub(super) fn reconfigure(&self) {
        let file = self.folder.path().join(".env");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("GREETING=old", "GREETING=new")).unwrap();
    }

    /// The next reload of the proxy would fail.
    pub(super) fn break_proxy_configuration(&self) {
        std::fs::write(self.folder.path().join("proxy.conf"), "no such directive;\n").unwrap();
    }

    /// The version is the first of the arguments.
    fn import_api(&self, arguments: &str) {
        let version = arguments.split('"').nth(1).unwrap();
        let program = api_server();
        let mut archive = Command::new("tar")
            .args(["--create", "--directory"])
            .arg(program.parent().unwrap())
            .arg("api-server")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let command = format!(r#"CMD ["/api-server", {arguments}]"#);
        let image = format!("{}/api:{version}", self.name);
        let label = "LABEL org.tidegate.test=yes";
        must(
            Command::new("docker")
                .args(["import", "--change", &command, "--change", label, "-", &image])
                .stdin(archive.stdout.take().unwrap()),
        );
        assert!(archive.wait().unwrap().success());
    }

    /// A program of the workspace in the project's folder; everything that it printed.
    #[track_caller]
    pub(super) fn run(&self, program: &str, arguments: &[&str], code: i32) -> String {
        let output = self.command(built(program)).args(arguments).output().unwrap();
        let text = text(&output);
        assert_eq!(output.status.code(), Some(code), "{program} {arguments:?}: {text}");
        text
    }

    /// Starts a program of the workspace, and kills it after this time unless it has ended.
    pub(super) fn run_and_kill(&self, program: &str, arguments: &[&str], after: Duration) {
        let mut command = self.command(built(program));
        let mut child = command.args(arguments).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// A program that goes on while the test does.
    pub(super) fn start_program(&self, program: &str, arguments: &[&str]) -> Child {
        let mut command = self.command(built(program));
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Changes `tidegate.toml`.
    pub(super) fn configure(&self, change: impl Fn(String) -> String) {
        let file = self.folder.path().join("tidegate.toml");
        std::fs::write(&file, change(std::fs::read_to_string(&file).unwrap())).unwrap();
    }

    /// A request that is under way as long as the value lives.
    pub(super) fn hold_request(&self) -> TcpStream {
        let mut stream = TcpStream::connect((self.proxy_address(), 80)).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: shop\r\n").unwrap();
        stream
    }

    /// Waits until the proxy sends requests to chosen containers only.
    pub(super) fn until_pinned(&self) {
        let (id, deadline) =
            (self.compose(&["ps", "--quiet", "proxy"]), Instant::now() + Duration::from_secs(60));
        let hosts = || must(Command::new("docker").args(["exec", &id, "cat", "/etc/hosts"]));
        while !hosts().contains("tidegate ") {
            assert!(Instant::now() < deadline, "the proxy is not pinned");
        }
    }

    #[track_caller]
    pub(super) fn compose(&self, arguments: &[&str]) -> String {
        must(self.command("docker-compose").args(arguments))
    }

    fn command(&self, program: impl Into<PathBuf>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", self.folder.path().join("home"));
        if let Some(host) = std::env::var_os("DOCKER_HOST") {
            command.env("DOCKER_HOST", host);
        }
        command
    }

    /// Of the proxy's container: the engine's own proxy for published ports is left out.
    pub(super) fn proxy_address(&self) -> IpAddr {
        let id = self.compose(&["ps", "--quiet", "proxy"]);
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        must(Command::new("docker").args(["inspect", "--format", format, &id])).parse().unwrap()
    }

    pub(super) fn wait_until_it_listens(&self) {
        let (address, deadline) = (self.proxy_address(), Instant::now() + Duration::from_secs(60));
        while TcpStream::connect((address, 80)).is_err() {
            assert!(Instant::now() < deadline, "the proxy does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The versions of the containers that run.
    pub(super) fn running_versions(&self) -> Vec<String> {
        let service = "label=com.docker.compose.service=api";
        let listed = self.docker(&["ps", "--filter", service, "--format", "{{.Command}}"]);
        let version = |line: &str| line.split_whitespace().nth(1).map(|it| it.replace('"', ""));
        listed.lines().filter_map(version).collect()
    }

    /// The greeting with which the only container of the API runs.
    #[track_caller]
    pub(super) fn greeting(&self) -> String {
        let id =
            self.docker(&["ps", "--quiet", "--filter", "label=com.docker.compose.service=api"]);
        let format = "{{range .Config.Env}}{{println .}}{{end}}";
        let variables = must(Command::new("docker").args(["inspect", "--format", format, &id]));
        let mut values = variables.lines().filter_map(|line| line.strip_prefix("GREETING="));
        values.next().unwrap().to_owned()
    }

    /// The containers that answer in the place of the application, and other helpers.
    pub(super) fn helpers(&self) -> Vec<String> {
        let listed = must(Command::new("docker").args(["ps", "--all", "--format", "{{.Names}}"]));
        let ours = |name: &&str| name.starts_with("tidegate-") && name.contains(&self.name);
        let names = listed.lines().filter(ours).filter(|name| !name.starts_with(&self.name));
        names.map(str::to_owned).collect()
    }

    /// Whether the `before-stop` command ran.
    pub(super) fn has_run_before_stop(&self) -> bool {
        self.folder.path().join("seen/before-stop").exists()
    }

    /// What is left in the proxy's `/etc/hosts`.
    pub(super) fn hosts_lines(&self) -> String {
        let hosts = self.compose(&["exec", "-T", "proxy", "cat", "/etc/hosts"]);
        hosts.lines().filter(|line| line.contains("tidegate ")).collect()
    }

    fn docker(&self, arguments: &[&str]) -> String {
        let project = format!("label=com.docker.compose.project={}", self.name);
        must(Command::new("docker").args(arguments).args(["--filter", &project]))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for arguments in [
                ["logs", "--tail", "20", "proxy"].as_slice(),
                &["exec", "-T", "proxy", "cat", "/etc/hosts"],
                &["ps", "--all"],
            ] {
                let _ = self.command("docker-compose").args(arguments).status();
            }
        }
        let _ =
            self.command("docker-compose").args(["down", "--volumes", "--timeout", "1"]).output();
        let records = format!("tidegate-deployments-{}", self.name);
        // The lock of a deployer that was killed, and containers for records.
        let filter = format!("label=org.tidegate.project={}", self.name);
        let docker = |arguments: &[&str]| Command::new("docker").args(arguments).output().unwrap();
        for id in text(&docker(&["ps", "--all", "--quiet", "--filter", &filter])).lines() {
            docker(&["rm", "--force", id]);
        }
        self.helpers().iter().for_each(|name| drop(docker(&["rm", "--force", name])));
        let _ = self.command("docker-compose").args(["down", "--timeout", "1"]).output();
        docker(&["volume", "rm", &records]);
        let images = ["images", "--format", "{{.Repository}}:{{.Tag}}"];
        for image in text(&docker(&images)).lines().filter(|line| line.starts_with(&self.name)) {
            docker(&["rmi", image]);
        }
    }
}

/// The program of `tests/fixtures/api-server.c`, compiled once for all tests.
fn api_server() -> &'static Path {
    static PROGRAM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, program) = PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("api-server");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/api-server.c");
        let mut compiler = Command::new("gcc");
        compiler.args(["-static", "-O2", "-D_GNU_SOURCE", "-o"]).arg(&program).arg(source);
        must(compiler.arg("-lpthread"));
        (folder, program)
    });
    program
}

#[track_caller]
fn must(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn text(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    streams.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}
