//! A real pypiserver with one user.

use std::process::Command;

use registry_pypi::IndexEndpoints;
use transport::Url;

use super::{
    TestIndex,
    server::{Server, program},
    user,
};

/// `me` with the password `secret`, as `htpasswd -d` would write it: pypiserver's
/// passlib reads SHA-1 without further libraries.
const HTPASSWD: &str = "me:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";

pub(crate) fn pypiserver() -> TestIndex {
    let folder = tempfile::tempdir().unwrap();
    let (packages, users) = (folder.path().join("packages"), folder.path().join("users"));
    std::fs::create_dir(&packages).unwrap();
    std::fs::write(&users, HTPASSWD).unwrap();
    let server = Server::start(folder, |port| {
        let mut command = Command::new(program("pypi-server"));
        command.args(["run", "--interface", "127.0.0.1", "--disable-fallback", "-a", "update"]);
        command.args(["--port", &port.to_string()]).arg("-P").arg(&users).arg(&packages);
        command
    });
    let root: Url = format!("http://127.0.0.1:{}/", server.port).parse().unwrap();
    let simple = root.join("simple/").unwrap();
    TestIndex {
        endpoints: IndexEndpoints::private("pypiserver", root, simple),
        credentials: user("me", "secret"),
        has_json: false,
        _running: Box::new(server),
    }
}
