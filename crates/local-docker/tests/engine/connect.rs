use std::{os::unix::net::UnixListener, path::Path, time::Duration};

use local_docker::{
    Address, ApiVersion, DockerEnvironment, Endpoint, EndpointChoice, Engine, EngineError,
};

use crate::support::engine;

fn choice(host: &str) -> EndpointChoice {
    EndpointChoice { host: Some(host.to_owned()), ..EndpointChoice::default() }
}

#[tokio::test]
async fn the_engine_reports_version_and_platform() {
    let engine = engine().await;
    engine.ping().await.unwrap();
    assert!(engine.api_version() >= ApiVersion::LOWEST);
    assert!(engine.api_version() <= ApiVersion::HIGHEST);
    let description = engine.info().await.unwrap();
    assert_eq!(description.version, engine.server_version());
    assert_eq!(description.platform.os, "linux");
    assert!(description.root_folder.is_absolute());
}

#[tokio::test]
async fn a_missing_socket_is_an_absent_engine() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("none.sock");
    let error =
        Engine::connect(&choice(&format!("unix://{}", socket.display()))).await.unwrap_err();
    assert!(matches!(error, EngineError::EngineAbsent { .. }), "{error:?}");
    assert!(error.to_string().contains("none.sock") && error.advice().is_some());
}

#[tokio::test]
async fn a_socket_without_a_listener_is_an_absent_engine() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("old.sock");
    drop(UnixListener::bind(&socket).unwrap());
    let error =
        Engine::connect(&choice(&format!("unix://{}", socket.display()))).await.unwrap_err();
    assert!(matches!(error, EngineError::EngineAbsent { .. }), "{error:?}");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Engine::connect(&choice(&format!("tcp://{port}"))).await.unwrap_err();
    assert!(matches!(error, EngineError::EngineAbsent { .. }), "{error:?}");
}

/// The address of a server that answers every request with this body.
async fn server_with_response(body: &'static str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    format!("tcp://{address}")
}

#[tokio::test]
async fn an_old_engine_is_refused_with_both_versions() {
    let host =
        server_with_response(r#"{"ApiVersion":"1.39","MinAPIVersion":"1.12","Version":"18.09"}"#)
            .await;
    let error = Engine::connect(&choice(&host)).await.unwrap_err();
    assert!(matches!(error, EngineError::TooOld { .. }), "{error:?}");
    assert!(error.to_string().contains("1.39") && error.to_string().contains("1.41"));
}

#[tokio::test]
async fn a_server_that_is_no_engine_gives_an_invalid_response() {
    let host = server_with_response("<html>hello</html>").await;
    let error = Engine::connect(&choice(&host)).await.unwrap_err();
    assert!(matches!(error, EngineError::InvalidResponse { .. }), "{error:?}");
}

/// Root may use every socket, so this test runs itself again as `nobody`.
#[test]
fn a_socket_of_another_mode_is_a_missing_permission() {
    const SOCKET: &str = "TIDEGATE_TEST_FORBIDDEN_SOCKET";
    if let Ok(socket) = std::env::var(SOCKET) {
        return assert_forbidden(Path::new(&socket));
    }
    let folder = tempfile::tempdir().unwrap();
    let (socket, program) = (folder.path().join("d.sock"), folder.path().join("test"));
    let _listener = UnixListener::bind(&socket).unwrap();
    open_folder(folder.path(), &socket);
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut again = std::process::Command::new(program);
    std::os::unix::process::CommandExt::uid(&mut again, 65534);
    let name = "connect::a_socket_of_another_mode_is_a_missing_permission";
    let output = again.args(["--exact", name]).env(SOCKET, &socket).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn open_folder(folder: &Path, socket: &Path) {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(socket, fs::Permissions::from_mode(0o600)).unwrap();
}

fn assert_forbidden(socket: &Path) {
    let address = Address::Unix(socket.to_owned());
    let endpoint = Endpoint { address, context: None, tls: None };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(Engine::connect_to(endpoint)).unwrap_err();
    assert!(matches!(error, EngineError::PermissionDenied { .. }), "{error:?}");
    assert!(error.advice().is_some_and(|advice| advice.contains("group")));
}

#[tokio::test]
async fn the_engine_of_a_docker_context_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let host = format!("host={}", engine().await.endpoint().address);
    for arguments in [&["create", "elsewhere", "--docker", &host][..], &["use", "elsewhere"]] {
        let mut docker = std::process::Command::new("docker");
        docker.env("DOCKER_CONFIG", folder.path()).env_remove("DOCKER_HOST");
        let output = docker.arg("context").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
    }
    let config_folder = Some(folder.path().to_owned());
    let environment = DockerEnvironment { config_folder, ..DockerEnvironment::default() };
    let choice = EndpointChoice { environment, ..EndpointChoice::default() };
    let engine = Engine::connect(&choice).await.unwrap();
    assert_eq!(engine.endpoint().context.as_deref(), Some("elsewhere"));
}

#[tokio::test]
async fn connecting_to_an_engine_that_does_not_answer_times_out() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    let connecting = tokio::spawn(async move { Engine::connect(&choice(&host)).await });
    let error = tokio::time::timeout(Duration::from_secs(40), connecting).await.unwrap().unwrap();
    assert!(matches!(error.unwrap_err(), EngineError::NoAnswer { .. }));
}
