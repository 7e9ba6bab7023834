//! A real devpi-server, shared by the tests that run at the same time; each gets
//! a user and an index of its own.

use std::{
    process::Command,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU32, Ordering},
    },
};

use registry_pypi::IndexEndpoints;
use transport::{Authorization, Body, HttpClient, Request, Url};

use super::{
    TestIndex,
    server::{Server, program},
    user,
};

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static USERS: AtomicU32 = AtomicU32::new(0);

pub(crate) async fn devpi() -> TestIndex {
    let server = shared();
    let name = format!("user{}", USERS.fetch_add(1, Ordering::Relaxed));
    let root: Url = format!("http://127.0.0.1:{}/", server.port).parse().unwrap();
    make_index(&root, &name).await;
    let upload = root.join(&format!("{name}/dev/")).unwrap();
    let simple = upload.join("+simple/").unwrap();
    TestIndex {
        endpoints: IndexEndpoints::private("devpi", upload, simple),
        credentials: user(&name, "secret"),
        has_json: true,
        _running: Box::new(server),
    }
}

fn shared() -> Arc<Server> {
    let mut shared = SHARED.lock().unwrap();
    if let Some(server) = shared.upgrade() {
        return server;
    }
    let server = Arc::new(start());
    *shared = Arc::downgrade(&server);
    server
}

fn start() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let made = Command::new(program("devpi-init"))
        .args(["--no-root-pypi", "--serverdir"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Server::start(folder, |port| {
        let mut command = Command::new(program("devpi-server"));
        command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--serverdir"]);
        command.arg(&data);
        command
    })
}

/// A non-volatile index: files are not to be changed, as on PyPI.
async fn make_index(root: &Url, name: &str) {
    let http = HttpClient::new("tidegate-test/1").unwrap();
    let put = |path: &str, value: serde_json::Value| {
        Request::put(root.join(path).unwrap(), Body::Empty).json(&value)
    };
    let secret = serde_json::json!({ "password": "secret" });
    http.fetch_ok(&put(name, secret), 1 << 16).await.unwrap();
    let owner = Authorization::Basic { user: name.to_owned(), password: "secret".into() };
    let index = put(&format!("{name}/dev"), serde_json::json!({ "bases": [], "volatile": false }));
    http.fetch_ok(&index.authorization(Some(owner)), 1 << 16).await.unwrap();
}
