//! Encrypted connections: what the system trusts is trusted, nothing else.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{path::Path, process::Command, sync::Arc};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer},
};
use transport::{HttpClient, HttpError, Request, RetryPolicy, Url};

/// Names the certificate to the child that a test starts of itself.
const TRUSTED: &str = "TIDEGATE_TEST_TRUSTED";

/// Answers every connection with 200; its certificate is written to `folder`.
async fn server(folder: &Path) -> Url {
    let generated = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("server.pem"), generated.cert.pem()).unwrap();
    let key = PrivatePkcs8KeyDer::from(generated.signing_key.serialize_der());
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![generated.cert.der().clone()], key.into())
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            let _ = stream.shutdown().await;
        }
    });
    url.parse().unwrap()
}

async fn fetch(url: Url) -> Result<bytes::Bytes, HttpError> {
    let client = HttpClient::new("tidegate-test/1").unwrap().with_retry(RetryPolicy::never());
    client.fetch(&Request::get(url), 100).await.map(|response| response.body)
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let error = fetch(server(folder.path()).await).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error}");
    let text = error.to_string();
    assert!(text.starts_with("cannot connect to localhost:"), "{text}");
    assert!(text.contains(": invalid peer certificate: "), "{text}");
    assert!(std::error::Error::source(&error).is_none());
}

/// The certificates of the system are those of `SSL_CERT_FILE`, which only
/// another process can be given.
#[tokio::test]
async fn a_certificate_that_the_system_trusts_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let url = server(folder.path()).await;
    let child = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "fetch_for_the_parent", "--nocapture"])
            .env("SSL_CERT_FILE", folder.path().join("server.pem"))
            .env_remove("SSL_CERT_DIR")
            .env(TRUSTED, url.as_str())
            .output()
            .unwrap()
    });
    let output = child.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("answer: ok"), "{text}");
}

#[tokio::test]
async fn fetch_for_the_parent() {
    if let Ok(url) = std::env::var(TRUSTED) {
        let body = fetch(url.parse().unwrap()).await.unwrap();
        println!("answer: {}", String::from_utf8_lossy(&body));
    }
}
