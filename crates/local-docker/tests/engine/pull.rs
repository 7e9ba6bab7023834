use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use image_ref::Reference;
use local_docker::{Engine, EngineError, ImageStore, PullProgress};

use crate::support::{Project, engine, tool, without_buildx};

/// A real registry on loopback.
struct Registry {
    server: Child,
    address: String,
    _storage: tempfile::TempDir,
}

impl Registry {
    async fn start() -> Self {
        let storage = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let config = storage.path().join("config.yml");
        let root = storage.path().join("data");
        let text = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n",
            root.display()
        );
        std::fs::write(&config, text).unwrap();
        let server = serve(&config);
        let registry = Self { server, address, _storage: storage };
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

fn serve(config: &Path) -> Child {
    let mut server = Command::new(tool("docker-registry"));
    let server = server.arg("serve").arg(config).stdout(Stdio::null()).stderr(Stdio::null());
    server.spawn().unwrap()
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Pushes a built layout with skopeo; the reference by digest.
fn push(registry: &Registry, layout: &Path, digest: &image_ref::Digest) -> Reference {
    let from = format!("oci:{}", layout.display());
    let to = format!("docker://{}/tidegate/pulled:1", registry.address);
    let mut skopeo = Command::new(tool("skopeo"));
    skopeo.args(["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", &from, &to]);
    let copied = skopeo.output().unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    format!("{}/tidegate/pulled@{digest}", registry.address).parse().unwrap()
}

async fn pull(
    engine: &Engine,
    reference: &Reference,
) -> Result<local_docker::PulledImage, EngineError> {
    engine.images().pull(reference, None, &|_: PullProgress| ()).await
}

#[tokio::test]
async fn an_image_is_pulled_by_digest_and_removed_again() {
    let engine = engine().await;
    let tools = without_buildx(&engine).await;
    let project = Project::new("FROM scratch\n#LABEL\nCOPY hello /hello\n");
    let (built, _folder) =
        project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
    let built = built.unwrap();
    let image = &built.platforms[0];
    let expected = match tools.store {
        ImageStore::GraphDriver(_) => image.config.clone(),
        ImageStore::Containerd(_) => image.manifest.digest.clone(),
    };
    engine.remove_built(&built).await.unwrap();
    let registry = Registry::start().await;
    let reference = push(&registry, built.layout.path(), &built.platforms[0].manifest.digest);

    let pulled = pull(&engine, &reference).await.unwrap();
    assert_eq!(pulled.image.digests, std::slice::from_ref(&reference));
    assert_eq!(pulled.image.id.as_str(), expected.as_str());
    assert!(!pulled.existed);
    let again = pull(&engine, &reference).await.unwrap();
    assert!(again.existed);
    engine.images().remove_pulled(&again).await.unwrap();
    assert!(engine.images().find(reference.clone()).await.unwrap().is_some(), "it existed before");
    engine.images().remove_pulled(&pulled).await.unwrap();
    assert_eq!(engine.images().find(reference).await.unwrap(), None);
}

#[tokio::test]
async fn a_missing_image_of_a_registry_is_not_pullable() {
    let engine = engine().await;
    let registry = Registry::start().await;
    let digest = image_ref::Digest::of(b"nothing");
    let reference = format!("{}/tidegate/nowhere@{digest}", registry.address).parse().unwrap();
    let error = pull(&engine, &reference).await.unwrap_err();
    assert!(matches!(error, EngineError::NotPullable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_unreachable() {
    let engine = engine().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let reference = format!("127.0.0.1:{port}/tidegate/nowhere:1").parse().unwrap();
    let error = pull(&engine, &reference).await.unwrap_err();
    assert!(matches!(error, EngineError::RegistryUnreachable { .. }), "{error:?}");
}
