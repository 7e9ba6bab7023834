//! An engine of another machine, by ssh: everything works as with one of this machine, and
//! whenever the connection is lost, users are served, and a second operator ends what the first
//! one began.

use std::time::Duration;

use super::{
    run::{Run, Started, until},
    site::{CONFIGURATION, Site},
};
use crate::harness::SshServer;

/// A site whose programs reach the machine's engine by ssh.
struct Remote {
    site: Site,
    server: SshServer,
}

/// Besides those that every deployment has.
const STEPS: &str = r#"
migration = { command = ["/service", "migrate"] }
service.api.order = "start-first"
"#;

impl Remote {
    fn started() -> Self {
        let remote = Self { site: Site::started(), server: SshServer::start() };
        remote.site.publish("demo/api:2", "2", "good");
        remote
    }

    fn over_ssh(&self, run: Run) -> Run {
        self.with_client(run).env("DOCKER_HOST", &self.server.engine())
    }

    /// With the `ssh` that trusts the server.
    fn with_client(&self, run: Run) -> Run {
        let path = std::env::var("PATH").unwrap();
        run.env("PATH", &format!("{}:{path}", self.server.client_folder().display()))
    }

    fn deploy(&self, arguments: &[&str]) -> Run {
        self.over_ssh(self.site.deploy(arguments))
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Run {
        self.over_ssh(self.site.program(name, arguments))
    }

    /// The journals of the operator.
    fn journal(&self) -> String {
        let state = self.site.operator_folder().join("state");
        let found = std::process::Command::new("find")
            .arg(state)
            .args(["-name", "journal.jsonl", "-exec", "cat", "{}", "+"])
            .output()
            .unwrap();
        String::from_utf8_lossy(&found.stdout).into_owned()
    }

    /// Waits until a deployment is about to do a step.
    #[track_caller]
    fn until_step(&self, step: &str) {
        let step = format!("\"{step}\"");
        until(&step, || self.journal().contains(&step));
    }

    /// `TAG` and what runs agree, and it is one of these versions.
    #[track_caller]
    fn assert_settled(&self, versions: &[&str]) {
        let running = self.site.running();
        let version = running.trim_start_matches("api ");
        assert!(versions.contains(&version), "{running} of {versions:?}");
        self.site.write(".env", &format!("TAG={version}\n"));
        self.site.assert_settled(&running);
    }
}

#[test]
fn a_version_is_deployed_watched_and_rolled_back_by_ssh() {
    let remote = Remote::started();
    remote.deploy(&["2"]).exits(0);
    remote.site.assert_settled("api 2");
    let status = remote.program("deployment-status", &[]).exits(0).prints("can be brought back");
    status.prints(&format!("{} on {}", remote.site.name, remote.server.engine()));
    remote.over_ssh(remote.site.rollback(&[])).exits(0);
    remote.site.assert_settled("api 1");
    assert_eq!(remote.server.cut(), 0, "no connection is left");
}

/// The request goes to the container, through the tunnel.
#[test]
fn a_version_that_answers_badly_is_undone_by_ssh() {
    let remote = Remote::started();
    remote.site.configure(&CONFIGURATION.replace("'20s'", "'4s', status = 204"));
    remote.deploy(&["2"]).exits(1).prints("GET /health answers 200, not 204");
    remote.site.assert_settled("api 1");
}

#[test]
fn a_destination_may_be_an_ssh_address_or_a_context_of_one() {
    let remote = Remote::started();
    let host = remote.server.engine();
    remote.site.configure(&format!(
        "{CONFIGURATION}[deploy.destinations.far]\ndocker-host = '{host}'\n\
         [deploy.destinations.context]\ncontext = 'far'\n"
    ));
    let create = ["context", "create", "far", "--docker", &format!("host={host}")];
    remote.site.docker(&create);
    remote.with_client(remote.site.deploy(&["2", "--destination", "far"])).exits(0);
    remote.site.assert_settled("api 2");
    let rollback = remote.site.rollback(&["--destination", "context"]);
    remote.with_client(rollback).exits(0);
    remote.site.assert_settled("api 1");
    let status = remote.site.program("deployment-status", &["--destination", "context"]);
    remote.with_client(status).exits(0).prints("(Docker context `far`)");
}

#[test]
fn the_other_programs_take_an_ssh_address() {
    let remote = Remote::started();
    remote.program("stop-compose", &["--yes"]).exits(0);
    assert!(remote.site.containers().is_empty());
    remote.program("up-compose", &[]).exits(0);
    remote.site.assert_settled("api 1");
    let address = remote.server.engine();
    let clean = remote.program("clean-local-images", &["--dry-run", "nobody/has-this"]);
    let ended = clean.run();
    assert!(ended.to_string().contains(&address), "{ended}");
}

#[test]
fn each_way_in_which_ssh_fails_has_a_sentence_and_the_lines_of_ssh() {
    let remote = Remote::started();
    let mut remote = remote;
    let at = |remote: &Remote, host: &str| {
        remote.with_client(remote.site.program("deployment-status", &["--docker-host", host]))
    };
    let host = remote.server.engine();
    let ended = at(&remote, "ssh://tidegate-it.invalid").exits(1);
    ended.prints("the host is unknown").prints("Could not resolve hostname");
    let ended =
        at(&remote, &host.replace("ssh://", "ssh://nobody-of-this-name-").replace("root", "x"));
    ended.exits(1).prints("does not accept the user").prints("Permission denied");
    remote.server.configure_client("UserKnownHostsFile /dev/null");
    let ended = at(&remote, &host).exits(1);
    ended.prints("the host's key is not trusted").prints("Host key verification failed");
    remote.server.configure_client("StrictHostKeyChecking no");
    at(&remote, &format!("{host}/absent/docker.sock")).exits(1).prints("does not reach the engine");
    remote.server.stop();
    let ended = at(&remote, &host).exits(1);
    ended.prints("no ssh server accepts the connection").prints("Connection refused");
    at(&remote, "ssh://me:secret@host").exits(2).prints("a password in an ssh address");
}

#[test]
fn a_remote_machine_without_docker_or_with_a_talkative_shell_is_explained() {
    let remote = Remote::started();
    let script = remote.server.client_folder().join("ssh");
    for (remote_command, expected) in [
        ("echo 'sh: 1: docker: not found' >&2; exit 127", "has no `docker` program"),
        ("echo 'Welcome to shop-1!'; sleep 5", "Welcome to shop-1!"),
        ("exit 0", "closed before the engine answered"),
    ] {
        std::fs::write(&script, format!("#!/bin/sh\n{remote_command}\n")).unwrap();
        remote.program("deployment-status", &[]).exits(1).prints(expected);
    }
}

/// The steps of a deployment at which the connection is lost.
const CUTS: [&str; 7] =
    ["record", "way-back.api", "migrate", "prepare.api", "switch.api", "verify", "confirm"];

/// Loses the connections of a deployment when it is about to do each step; the version before.
fn cut_at_every_step(remote: &mut Remote, cut: impl Fn(&mut Remote, Started, &str)) {
    let mut old = "1".to_owned();
    for (number, step) in (2..).zip(CUTS) {
        let new = format!("{number}");
        remote.site.publish(&format!("demo/api:{new}"), &new, "good");
        remote.site.configure(&format!("{CONFIGURATION}{STEPS}"));
        let state = remote.site.operator_folder().join("state");
        std::fs::remove_dir_all(&state).unwrap();
        std::fs::create_dir(&state).unwrap();
        let running = remote.deploy(&[&new]).start();
        remote.until_step(step);
        cut(remote, running, &new);
        remote.assert_settled(&[&old, &new]);
        old = remote.site.running().trim_start_matches("api ").to_owned();
    }
}

#[test]
fn a_connection_that_is_lost_for_a_moment_leaves_one_version() {
    cut_at_every_step(&mut Remote::started(), |remote, running, new| {
        remote.server.cut();
        let ended = running.wait();
        match ended.code {
            Some(0) => assert_eq!(remote.site.running(), format!("api {new}"), "{ended}"),
            Some(1) => assert_ne!(remote.site.running(), format!("api {new}"), "{ended}"),
            _ => drop(remote.program("deploy", &["--abort"]).exits(0)),
        }
    });
}

#[test]
fn what_a_lost_connection_leaves_is_ended_by_the_next_run() {
    cut_at_every_step(&mut Remote::started(), |remote, running, new| {
        remote.server.stop();
        let ended = running.wait();
        assert!(matches!(ended.code, Some(0 | 1 | 3)), "{ended}");
        assert!(ended.code == Some(0) || ended.stderr.contains("ssh"), "{ended}");
        assert!(!remote.site.running().trim_start_matches("api").is_empty(), "users are served");
        remote.server.start_again();
        remote.deploy(&[new]).exits(0);
        assert_eq!(remote.site.running(), format!("api {new}"));
    });
}

fn second_operator_after_a_cut_at(step: &str, finish: impl Fn(&Remote)) {
    let mut remote = Remote::started();
    remote.site.configure(&format!("{CONFIGURATION}{STEPS}"));
    let running = remote.deploy(&["2"]).start();
    remote.until_step(step);
    remote.server.stop();
    let ended = running.wait();
    assert!(matches!(ended.code, Some(0 | 1 | 3)), "{ended}");
    remote.server.start_again();
    remote.site.change_operator("TAG=1\n");
    assert!(remote.site.project().ends_with("second/project"));
    finish(&remote);
}

#[test]
fn a_second_operator_takes_back_what_a_lost_connection_left() {
    for step in ["prepare.api", "switch.api", "verify"] {
        second_operator_after_a_cut_at(step, |remote| {
            remote.program("deploy", &["--abort"]).exits(0);
            remote.assert_settled(&["1", "2"]);
            remote.program("deployment-status", &[]).exits(0);
        });
    }
}

#[test]
fn a_second_operator_deploys_over_what_a_lost_connection_left() {
    second_operator_after_a_cut_at("switch.api", |remote| {
        remote.site.publish("demo/api:3", "3", "good");
        remote.deploy(&["3"]).exits(0);
        remote.site.assert_settled("api 3");
        remote.over_ssh(remote.site.rollback(&[])).exits(0);
        assert_ne!(remote.site.running(), "api 3");
    });
}

/// One that answers nothing any longer, as when a cable is pulled, is noticed by ssh itself; a
/// program that was killed leaves no connection.
#[test]
fn a_deployer_that_is_killed_leaves_no_connection() {
    let remote = Remote::started();
    remote.site.configure(&CONFIGURATION.replace("'0s'", "'30s'"));
    let running = remote.deploy(&["2"]).start();
    remote.until_step("verify");
    running.signal(rustix::process::Signal::KILL);
    running.wait();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(remote.server.cut(), 0);
    remote.program("deploy", &["--abort"]).exits(0);
    remote.site.assert_settled("api 1");
}

/// Requests would reach other containers of the same addresses.
#[test]
fn checks_by_requests_are_refused_for_an_engine_that_is_elsewhere_by_tcp() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    let proxy = FarEngine::start();
    let before = site.state();
    let deploy = site.deploy(&["2", "--docker-host", &proxy.address]);
    deploy.exits(4).prints("do not reach api").prints("name the engine as ssh://HOST");
    assert_eq!(site.state(), before);
}

