//! Real servers as child processes.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A server that ends with this value.
pub(crate) struct RealServer {
    child: Child,
    pub(crate) port: u16,
    pub(crate) folder: tempfile::TempDir,
}

impl Drop for RealServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl RealServer {
    pub(crate) const PASSWORD: &str = "canary-of-pypiserver";

    /// Debian's `docker-registry`, which anybody may push to.
    pub(crate) fn docker_registry() -> Self {
        Self::start(|folder, port| {
            let text = format!(
                "version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n\
                 storage: {{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}}}\n",
                folder.join("storage").display()
            );
            let file = folder.join("config.yml");
            std::fs::write(&file, text).unwrap();
            let mut command = Command::new("docker-registry");
            command.arg("serve").arg(file);
            command
        })
    }

    /// pypiserver with one user, `me`, whose password is [`RealServer::PASSWORD`].
    pub(crate) fn pypiserver() -> Self {
        // pypiserver's passlib reads SHA-1 without further libraries.
        const HTPASSWD: &str = "me:{SHA}hL/yb1WBQe2IrBeVcM0KA5tZYxc=\n";
        Self::start(|folder, port| {
            let (packages, users) = (folder.join("packages"), folder.join("users"));
            std::fs::create_dir(&packages).unwrap();
            std::fs::write(&users, HTPASSWD).unwrap();
            let mut command = Command::new(of_test_venv("pypi-server"));
            command.args(["run", "--interface", "127.0.0.1", "--disable-fallback", "-a", "update"]);
            command.args(["--port", &port.to_string()]).arg("-P").arg(&users).arg(&packages);
            command
        })
    }

    fn start(command: impl Fn(&Path, u16) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = Self::free_port();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = command(folder.path(), port)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("the server must be installed (see .ci/setup)");
        let server = Self { child, port, folder };
        server.wait_until_it_listens();
        server
    }

    fn wait_until_it_listens(&self) {
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(begun.elapsed() < Duration::from_secs(60), "the server does not listen: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A port on which nobody listens, as far as one can know.
    pub(crate) fn free_port() -> u16 {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
    }
}

/// A program of the virtual environment that `.ci/setup` makes.
fn of_test_venv(name: &str) -> PathBuf {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/test-venv");
    let venv = std::env::var_os("TIDEGATE_TEST_VENV").map_or_else(default, PathBuf::from);
    let path = venv.join("bin").join(name);
    assert!(path.exists(), "{} is missing; run `bash .ci/setup`", path.display());
    path
}
