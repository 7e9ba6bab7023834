use std::{
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::server::RealServer;

/// OpenSSH's server on loopback: the engine of this machine is one of another machine by it.
pub(crate) struct SshServer {
    folder: tempfile::TempDir,
    pub(crate) port: u16,
    child: Child,
}

impl SshServer {
    #[track_caller]
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("tidegate-it-ssh-").tempdir().unwrap();
        let port = RealServer::free_port();
        let mut script = Command::new(script());
        script.arg("prepare").arg(folder.path()).arg(port.to_string());
        let prepared = script.stdin(Stdio::null()).output().unwrap();
        assert!(prepared.status.success(), "{}", String::from_utf8_lossy(&prepared.stderr));
        let child = serve(folder.path(), port);
        Self { folder, port, child }
    }

    /// Address of the machine's engine by this server.
    pub(crate) fn engine(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}", user(), self.port)
    }

    /// A folder with the `ssh` that trusts this server.
    pub(crate) fn client_folder(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    /// A line of the client's configuration that wins over the others.
    pub(crate) fn configure_client(&self, line: &str) {
        let file = self.folder.path().join("ssh_config");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, format!("{line}\n{text}")).unwrap();
    }

    /// Ends the connections that there are; how many.
    pub(crate) fn cut(&self) -> usize {
        let sessions = children_of(self.child.id());
        sessions.iter().for_each(|pid| signal(*pid, Signal::KILL));
        sessions.len()
    }

    /// Ends the server with its connections, unless that was done.
    pub(crate) fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // It accepts nothing in between.
        signal(self.child.id(), Signal::STOP);
        self.cut();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = serve(self.folder.path(), self.port);
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(folder: &Path, port: u16) -> Child {
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let mut script = Command::new(script());
    let script = script.arg("serve").arg(folder).stdin(Stdio::null());
    let child = script.stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let begun = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let log = std::fs::read_to_string(folder.join("log")).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(30), "the server does not listen: {log}");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ssh-server")
}

fn user() -> String {
    let output = Command::new("id").args(["--user", "--name"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn children_of(pid: u32) -> Vec<u32> {
    let output = Command::new("pgrep").args(["--parent", &pid.to_string()]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// It may have ended.
fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    let _ = kill_process(pid, signal);
}
