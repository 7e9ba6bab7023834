//! Clients that other people wrote read what we pushed.

use std::{path::PathBuf, process::Command};

use image_ref::{Digest, Repository};
use oci_distribution::{Reference, client::ClientProtocol, secrets::RegistryAuth};
use oci_image::Layout;

use crate::{
    at_one_registry,
    images::{attested, publish},
    test_registry::{PASSWORD, TestRegistry},
};

mod at_spec {
    super::at_one_registry!(spec: oci_distribution_pulls_it, skopeo_copies_it, oras_reads_it);
}
mod at_docker_hub {
    super::at_one_registry!(docker_hub: oci_distribution_pulls_it, skopeo_copies_it, oras_reads_it);
}
mod at_debians_registry {
    super::at_one_registry!(debian: oci_distribution_pulls_it, skopeo_copies_it, oras_reads_it);
}

/// An index of two platforms with attestations, pushed and tagged by us.
async fn scene(registry: &TestRegistry) -> (Repository, Digest) {
    let both = Layout::assemble(&[attested("arm64", "a"), attested("amd64", "b")]).unwrap();
    let repository = registry.repository("team/app");
    let digest = publish(&registry.client(), &repository, &both, &["1.0"]).await;
    (repository, digest)
}

async fn oci_distribution_pulls_it(registry: &TestRegistry) {
    let (repository, digest) = scene(registry).await;
    let config = oci_distribution::client::ClientConfig {
        protocol: ClientProtocol::Http,
        ..oci_distribution::client::ClientConfig::default()
    };
    let client = oci_distribution::Client::new(config);
    let auth = match registry.needs_login() {
        true => RegistryAuth::Basic("me".to_owned(), PASSWORD.to_owned()),
        false => RegistryAuth::Anonymous,
    };
    let reference: Reference = format!("{repository}:1.0").parse().unwrap();
    let found = client.fetch_manifest_digest(&reference, &auth).await.unwrap();
    assert_eq!(found, digest.as_str());
    let kinds = vec!["application/vnd.oci.image.layer.v1.tar"];
    let pulled = client.pull(&reference, &auth, kinds).await.unwrap();
    assert_eq!(pulled.layers.len(), 1);
}

/// A program on PATH, or where the set-up script puts it.
fn program(name: &str) -> PathBuf {
    let tools = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/bin");
    let unpacked = PathBuf::from(tools).join(name);
    let found = process::find_program(name).or(unpacked.is_file().then_some(unpacked));
    found.unwrap_or_else(|| panic!("`{name}` must be installed (see .ci/setup)"))
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

async fn skopeo_copies_it(registry: &TestRegistry) {
    let (repository, digest) = scene(registry).await;
    let folder = tempfile::tempdir().unwrap();
    // Folder and tar as other programs write them are read by us.
    for (kind, name) in [("oci", "copy"), ("oci-archive", "copy.tar")] {
        let path = folder.path().join(name);
        copy_with_skopeo(registry, &repository, &format!("{kind}:{}:copied", path.display()));
        let copied = Layout::open(&path).unwrap();
        assert_eq!(copied.entries()[0].digest, digest);
        assert_eq!(copied.images().unwrap().len(), 2);
        assert_eq!(oci_image::Closure::new(&copied, &digest).unwrap().levels.len(), 2);
    }
}

fn copy_with_skopeo(registry: &TestRegistry, repository: &Repository, target: &str) {
    let mut skopeo = Command::new(program("skopeo"));
    skopeo.args(["copy", "--all", "--preserve-digests", "--insecure-policy"]);
    if registry.needs_login() {
        skopeo.args(["--src-creds", &format!("me:{PASSWORD}")]);
    }
    skopeo.args(["--src-tls-verify=false", &format!("docker://{repository}:1.0"), target]);
    run(&mut skopeo);
}

async fn oras_reads_it(registry: &TestRegistry) {
    let (repository, digest) = scene(registry).await;
    let mut oras = Command::new(program("oras"));
    oras.args(["manifest", "fetch", "--plain-http"]);
    if registry.needs_login() {
        oras.args(["--username", "me", "--password", PASSWORD]);
    }
    oras.arg(format!("{repository}:1.0"));
    assert_eq!(Digest::of(&run(&mut oras)), digest);
}
