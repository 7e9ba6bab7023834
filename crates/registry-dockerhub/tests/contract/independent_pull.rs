//! What is verified is read by another client than the one that wrote it.

use image_ref::{Digest, Platform, Repository};
use oci_image::{ImageView, Layout};
use registry_dockerhub::{Anonymous, Endpoints, PullClient, RegistryClient, RegistryError};
use rehearsal::fault::Fault;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use crate::{
    images::{big_image, digest_of, publish},
    test_registry::{TestRegistry, client_for},
};

struct Scene {
    registry: TestRegistry,
    client: RegistryClient,
    repository: Repository,
    layout: Layout,
    digest: Digest,
}

impl Scene {
    async fn new(registry: TestRegistry) -> Self {
        let (client, repository) = (registry.client(), registry.repository("team/app"));
        let layout = big_image(300 << 10);
        let digest = publish(&client, &repository, &layout, &[]).await;
        registry.server().clear_requests();
        Self { registry, client, repository, layout, digest }
    }

    fn image(&self) -> ImageView {
        self.layout.find(&self.digest).unwrap().view().unwrap().into_image().unwrap()
    }

    async fn verify(&self) -> Result<PullClient, RegistryError> {
        let pulled = self.client.verify_pull(&self.repository, &self.digest, &amd64()).await?;
        Ok(pulled.client)
    }
}

fn amd64() -> Platform {
    "linux/amd64".parse().unwrap()
}

#[tokio::test]
async fn no_manifest_and_no_blob_is_read_by_our_own_client() {
    for registry in
        [TestRegistry::spec(), TestRegistry::docker_hub(), TestRegistry::with_passwords()]
    {
        let scene = Scene::new(registry).await;
        assert_eq!(scene.verify().await.unwrap(), PullClient::Independent);
        let requests = scene.registry.server().requests();
        let reads: Vec<_> = requests
            .iter()
            .filter(|request| {
                let path = &request.path_and_query;
                let is_content = path.contains("/manifests/") || path.contains("/blobs/");
                request.method == "GET" && is_content && request.status.is_some_and(|s| s == 200)
            })
            .collect();
        assert_eq!(reads.len(), 3, "manifest, config and layer");
        for read in reads {
            let agent = read.headers["user-agent"].to_str().unwrap();
            assert!(agent.starts_with("oci-client/"), "{agent}");
        }
    }
}

#[tokio::test]
async fn one_changed_byte_is_found_out_wherever_it_is() {
    let scene = Scene::new(TestRegistry::spec()).await;
    let image = scene.image();
    for digest in [&scene.digest, &image.config.digest, &image.layers[0].digest] {
        let mut bytes = scene.layout.read(digest).unwrap().to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let fault = Fault::status(200).with_body(bytes).method("GET");
        scene.registry.server().faults().inject(fault.path_contains(digest.as_str()));
        let error = scene.verify().await.unwrap_err();
        let RegistryError::DigestMismatch { expected, .. } = &error else { panic!("{error:?}") };
        assert_eq!(expected, digest);
        scene.verify().await.unwrap();
    }
}

#[tokio::test]
async fn a_fault_that_passes_is_survived_at_every_part() {
    let scene = Scene::new(TestRegistry::spec()).await;
    let faults = scene.registry.server().faults();
    for part in ["/manifests/", "/blobs/"] {
        for fault in [
            Fault::status(500),
            Fault::status(503),
            Fault::status(429),
            Fault::reset_before_body(),
            Fault::lost_response(),
            Fault::truncated_body(),
        ] {
            let id = faults.inject(fault.method("GET").path_contains(part).times(2));
            scene.verify().await.unwrap();
            assert_eq!(faults.triggered(&id), 2, "{part}");
        }
    }
}

#[tokio::test]
async fn a_fault_that_stays_is_an_error_of_its_own() {
    for (fault, expected) in [
        (Fault::status(500), "failed by itself"),
        (Fault::status(404), "not found"),
        (Fault::status(401), "wants credentials"),
        (Fault::status(403), "wants credentials"),
        (Fault::status(429), "turns requests away"),
        (Fault::reset_before_body(), "the connection to"),
    ] {
        let scene = Scene::new(TestRegistry::spec()).await;
        let fault = fault.method("GET").path_contains("/blobs/").forever();
        scene.registry.server().faults().inject(fault);
        let error = scene.verify().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_token_that_expired_unexpectedly_is_renewed() {
    let scene = Scene::new(TestRegistry::docker_hub()).await;
    let fault = Fault::status(401).method("GET").path_contains("/blobs/").skip(1);
    scene.registry.server().faults().inject(fault);
    scene.verify().await.unwrap();
}

#[tokio::test]
async fn a_registry_below_a_path_is_read_by_our_own_client() {
    let server = MockServer::start().await;
    let layout = big_image(1 << 10);
    let digest = digest_of(&layout);
    for content in layout.digests() {
        let kind = if *content == digest { "manifests" } else { "blobs" };
        let bytes = layout.read(content).unwrap().to_vec();
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let response = ResponseTemplate::new(200).set_body_raw(bytes, media_type);
        for verb in ["GET", "HEAD"] {
            let address = path(format!("/below/v2/team/app/{kind}/{content}"));
            Mock::given(method(verb))
                .and(address)
                .respond_with(response.clone())
                .mount(&server)
                .await;
        }
    }
    let base_url = format!("{}/below/", server.uri()).parse().unwrap();
    let endpoints = Endpoints::public().with("registry.example".parse().unwrap(), base_url);
    let repository: Repository = "registry.example/team/app".parse().unwrap();
    let client = client_for(endpoints, Anonymous);
    let pulled = client.verify_pull(&repository, &digest, &amd64()).await.unwrap();
    assert_eq!(pulled.client, PullClient::Own);
}
