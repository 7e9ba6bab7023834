//! Real servers as child processes.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

use super::services::Secrets;

/// A server that ends with this value.
pub(crate) struct RealServer {
    child: Child,
    pub(crate) port: u16,
    pub(crate) folder: tempfile::TempDir,
}

impl Drop for RealServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl RealServer {
    /// Ends it before its value goes.
    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) const PASSWORD: &str = "canary-of-pypiserver";

    /// Debian's `docker-registry`, which anybody may push to.
    pub(crate) fn docker_registry() -> Self {
        Self::start(|folder, port| docker_registry(folder, port, ""))
    }

    /// The same with one account: [`Secrets::ACCOUNT`] with [`Secrets::REGISTRY`].
    pub(crate) fn docker_registry_with_login() -> Self {
        // bcrypt, which it wants.
        const HASH: &str = "$2b$04$.E8H/VN1dK4K50rp4wmc8.YnjuL15ghM0zgxirYJXVjUMcEukSAba";
        Self::start(|folder, port| {
            let users = folder.join("users");
            std::fs::write(&users, format!("{}:{HASH}\n", Secrets::ACCOUNT)).unwrap();
            let login = format!("auth: {{htpasswd: {{realm: shop, path: {}}}}}\n", users.display());
            docker_registry(folder, port, &login)
        })
    }

    /// The process that serves.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
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

    /// A port on which nobody listens, and which no other test gets: below those that the
    /// system gives to whoever asks for any.
    pub(crate) fn free_port() -> u16 {
        const PORTS: std::ops::Range<u16> = 10_000..32_768;
        static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
            let offset = std::process::id() % u32::from(PORTS.end - PORTS.start);
            AtomicU16::new(PORTS.start + u16::try_from(offset).unwrap())
        });
        loop {
            let port = NEXT.fetch_add(1, Ordering::Relaxed);
            if !PORTS.contains(&port) {
                NEXT.store(PORTS.start, Ordering::Relaxed);
            } else if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return port;
            }
        }
    }
}

fn docker_registry(folder: &Path, port: u16, settings: &str) -> Command {
    let text = format!(
        "version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n\
         storage: {{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}}}\n{settings}",
        folder.join("storage").display()
    );
    let file = folder.join("config.yml");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new("docker-registry");
    command.arg("serve").arg(file);
    command
}

/// A program of the virtual environment that `.ci/setup` makes.
fn of_test_venv(name: &str) -> PathBuf {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/test-venv");
    let venv = std::env::var_os("TIDEGATE_TEST_VENV").map_or_else(default, PathBuf::from);
    let path = venv.join("bin").join(name);
    assert!(path.exists(), "{} is missing; run `bash .ci/setup`", path.display());
    path
}
