use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use rehearsal::oci::{Access, Account, Registry, RegistryOptions};

use crate::harness::{GeneratedImage, RealServer, Secrets, archive};

/// The registry of a test.
pub(super) enum TestRegistry {
    /// Debian's `docker-registry`, which requires no login.
    Real(RealServer),
    /// A registry that requires a login, and can be made to fail.
    Embedded(Registry),
}

impl TestRegistry {
    pub(super) fn real() -> Self {
        Self::Real(RealServer::docker_registry())
    }

    pub(super) fn with_login() -> Self {
        let account = Account::new(Secrets::ACCOUNT, Secrets::REGISTRY).grant_all();
        let access = Access::by_token().account(account);
        Self::Embedded(Registry::start(RegistryOptions::default().access(access)).unwrap())
    }

    /// As references name it.
    pub(super) fn host(&self) -> String {
        match self {
            Self::Real(server) => format!("127.0.0.1:{}", server.port),
            Self::Embedded(registry) => registry.host(),
        }
    }

    #[track_caller]
    pub(super) fn embedded(&self) -> &Registry {
        match self {
            Self::Embedded(registry) => registry,
            Self::Real(_) => panic!("the registry of this test is a real one"),
        }
    }

    /// Publishes an image that no other test uses, without the engine; its digest.
    /// `content` makes it this image and no other.
    #[track_caller]
    pub(super) fn publish(&self, name: &str, content: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("image.tar");
        // An image of two tests would have one ID, and be removed by the first.
        let content = format!("{content} of {}", self.host());
        let image = GeneratedImage::new("content:1").program().label("content", &content);
        std::fs::write(&file, archive(&[image])).unwrap();
        let target = format!("docker://{}/{name}", self.host());
        let login = format!("{}:{}", Secrets::ACCOUNT, Secrets::REGISTRY);
        let digest_file = folder.path().join("digest");
        let output = Command::new("skopeo")
            .args(["copy", "--quiet", "--dest-tls-verify=false", "--dest-creds", &login])
            .arg("--digestfile")
            .arg(&digest_file)
            .arg(format!("docker-archive:{}", file.display()))
            .arg(target)
            .output()
            .expect("skopeo must be installed (see .ci/setup)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read_to_string(digest_file).unwrap().trim().to_owned()
    }

    /// Publishes an index of published images, one for each platform; its digest.
    #[track_caller]
    pub(super) fn publish_index(&self, name: &str, images: &[(&str, &str)], note: &str) -> String {
        let (repository, tag) = name.rsplit_once(':').unwrap();
        let entries = images.iter().map(|(platform, digest)| {
            let (os, architecture) = platform.split_once('/').unwrap();
            let size = self.request("GET", repository, digest, "").1.len();
            serde_json::json!({
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "digest": digest, "size": size,
                "platform": { "os": os, "architecture": architecture },
            })
        });
        let index = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": entries.collect::<Vec<_>>(),
            "annotations": { "note": note },
        });
        let (head, _) = self.request("PUT", repository, tag, &index.to_string());
        let digest = head.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: "));
        digest.unwrap_or_else(|| panic!("the index is refused: {head}")).trim().to_owned()
    }

    /// Head and body of the answer about a manifest.
    fn request(&self, method: &str, repository: &str, name: &str, body: &str) -> (String, String) {
        let host = self.host();
        let mut stream = TcpStream::connect(&host).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} /v2/{repository}/manifests/{name} HTTP/1.0\r\nHost: {host}\r\n\
             Accept: application/vnd.docker.distribution.manifest.v2+json\r\n\
             Content-Type: {INDEX}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }
}

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