/// The machine's engine by TCP, which gives another name of its machine.
struct FarEngine {
    address: String,
    server: std::process::Child,
}

const FAR_ENGINE: &str = r#"
import http.client, http.server, json, socket, sys

class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/var/run/docker.sock")

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def forward(self):
        length = int(self.headers.get("Content-Length") or 0)
        engine = Unix("docker")
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        engine.request(self.command, self.path, self.rfile.read(length), headers)
        answer = engine.getresponse()
        body = answer.read()
        if self.path.split("?")[0].endswith("/info"):
            body = json.dumps({**json.loads(body), "Name": "shop-1"}).encode()
        self.send_response(answer.status)
        for name in ("Content-Type", "Api-Version", "Ostype"):
            if answer.getheader(name):
                self.send_header(name, answer.getheader(name))
        if answer.status not in (204, 304) and self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = forward
    def log_message(self, *_): pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"#;

impl FarEngine {
    #[track_caller]
    fn start() -> Self {
        let port = crate::harness::RealServer::free_port();
        let mut server = std::process::Command::new("/usr/bin/python3");
        let server = server.args(["-c", FAR_ENGINE, &port.to_string()]).spawn().unwrap();
        until("the engine", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { address: format!("tcp://127.0.0.1:{port}"), server }
    }
}

impl Drop for FarEngine {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
