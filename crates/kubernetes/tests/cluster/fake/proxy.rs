use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// A proxy that resolves every name to the loopback.
pub(crate) struct FakeProxy {
    pub(crate) address: String,
    /// The target that each client requested.
    targets: Arc<Mutex<Vec<String>>>,
}

impl FakeProxy {
    /// Supports `CONNECT`, for the user `me` with this password only.
    pub(crate) async fn http(password: &'static str) -> Self {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        let login = format!("Basic {}", BASE64_STANDARD.encode(format!("me:{password}")));
        Self::start(move |mut client, targets| {
            let login = login.clone();
            async move {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(client.read_u8().await?);
                }
                let request = String::from_utf8(request).unwrap();
                let target = request.split_whitespace().nth(1).unwrap().to_owned();
                let port = target.rsplit(':').next().unwrap().parse().unwrap();
                targets.lock().unwrap().push(target);
                if !request.contains(&login) {
                    let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
                    return client.write_all(refusal).await;
                }
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                forward_to_loopback(client, port).await
            }
        })
        .await
    }

    /// SOCKS 5 (RFC 1928), without a login.
    pub(crate) async fn socks() -> Self {
        Self::start(|mut client, targets| async move {
            let mut greeting = vec![0; 2];
            client.read_exact(&mut greeting).await?;
            client.read_exact(&mut vec![0; greeting[1].into()]).await?;
            client.write_all(&[5, 0]).await?;
            let mut request = [0; 5];
            client.read_exact(&mut request).await?;
            let mut name = vec![0; request[4].into()];
            client.read_exact(&mut name).await?;
            let port = client.read_u16().await?;
            targets.lock().unwrap().push(format!("{}:{port}", String::from_utf8(name).unwrap()));
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
            forward_to_loopback(client, port).await
        })
        .await
    }

    async fn start<F, S>(serve: S) -> Self
    where
        S: Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> F + Send + 'static,
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let targets = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&targets);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&shared)));
            }
        });
        Self { address, targets }
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

async fn forward_to_loopback(mut client: TcpStream, port: u16) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}
