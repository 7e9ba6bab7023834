//! A Python server as a child process.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Stopped when this value is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program of the test environment.
pub(crate) fn program(name: &str) -> PathBuf {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/test-venv");
    let venv = std::env::var_os("TIDEGATE_TEST_VENV").map_or_else(default, PathBuf::from);
    let path = venv.join("bin").join(name);
    assert!(path.exists(), "{} is missing; run `bash .ci/setup`", path.display());
    path
}

impl Server {
    /// Starts the command on a free port and waits until it listens there.
    pub(crate) fn start(folder: tempfile::TempDir, command: impl Fn(u16) -> Command) -> Self {
        let port = free_port();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = command(port)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { child, port, folder };
        let log = |server: &Self| std::fs::read_to_string(server.folder.path().join("log"));
        assert!(server.listens(), "the server does not listen: {}", log(&server).unwrap());
        server
    }

    fn listens(&mut self) -> bool {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(60) {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return true;
            }
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
