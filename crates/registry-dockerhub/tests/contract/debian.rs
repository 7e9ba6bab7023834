//! Debian's `docker-registry`, each one with its own port and folder.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// bcrypt of [`crate::test_registry::PASSWORD`], as `htpasswd -B` writes it.
const PASSWORD_LINE: &str = "me:$2b$05$abcdefghijklmnopqrstuuTvmw3qcMpAvEgQGhbFMhqjD3R/evDDW\n";

/// A running registry; dropping it stops it and removes its folder.
pub(crate) struct DebianRegistry {
    child: Child,
    pub(crate) host: String,
    _folder: TempDir,
}

impl DebianRegistry {
    pub(crate) fn start(with_passwords: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = free_address();
        let passwords = folder.path().join("htpasswd");
        std::fs::write(&passwords, PASSWORD_LINE).unwrap();
        let auth = match with_passwords {
            true => format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", passwords.display()),
            false => String::new(),
        };
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '{host}'}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}}}\n{auth}",
            folder.path().join("storage").display()
        );
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the package docker-registry must be installed (see .ci/setup)");
        let registry = Self { child, host, _folder: folder };
        registry.wait_until_it_listens();
        registry
    }

    fn wait_until_it_listens(&self) {
        let begun = Instant::now();
        while std::net::TcpStream::connect(&self.host).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "docker-registry does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for DebianRegistry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}
