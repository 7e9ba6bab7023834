use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use image_ref::Digest;
use oci_image::{BlobContent, Descriptor, FileRange, ImageError, MediaType};
use registry_dockerhub::{BlobOutcome, RegistryError};

use crate::{at_all_places, places::Place};

at_all_places!(
    small_and_big_blobs_arrive_whole,
    a_blob_that_is_there_is_not_sent,
    a_blob_of_another_digest_is_refused,
    a_blob_can_be_mounted_from_another_repository,
    a_missing_file_is_named,
);

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 7919 % 251) as u8).collect()
}

async fn small_and_big_blobs_arrive_whole(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/app"));
    let folder = tempfile::tempdir().unwrap();
    // None, one byte, just a chunk, several chunks with a rest; in the middle of a file.
    for length in [0, 1, 64 << 10, (200 << 10) + 7] {
        let bytes = noise(length);
        let path = folder.path().join("blobs");
        std::fs::write(&path, [b"before", bytes.as_slice(), b"after"].concat()).unwrap();
        let content = BlobContent::File(FileRange { path, offset: 6, length: length as u64 });
        let (digest, told) = (Digest::of(&bytes), Arc::new(AtomicU64::new(0)));
        let last = Arc::clone(&told);
        let tell = move |sent| last.store(sent, Ordering::Relaxed);
        let outcome = client.upload_blob(&repository, &digest, &content, tell).await.unwrap();
        assert_eq!(outcome, BlobOutcome::Uploaded, "{length}");
        assert_eq!(told.load(Ordering::Relaxed), length as u64);
        let kind = MediaType::new("application/octet-stream");
        let wanted = Descriptor::new(kind, digest, length as u64);
        assert_eq!(client.read_blob(&repository, &wanted, 1 << 20).await.unwrap(), bytes);
        assert_eq!(open_uploads(place), 0);
    }
}

async fn a_blob_that_is_there_is_not_sent(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/app"));
    let content = BlobContent::Bytes("blob".into());
    let digest = Digest::of(b"blob");
    let first = client.upload_blob(&repository, &digest, &content, |_| ()).await.unwrap();
    let second = client.upload_blob(&repository, &digest, &content, |_| ()).await.unwrap();
    assert_eq!((first, second), (BlobOutcome::Uploaded, BlobOutcome::Existing));
}

async fn a_blob_of_another_digest_is_refused(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/app"));
    for length in [10, 100 << 10] {
        let content = BlobContent::Bytes(noise(length).into());
        let wrong = Digest::of(b"something else");
        let error = client.upload_blob(&repository, &wrong, &content, |_| ()).await.unwrap_err();
        let RegistryError::Refused { code, .. } = &error else { panic!("{error}") };
        assert_eq!(code.as_deref(), Some("DIGEST_INVALID"));
        assert_eq!(client.blob_size(&repository, &wrong).await.unwrap(), None);
    }
}

async fn a_blob_can_be_mounted_from_another_repository(place: &Place) {
    let client = place.client();
    let [source, target] = ["team/base", "team/app"].map(|path| place.repository(path));
    let (content, digest) = (BlobContent::Bytes("shared".into()), Digest::of(b"shared"));
    client.upload_blob(&source, &digest, &content, |_| ()).await.unwrap();
    assert!(client.mount_blob(&target, &digest, &source).await.unwrap());
    assert_eq!(client.blob_size(&target, &digest).await.unwrap(), Some(6));
    let absent = Digest::of(b"absent");
    assert!(!client.mount_blob(&target, &absent, &source).await.unwrap());
    assert_eq!(open_uploads(place), 0, "the upload opened instead is cancelled");
}

async fn a_missing_file_is_named(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/app"));
    let path = std::path::PathBuf::from("/no/such/layer");
    let content = BlobContent::File(FileRange { path, offset: 0, length: 5 });
    let digest = Digest::of(b"layer");
    let error = client.upload_blob(&repository, &digest, &content, |_| ()).await.unwrap_err();
    assert!(matches!(error, RegistryError::Image(ImageError::Read { .. })), "{error}");
    assert!(error.to_string().contains("/no/such/layer"));
}

/// Uploads that are open at the embedded registry; Debian's does not tell.
fn open_uploads(place: &Place) -> usize {
    if place.is_embedded() { place.registry().open_uploads() } else { 0 }
}
