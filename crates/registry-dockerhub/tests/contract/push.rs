use std::sync::{Arc, Mutex};

use image_ref::{Digest, Platform};
use oci_image::{Layout, ManifestView};
use registry_dockerhub::{BlobOutcome, PushEvent, PushOptions, RegistryError};

use crate::{
    at_all_registries,
    images::{attested, big_image, digest_of, image, publish},
    test_registry::TestRegistry,
};

at_all_registries!(
    an_index_of_several_platforms_is_pushed_and_pulled_whole,
    nothing_is_tagged_by_a_push,
    a_second_push_sends_nothing,
    a_big_image_is_pushed_from_a_tar_with_progress,
    blobs_of_a_sister_repository_are_mounted,
    a_missing_platform_is_named_with_those_that_exist,
    images_pushed_one_by_one_become_one_index,
);

fn both() -> Layout {
    Layout::assemble(&[attested("arm64", "a"), attested("amd64", "b")]).unwrap()
}

async fn an_index_of_several_platforms_is_pushed_and_pulled_whole(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let digest = publish(&client, &repository, &both(), &["1.0"]).await;
    for platform in ["linux/amd64", "linux/arm64/v8"] {
        let platform: Platform = platform.parse().unwrap();
        let pulled = client.verify_pull(&repository, &digest, &platform).await.unwrap();
        assert_eq!(pulled.root.digest, digest);
        assert_eq!(pulled.layers.len(), 1);
        assert!(pulled.bytes > pulled.layers[0].size);
    }
    let index = client.manifests(&repository).get(&digest).await.unwrap();
    let ManifestView::Index(index) = index.view().unwrap() else { panic!("no index") };
    assert_eq!(index.manifests.len(), 4, "attestations are kept");
}

async fn nothing_is_tagged_by_a_push(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    publish(&client, &repository, &both(), &[]).await;
    match client.tags(&repository).list().await {
        Ok(tags) => assert_eq!(tags, []),
        Err(error) => assert!(error.is_not_found(), "{error}"),
    }
}

async fn a_second_push_sends_nothing(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let (layout, options) = (both(), PushOptions::default());
    let digest = digest_of(&layout);
    let first = client.push(&repository, options.clone()).layout(&layout, &digest).await.unwrap();
    assert_eq!((first.blobs.len(), first.manifests_sent.len()), (8, 5));
    assert_eq!(first.manifests_sent.last(), Some(&digest), "the root comes last");
    let second = client.push(&repository, options.clone()).layout(&layout, &digest).await.unwrap();
    assert!(second.changed_nothing());
}

async fn a_big_image_is_pushed_from_a_tar_with_progress(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let folder = tempfile::tempdir().unwrap();
    let layout = as_tar(&big_image(300 << 10), folder.path());
    let digest = digest_of(&layout);
    let events: Arc<Mutex<Vec<PushEvent>>> = Arc::default();
    let heard = Arc::clone(&events);
    let observer = Some(Arc::new(move |event| heard.lock().unwrap().push(event)) as _);
    let options = PushOptions { observer, ..PushOptions::default() };
    client.push(&repository, options.clone()).layout(&layout, &digest).await.unwrap();
    let events = events.lock().unwrap();
    assert!(matches!(events[0], PushEvent::Planned { blobs: 2, bytes } if bytes > 300 << 10));
    let biggest = events.iter().filter_map(|event| match event {
        PushEvent::Sent { sent, size, .. } => Some((*sent, *size)),
        _ => None,
    });
    let (sent, size) = biggest.max().unwrap();
    assert_eq!(sent, size);
    assert!(
        matches!(events.last(), Some(PushEvent::ManifestDone { digest: last }) if *last == digest)
    );
}

fn as_tar(layout: &Layout, folder: &std::path::Path) -> Layout {
    layout.write(folder.join("image")).unwrap();
    let path = folder.join("image.tar");
    let mut builder = tar::Builder::new(std::fs::File::create(&path).unwrap());
    builder.append_dir_all("", folder.join("image")).unwrap();
    builder.finish().unwrap();
    Layout::open(&path).unwrap()
}

async fn blobs_of_a_sister_repository_are_mounted(registry: &TestRegistry) {
    let client = registry.client();
    let [sister, repository] = ["team/base", "team/app"].map(|path| registry.repository(path));
    let layout = image("amd64", "x");
    let digest = publish(&client, &sister, &layout, &["1.0"]).await;
    let options = PushOptions { mount_from: Some(sister), ..PushOptions::default() };
    let outcome = client.push(&repository, options.clone()).layout(&layout, &digest).await.unwrap();
    assert!(outcome.blobs.iter().all(|(_, how)| *how == BlobOutcome::Mounted), "{outcome:?}");
}

#[tokio::test]
async fn an_anonymous_client_pulls_what_is_public_and_is_refused_what_is_not() {
    let amd64: Platform = "linux/amd64".parse().unwrap();
    for (registry, public) in
        [(TestRegistry::docker_hub(), true), (TestRegistry::spec_with_tokens(), false)]
    {
        let (client, repository) = (registry.client(), registry.repository("team/app"));
        let digest = publish(&client, &repository, &both(), &["1.0"]).await;
        let pulled = client.anonymous().verify_pull(&repository, &digest, &amd64).await;
        match pulled {
            Ok(image) => assert!(public && image.root.digest == digest),
            Err(error) => {
                assert!(!public && matches!(error, RegistryError::Unauthorized { .. }), "{error}");
            }
        }
    }
}

/// As BuildKit makes them: one of them is an index with an attestation.
async fn images_pushed_one_by_one_become_one_index(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let (arm, amd) = (image("arm64", "a"), attested("amd64", "b"));
    publish(&client, &repository, &arm, &["1.0-arm64"]).await;
    publish(&client, &repository, &amd, &["1.0-amd64"]).await;
    let names = ["1.0-arm64", "1.0-amd64"].map(|tag| tag.parse().unwrap());
    let index = client.images(&repository).assemble(&names).await.unwrap();
    let local = Layout::assemble(&[amd, arm]).unwrap();
    assert_eq!(*index.digest(), digest_of(&local), "as if it had been assembled here");
    client.manifests(&repository).put(index.digest(), &index).await.unwrap();
    client.retag(&repository).tag(index.digest(), &"1.0".parse().unwrap()).await.unwrap();
    let arm64 = "linux/arm64".parse().unwrap();
    client.verify_pull(&repository, index.digest(), &arm64).await.unwrap();
    assert_eq!(client.images(&repository).list(index.digest()).await.unwrap().len(), 2);
}

async fn a_missing_platform_is_named_with_those_that_exist(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let digest: Digest = publish(&client, &repository, &both(), &[]).await;
    let wanted = "linux/s390x".parse().unwrap();
    let error = client.verify_pull(&repository, &digest, &wanted).await.unwrap_err();
    let RegistryError::PlatformMissing { available, .. } = &error else { panic!("{error}") };
    assert_eq!(available.len(), 2);
}
