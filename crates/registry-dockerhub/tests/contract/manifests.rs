use image_ref::ImageTag;
use oci_image::{Manifest, MediaType};
use registry_dockerhub::{Deletion, RegistryError};

use crate::{
    at_all_registries,
    images::{attested, digest_of, image, publish},
    test_registry::TestRegistry,
};

at_all_registries!(
    a_manifest_comes_back_byte_for_byte,
    what_is_absent_is_none_or_not_found,
    a_manifest_without_its_blobs_is_refused,
    a_manifest_that_is_not_its_digest_is_not_sent,
    an_untagged_manifest_can_be_deleted_once,
    an_image_is_described_for_a_platform_without_its_layers,
);

async fn a_manifest_comes_back_byte_for_byte(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let layout = image("amd64", "x");
    let digest = publish(&client, &repository, &layout, &["1.0"]).await;
    let tag = name("1.0");
    let by_tag = client.manifests(&repository).get(&tag).await.unwrap();
    assert_eq!(by_tag, client.manifests(&repository).get(&digest).await.unwrap());
    assert_eq!(by_tag, layout.manifest(&layout.entries()[0]).unwrap());
    let head = client.manifests(&repository).head(&tag).await.unwrap().unwrap();
    assert_eq!(head, by_tag.head());
}

async fn an_image_is_described_for_a_platform_without_its_layers(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    for layout in [image("amd64", "x"), attested("amd64", "y")] {
        let digest = publish(&client, &repository, &layout, &[]).await;
        let images = client.images(&repository);
        let described = images.describe(&digest, &"linux/amd64".parse().unwrap()).await.unwrap();
        let layer = &described.layers[0];
        assert_eq!(described.config.diff_ids, std::slice::from_ref(&layer.digest));
        assert_eq!(layer.size, layout.read(&layer.digest).unwrap().len() as u64);
    }
    let digest = digest_of(&attested("amd64", "y"));
    let other = client.images(&repository).describe(&digest, &"linux/arm64".parse().unwrap()).await;
    assert!(matches!(other, Err(RegistryError::PlatformMissing { .. })), "{other:?}");
}

async fn what_is_absent_is_none_or_not_found(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/nothing"));
    let (tag, digest) = (name("1.0"), digest_of(&image("amd64", "x")));
    assert_eq!(client.manifests(&repository).head(&tag).await.unwrap(), None);
    assert_eq!(client.blobs(&repository).size(&digest).await.unwrap(), None);
    let error = client.manifests(&repository).get(&digest).await.unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains(digest.as_str()), "{error}");
    assert!(client.tags(&repository).list().await.unwrap_err().is_not_found());
}

async fn a_manifest_without_its_blobs_is_refused(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let layout = image("amd64", "x");
    let manifest = layout.manifest(&layout.entries()[0]).unwrap();
    let tag = name("1.0");
    let error = client.manifests(&repository).put(&tag, &manifest).await.unwrap_err();
    let code = match &error {
        RegistryError::Refused { code, .. } => code.as_deref(),
        other => panic!("{other}"),
    };
    assert_eq!(code, Some("MANIFEST_BLOB_UNKNOWN"), "{error}");
}

async fn a_manifest_that_is_not_its_digest_is_not_sent(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let other = digest_of(&image("amd64", "other"));
    let manifest = Manifest::new("{}", MediaType::oci_manifest());
    let error = client.manifests(&repository).put(&other, &manifest).await.unwrap_err();
    assert!(matches!(error, RegistryError::DigestMismatch { .. }), "{error}");
}

async fn an_untagged_manifest_can_be_deleted_once(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let kept = publish(&client, &repository, &image("amd64", "kept"), &["1.0"]).await;
    let gone = publish(&client, &repository, &image("amd64", "gone"), &[]).await;
    assert!(client.access(&repository).can_delete().await.unwrap());
    assert_eq!(client.manifests(&repository).delete(&gone).await.unwrap(), Deletion::Deleted);
    assert_eq!(client.manifests(&repository).delete(&gone).await.unwrap(), Deletion::WasAbsent);
    assert!(client.manifests(&repository).head(&kept).await.unwrap().is_some());
}

fn name(tag: &str) -> ImageTag {
    tag.parse().unwrap()
}
