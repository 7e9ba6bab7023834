use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};

/// An S3 server on loopback with a bucket `backups`, which checks signatures.
pub(super) struct S3Server {
    endpoint: String,
    _folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

const SECRET: &str = "correct-horse-4711";

impl S3Server {
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("backups")).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("ada", SECRET));
        let service = builder.build();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let socket = hyper_util::rt::TokioIo::new(socket);
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(socket, service.clone()));
            }
        });
        Self { endpoint, _folder: folder, _runtime: runtime }
    }

    /// What a program needs to make copies.
    pub(super) fn variables(&self) -> [(&'static str, &str); 4] {
        [
            ("S3_ENDPOINT", &self.endpoint),
            ("S3_BUCKET", "backups"),
            ("S3_ACCESS_KEY_ID", "ada"),
            ("S3_SECRET_ACCESS_KEY", SECRET),
        ]
    }
}
