use std::collections::BTreeMap;

use image_ref::Digest;
use proptest::prelude::*;

use super::*;

fn attestation(about: &Digest, number: u8) -> Descriptor {
    let digest = Digest::of(format!("attestation {number} of {about}").as_bytes());
    let mut descriptor = Descriptor::new(MediaType::oci_manifest(), digest, 7);
    descriptor.annotations = BTreeMap::from(
        [
            ("vnd.docker.reference.type", "attestation-manifest"),
            ("vnd.docker.reference.digest", about.as_str()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    descriptor.platform = Some((&Platform::new("unknown", "unknown")).into());
    descriptor
}

fn entry(platform: &str, kind: MediaType, attestations: u8) -> IndexEntry {
    let digest = Digest::of(platform.as_bytes());
    IndexEntry {
        attestations: (0..attestations).map(|number| attestation(&digest, number)).collect(),
        image: Descriptor::new(kind, digest, 100),
        platform: (&platform.parse::<Platform>().unwrap()).into(),
    }
}

fn platforms(index: &Manifest) -> Vec<String> {
    let view = index.view().unwrap().into_index().unwrap();
    view.manifests
        .iter()
        .map(|one| Platform::from(one.platform.as_ref().unwrap()).to_string())
        .collect()
}

#[test]
fn the_index_is_written_byte_for_byte_like_this() {
    let index = assemble_index([entry("linux/amd64", MediaType::oci_manifest(), 0)]).unwrap();
    let digest = Digest::of(b"linux/amd64");
    let expected = format!(
        concat!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":["#,
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":100,"#,
            r#""platform":{{"architecture":"amd64","os":"linux"}}}}]}}"#
        ),
        digest
    );
    assert_eq!(std::str::from_utf8(index.bytes()).unwrap(), expected);
}

#[test]
fn attestations_stay_with_their_image_and_count_as_no_platform() {
    let images = ["linux/arm64", "linux/amd64"].map(|p| entry(p, MediaType::oci_manifest(), 1));
    let index = assemble_index(images).unwrap();
    assert_eq!(
        platforms(&index),
        ["linux/amd64", "linux/arm64", "unknown/unknown", "unknown/unknown"]
    );
    let view = index.view().unwrap().into_index().unwrap();
    assert!(view.images().all(|image| view.attestations_of(image).count() == 1));
}

#[test]
fn an_attestation_about_another_image_is_dropped() {
    let mut image = entry("linux/amd64", MediaType::oci_manifest(), 0);
    image.attestations.push(attestation(&Digest::of(b"another"), 0));
    assert_eq!(platforms(&assemble_index([image]).unwrap()), ["linux/amd64"]);
}

#[test]
fn two_images_of_one_machine_are_refused_however_it_is_written() {
    let images = ["linux/arm64", "linux/arm64/v8"].map(|p| entry(p, MediaType::oci_manifest(), 0));
    let error = assemble_index(images).unwrap_err();
    assert!(matches!(error, ImageError::DuplicatePlatform { .. }), "{error}");
}

#[test]
fn docker_images_alone_make_a_docker_list_and_one_oci_part_an_oci_index() {
    let docker = entry("linux/amd64", MediaType::docker_manifest(), 0);
    let list = assemble_index([docker.clone()]).unwrap();
    assert_eq!(*list.media_type(), MediaType::docker_list());
    let mixed = assemble_index([docker, entry("linux/arm64", MediaType::oci_manifest(), 0)]);
    assert_eq!(*mixed.unwrap().media_type(), MediaType::oci_index());
}

#[test]
fn an_unknown_platform_is_refused() {
    let mut image = entry("linux/amd64", MediaType::oci_manifest(), 0);
    image.platform = (&Platform::new("unknown", "unknown")).into();
    assert!(matches!(assemble_index([image]), Err(ImageError::UnknownPlatform { .. })));
}

#[test]
fn the_name_of_a_build_does_not_change_the_digest() {
    let plain = entry("linux/amd64", MediaType::oci_manifest(), 0);
    let mut named = plain.clone();
    named
        .image
        .annotations
        .insert("org.opencontainers.image.ref.name".to_owned(), "latest".to_owned());
    assert_eq!(assemble_index([plain]).unwrap(), assemble_index([named]).unwrap());
}

fn some_images() -> impl Strategy<Value = Vec<IndexEntry>> {
    let machines = [
        "linux/386",
        "linux/amd64",
        "linux/arm/v6",
        "linux/arm/v7",
        "linux/arm64",
        "windows/amd64",
    ];
    prop::collection::vec((prop::sample::select(machines.to_vec()), 0_u8..3), 1..6).prop_map(
        |chosen| {
            let distinct: BTreeMap<_, _> = chosen.into_iter().collect();
            distinct
                .into_iter()
                .map(|(machine, count)| entry(machine, MediaType::oci_manifest(), count))
                .collect()
        },
    )
}

proptest! {
    #[test]
    fn the_order_of_the_images_does_not_matter(
        (images, shuffled) in some_images().prop_flat_map(|images| (Just(images.clone()), Just(images).prop_shuffle()))
    ) {
        prop_assert_eq!(assemble_index(images).unwrap(), assemble_index(shuffled).unwrap());
    }

    #[test]
    fn images_given_twice_are_listed_once(images in some_images()) {
        let twice: Vec<IndexEntry> = images.iter().chain(&images).cloned().collect();
        prop_assert_eq!(assemble_index(images).unwrap(), assemble_index(twice).unwrap());
    }

    #[test]
    fn every_image_and_attestation_is_listed_once(images in some_images()) {
        let expected = images.iter().map(|one| 1 + one.attestations.len()).sum::<usize>();
        prop_assert_eq!(platforms(&assemble_index(images).unwrap()).len(), expected);
    }

    #[test]
    fn taking_an_index_apart_and_together_again_changes_nothing(images in some_images()) {
        let index = assemble_index(images).unwrap();
        let view = index.view().unwrap().into_index().unwrap();
        let again = view.images().map(|image| IndexEntry {
            image: image.clone(),
            platform: image.platform.clone().unwrap(),
            attestations: view.attestations_of(image).cloned().collect(),
        });
        prop_assert_eq!(&assemble_index(again).unwrap(), &index);
    }
}
