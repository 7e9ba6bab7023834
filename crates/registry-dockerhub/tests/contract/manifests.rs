use image_ref::ImageTag;
use oci_image::{Manifest, MediaType};
use registry_dockerhub::{Deletion, RegistryError};

use crate::{
    at_all_places,
    images::{digest_of, image, publish},
    places::Place,
};

at_all_places!(
    a_manifest_comes_back_byte_for_byte,
    what_is_absent_is_none_or_not_found,
    a_manifest_without_its_blobs_is_refused,
    a_manifest_that_is_not_its_digest_is_not_sent,
    an_untagged_manifest_can_be_deleted_once,
);

async fn a_manifest_comes_back_byte_for_byte(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/app"));
    let layout = image("amd64", "x");
    let digest = publish(&client, &repository, &layout, &["1.0"]).await;
    let tag = name("1.0");
    let by_tag = client.get(&repository, &tag).await.unwrap();
    assert_eq!(by_tag, client.get(&repository, &digest).await.unwrap());
    assert_eq!(by_tag, layout.manifest(&layout.entries()[0]).unwrap());
    let head = client.head(&repository, &tag).await.unwrap().unwrap();
    assert_eq!(head, by_tag.head());
}

async fn what_is_absent_is_none_or_not_found(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/nothing"));
    let (tag, digest) = (name("1.0"), digest_of(&image("amd64", "x")));
    assert_eq!(client.head(&repository, &tag).await.unwrap(), None);
    assert_eq!(client.blob_size(&repository, &digest).await.unwrap(), None);
    let error = client.get(&repository, &digest).await.unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains(digest.as_str()), "{error}");
    assert!(client.tags(&repository).await.unwrap_err().is_not_found());
}

async fn a_manifest_without_its_blobs_is_refused(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/app"));
    let layout = image("amd64", "x");
    let manifest = layout.manifest(&layout.entries()[0]).unwrap();
    let tag = name("1.0");
    let error = client.put(&repository, &tag, &manifest).await.unwrap_err();
    let code = match &error {
        RegistryError::Refused { code, .. } => code.as_deref(),
        other => panic!("{other}"),
    };
    assert_eq!(code, Some("MANIFEST_BLOB_UNKNOWN"), "{error}");
}

async fn a_manifest_that_is_not_its_digest_is_not_sent(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/app"));
    let other = digest_of(&image("amd64", "other"));
    let manifest = Manifest::new("{}", MediaType::oci_manifest());
    let error = client.put(&repository, &other, &manifest).await.unwrap_err();
    assert!(matches!(error, RegistryError::DigestMismatch { .. }), "{error}");
}

async fn an_untagged_manifest_can_be_deleted_once(place: &Place) {
    let (client, repository) = (place.client(), place.repository("team/app"));
    let kept = publish(&client, &repository, &image("amd64", "kept"), &["1.0"]).await;
    let gone = publish(&client, &repository, &image("amd64", "gone"), &[]).await;
    assert!(client.can_delete(&repository).await.unwrap());
    assert_eq!(client.delete(&repository, &gone).await.unwrap(), Deletion::Deleted);
    assert_eq!(client.delete(&repository, &gone).await.unwrap(), Deletion::WasAbsent);
    assert!(client.head(&repository, &kept).await.unwrap().is_some());
}

fn name(tag: &str) -> ImageTag {
    tag.parse().unwrap()
}
