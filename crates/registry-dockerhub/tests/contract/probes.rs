use image_ref::ImageTag;
use oci_image::Layout;
use registry_dockerhub::{ContentProbe, TagProbe};

use crate::{
    at_all_registries,
    images::{attested, digest_of, image, publish},
    test_registry::TestRegistry,
};

at_all_registries!(a_tag_is_absent_identical_or_diverged, content_is_absent_or_identical);

async fn a_tag_is_absent_identical_or_diverged(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let tag: ImageTag = "1.0".parse().unwrap();
    let expected = digest_of(&image("amd64", "x"));
    let probe = client.tags(&repository).probe(&tag, &expected).await;
    assert!(matches!(probe, TagProbe::Absent), "{probe:?}");
    let other = publish(&client, &repository, &image("amd64", "other"), &["1.0"]).await;
    let probe = client.tags(&repository).probe(&tag, &expected).await;
    assert!(matches!(&probe, TagProbe::Diverged(actual) if *actual == other), "{probe:?}");
    let probe = client.tags(&repository).probe(&tag, &other).await;
    assert!(matches!(&probe, TagProbe::Identical(digest) if *digest == other), "{probe:?}");
}

async fn content_is_absent_or_identical(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let both = Layout::assemble(&[attested("arm64", "a"), image("amd64", "b")]).unwrap();
    let digest = digest_of(&both);
    let probe = client.images(&repository).probe(&digest).await;
    assert!(matches!(probe, ContentProbe::Absent), "{probe:?}");
    publish(&client, &repository, &both, &[]).await;
    let probe = client.images(&repository).probe(&digest).await;
    assert!(matches!(probe, ContentProbe::Identical(())), "{probe:?}");
}

/// distribution deletes a manifest that an index lists, and the index stays.
#[tokio::test]
async fn an_index_that_outlived_its_child_is_partial() {
    for registry in [TestRegistry::debian(), TestRegistry::distribution_28()] {
        let (client, repository) = (registry.client(), registry.repository("team/app"));
        let both = Layout::assemble(&[image("arm64", "a"), image("amd64", "b")]).unwrap();
        let digest = publish(&client, &repository, &both, &["1.0"]).await;
        let child = digest_of(&image("arm64", "a"));
        client.manifests(&repository).delete(&child).await.unwrap();
        let probe = client.images(&repository).probe(&digest).await;
        let ContentProbe::Partial(missing) = &probe else { panic!("{probe:?}") };
        assert_eq!(*missing, [child]);
    }
}

#[tokio::test]
async fn a_registry_that_is_down_leaves_the_state_unknown() {
    let registry = TestRegistry::spec();
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let (tag, digest) = ("1.0".parse().unwrap(), digest_of(&image("amd64", "x")));
    drop(registry);
    let probe = client.tags(&repository).probe(&tag, &digest).await;
    assert!(matches!(probe, TagProbe::Unknown(_)), "{probe:?}");
    let probe = client.images(&repository).probe(&digest).await;
    assert!(matches!(probe, ContentProbe::Unknown(_)), "{probe:?}");
}
