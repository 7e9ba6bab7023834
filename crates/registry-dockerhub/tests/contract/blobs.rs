use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use image_ref::Digest;
use oci_image::{BlobContent, Descriptor, FileRange, ImageError, MediaType};
use registry_dockerhub::{BlobOutcome, RegistryError};

use crate::{at_all_registries, test_registry::TestRegistry};

at_all_registries!(
    small_and_big_blobs_arrive_whole,
    a_blob_that_is_there_is_not_sent,
    a_blob_of_another_digest_is_refused,
    a_blob_can_be_mounted_from_another_repository,
    a_missing_file_is_named,
);

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|position| (position * 7919 % 251) as u8).collect()
}

async fn small_and_big_blobs_arrive_whole(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let folder = tempfile::tempdir().unwrap();
    // None, one byte, just a chunk, several chunks with a rest; in the middle of a file.
    for length in [0, 1, 64 << 10, (200 << 10) + 7] {
        let bytes = noise(length);
        let path = folder.path().join("blobs");
        std::fs::write(&path, [b"before", bytes.as_slice(), b"after"].concat()).unwrap();
        let content = BlobContent::File(FileRange { path, offset: 6, length: length as u64 });
        let (digest, sent_in_all) = (Digest::of(&bytes), Arc::new(AtomicU64::new(0)));
        let last = Arc::clone(&sent_in_all);
        let on_sent = move |sent| last.store(sent, Ordering::Relaxed);
        let outcome = client.uploads(&repository).send(&digest, &content, on_sent).await.unwrap();
        assert_eq!(outcome, BlobOutcome::Uploaded, "{length}");
        assert_eq!(sent_in_all.load(Ordering::Relaxed), length as u64);
        let kind = MediaType::new("application/octet-stream");
        let wanted = Descriptor::new(kind, digest, length as u64);
        assert_eq!(client.blobs(&repository).read(&wanted, 1 << 20).await.unwrap(), bytes);
        assert_eq!(open_uploads(registry), 0);
    }
}

async fn a_blob_that_is_there_is_not_sent(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let content = BlobContent::Bytes("blob".into());
    let digest = Digest::of(b"blob");
    let first = client.uploads(&repository).send(&digest, &content, |_| ()).await.unwrap();
    let second = client.uploads(&repository).send(&digest, &content, |_| ()).await.unwrap();
    assert_eq!((first, second), (BlobOutcome::Uploaded, BlobOutcome::Existing));
}

async fn a_blob_of_another_digest_is_refused(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    for length in [10, 100 << 10] {
        let content = BlobContent::Bytes(noise(length).into());
        let wrong = Digest::of(b"something else");
        let error = client.uploads(&repository).send(&wrong, &content, |_| ()).await.unwrap_err();
        let RegistryError::Refused { code, .. } = &error else { panic!("{error}") };
        assert_eq!(code.as_deref(), Some("DIGEST_INVALID"));
        assert_eq!(client.blobs(&repository).size(&wrong).await.unwrap(), None);
    }
}

async fn a_blob_can_be_mounted_from_another_repository(registry: &TestRegistry) {
    let client = registry.client();
    let [source, target] = ["team/base", "team/app"].map(|path| registry.repository(path));
    let (content, digest) = (BlobContent::Bytes("shared".into()), Digest::of(b"shared"));
    client.uploads(&source).send(&digest, &content, |_| ()).await.unwrap();
    assert!(client.uploads(&target).mount(&digest, &source).await.unwrap());
    assert_eq!(client.blobs(&target).size(&digest).await.unwrap(), Some(6));
    let absent = Digest::of(b"absent");
    assert!(!client.uploads(&target).mount(&absent, &source).await.unwrap());
    assert_eq!(open_uploads(registry), 0, "the upload opened instead is cancelled");
}

async fn a_missing_file_is_named(registry: &TestRegistry) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let path = std::path::PathBuf::from("/no/such/layer");
    let content = BlobContent::File(FileRange { path, offset: 0, length: 5 });
    let digest = Digest::of(b"layer");
    let error = client.uploads(&repository).send(&digest, &content, |_| ()).await.unwrap_err();
    assert!(matches!(error, RegistryError::Image(ImageError::Read { .. })), "{error}");
    assert!(error.to_string().contains("/no/such/layer"));
}

/// Uploads that are open at the embedded registry; Debian's does not tell.
fn open_uploads(registry: &TestRegistry) -> usize {
    if registry.is_embedded() { registry.server().open_uploads() } else { 0 }
}
