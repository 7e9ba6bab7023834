use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::world::tool;

/// A real registry on loopback.
pub(crate) struct Registry {
    server: Child,
    pub(crate) address: String,
    _storage: tempfile::TempDir,
}

impl Registry {
    pub(crate) async fn start() -> Self {
        let storage = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (address, root) = (format!("127.0.0.1:{port}"), storage.path().join("data"));
        let config = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n",
            root.display()
        );
        let file = storage.path().join("config.yml");
        std::fs::write(&file, config).unwrap();
        let mut server = Command::new(tool("docker-registry"));
        server.arg("serve").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
        let registry = Self { server: server.spawn().unwrap(), address, _storage: storage };
        registry.answers().await;
        registry
    }

    async fn answers(&self) {
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(&self.address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the registry does not start");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
