use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use image_ref::Digest;

use super::*;
use crate::{DescriptorPlatform, ImageError, Manifest, MediaType};

/// A layout with one image of one layer; its config states the platform.
fn layout(architecture: &str) -> Layout {
    let mut layout = Layout::default();
    let config = format!(r#"{{"architecture":"{architecture}","os":"linux"}}"#);
    let config_digest = layout.add(config.clone());
    let layer = layout.add(format!("layer of {architecture}"));
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config_digest}","size":{}}},
        "layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{layer}","size":{}}}]}}"#,
        config.len(),
        "layer of ".len() + architecture.len()
    );
    layout.add_entry(&Manifest::new(manifest, MediaType::oci_manifest()));
    layout
}

fn tarred(folder: &Path) -> std::path::PathBuf {
    let tar = folder.with_extension("tar");
    let mut builder = tar::Builder::new(File::create(&tar).unwrap());
    builder.append_dir_all(".", folder).unwrap();
    builder.into_inner().unwrap().flush().unwrap();
    tar
}

#[test]
fn a_folder_and_its_tar_are_the_same_layout() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("image");
    let written = layout("amd64");
    written.write(&folder).unwrap();
    for path in [folder.clone(), tarred(&folder)] {
        let read = Layout::open(&path).unwrap();
        assert_eq!(read.entries(), written.entries());
        assert!(read.digests().eq(written.digests()));
        for digest in read.digests() {
            assert_eq!(read.read(digest).unwrap(), written.read(digest).unwrap());
        }
    }
}

#[test]
fn writing_twice_gives_the_same_files() {
    let temporary = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| {
        let folder = temporary.path().join(name);
        Layout::assemble(&[layout("arm64"), layout("amd64")]).unwrap().write(&folder).unwrap();
        fs::read(folder.join("index.json")).unwrap()
    });
    assert_eq!(one, two);
}

#[test]
fn a_platform_that_no_index_states_is_read_from_the_config() {
    let both = Layout::assemble(&[layout("arm64"), layout("amd64")]).unwrap();
    let machines: Vec<String> =
        both.images().unwrap().iter().map(|image| image.platform.architecture.clone()).collect();
    assert_eq!(machines, ["amd64", "arm64"]);
    assert!(
        both.images().unwrap().iter().all(|image| DescriptorPlatform::is_stated(&image.platform))
    );
}

#[test]
fn children_come_before_their_index_and_each_blob_once() {
    let both = Layout::assemble(&[layout("arm64"), layout("amd64")]).unwrap();
    let closure = Closure::new(&both, &both.entries()[0].digest).unwrap();
    assert_eq!(closure.levels.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(closure.blobs.len(), 4);
    assert_eq!(closure.manifests().last().unwrap().digest(), &both.entries()[0].digest);
}

#[test]
fn the_same_image_twice_is_one_and_another_of_its_platform_is_refused() {
    assert!(Layout::assemble(&[layout("amd64"), layout("amd64")]).is_ok());
    let mut other = layout("amd64");
    let image = other.manifest(&other.entries()[0]).unwrap();
    let spaced = [image.bytes(), &b"\n"[..]].concat();
    other.entries.clear();
    other.add_entry(&Manifest::new(spaced, MediaType::oci_manifest()));
    let error = Layout::assemble(&[other, layout("amd64")]).unwrap_err();
    assert!(matches!(error, ImageError::DuplicatePlatform { .. }), "{error}");
}

#[test]
fn a_missing_blob_is_named_before_anything_is_sent() {
    let temporary = tempfile::tempdir().unwrap();
    layout("amd64").write(temporary.path()).unwrap();
    let layer = Digest::of(b"layer of amd64");
    fs::remove_file(temporary.path().join("blobs/sha256").join(layer.hex())).unwrap();
    let read = Layout::open(temporary.path()).unwrap();
    let error = Closure::new(&read, &read.entries()[0].digest).unwrap_err();
    assert!(matches!(&error, ImageError::ContentMissing { digest } if *digest == layer), "{error}");
}

#[test]
fn a_manifest_whose_bytes_were_changed_is_refused() {
    let temporary = tempfile::tempdir().unwrap();
    layout("amd64").write(temporary.path()).unwrap();
    let digest = layout("amd64").entries()[0].digest.clone();
    let path = temporary.path().join("blobs/sha256").join(digest.hex());
    fs::write(path, "{}").unwrap();
    let error = Layout::open(temporary.path()).unwrap().images().unwrap_err();
    assert!(matches!(error, ImageError::DigestMismatch { .. }), "{error}");
}

#[test]
fn folders_and_files_that_are_no_layouts_are_named() {
    let temporary = tempfile::tempdir().unwrap();
    let error = Layout::open(temporary.path()).unwrap_err();
    assert!(error.to_string().ends_with("it has no `oci-layout`"), "{error}");
    let text = temporary.path().join("x.tar");
    fs::write(&text, "this is no tar, only a text that is a bit longer than a header".repeat(20))
        .unwrap();
    assert!(matches!(Layout::open(&text).unwrap_err(), ImageError::NotALayout { .. }));
    assert!(matches!(Layout::open("/no/such/path").unwrap_err(), ImageError::Read { .. }));
}
