//! Archives as engines of each kind write them, made by hand.

use std::io::Read as _;

use oci_image::index_bytes;

use super::super::archive;
use super::*;

/// A tar in memory, member by member.
struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    fn file(mut self, path: &str, bytes: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        self.0.append_data(&mut header, path, bytes).unwrap();
        self
    }

    fn symlink(mut self, path: &str, target: &str) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        self.0.append_link(&mut header, path, target).unwrap();
        self
    }

    fn blob(self, bytes: &[u8]) -> Self {
        let path = format!("blobs/sha256/{}", Digest::of(bytes).hex());
        self.file(&path, bytes)
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn config(architecture: &str, layers: &[&[u8]]) -> Vec<u8> {
    let ids: Vec<_> = layers.iter().map(|layer| format!("\"{}\"", Digest::of(layer))).collect();
    let ids = ids.join(",");
    format!(
        r#"{{ "architecture":"{architecture}","os":"linux","rootfs":{{"type":"layers","diff_ids":[{ids}]}} }}"#
    )
    .into_bytes()
}

fn layer(name: &str) -> Vec<u8> {
    Tar::new().file(name, b"content").bytes()
}

fn amd64() -> Platform {
    Platform::new("linux", "amd64")
}

fn import(archive: &[u8], layout: &LayoutFolder) -> Result<PlatformImage, EngineError> {
    assemble(&archive::read(archive, layout)?, &amd64(), layout)
}

/// What Docker 20.10 writes for an image with the same layer twice.
fn old_archive(config: &[u8], one: &[u8]) -> Tar {
    Tar::new()
        .file("c0ffee.json", config)
        .file("aa/VERSION", b"1.0")
        .file("aa/json", b"{}")
        .file("aa/layer.tar", one)
        .symlink("bb/layer.tar", "../aa/layer.tar")
}

const OLD_LIST: &[u8] =
    br#"[{"Config":"c0ffee.json","RepoTags":["a:b"],"Layers":["aa/layer.tar","bb/layer.tar"]}]"#;

#[test]
fn an_old_archive_gives_the_same_manifest_each_time() {
    let one = layer("a");
    let config = config("amd64", &[&one, &one]);
    let archive = old_archive(&config, &one).file("manifest.json", OLD_LIST).bytes();
    let export = || {
        let folder = tempfile::tempdir().unwrap();
        let layout = LayoutFolder::create(folder.path()).unwrap();
        let image = import(&archive, &layout).unwrap();
        assert_eq!(layout.read_blob(&image.config).unwrap(), config, "config bytes changed");
        (image, folder)
    };
    let (first, _one) = export();
    assert_eq!(first, export().0);
    assert_eq!(first.manifest.media_type, MediaType::oci_manifest());
}

#[test]
fn a_layer_that_occurs_twice_is_one_blob() {
    let one = layer("a");
    let config = config("amd64", &[&one, &one]);
    let archive = old_archive(&config, &one).file("manifest.json", OLD_LIST).bytes();
    let folder = tempfile::tempdir().unwrap();
    let layout = LayoutFolder::create(folder.path()).unwrap();
    let image = import(&archive, &layout).unwrap();
    let manifest = layout.read_blob(&image.manifest.digest).unwrap();
    let manifest = ManifestView::parse(&manifest, &image.manifest.media_type).unwrap();
    let manifest = manifest.into_image().unwrap();
    let [first, second] = manifest.layers.as_slice() else { panic!("{manifest:?}") };
    assert_eq!(first, second);
    let packed = layout.read_blob(&first.digest).unwrap();
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, one);
}

/// What a newer engine writes; `packed` is the layer as its store keeps it.
fn new_archive(config: &[u8], packed: &[u8], media_type: MediaType) -> (Vec<u8>, Digest) {
    let layer = Descriptor::for_bytes(media_type, packed);
    let config_descriptor = Descriptor::for_bytes(MediaType::image_config(), config);
    // Other white space than ours: bytes must be kept, not rewritten.
    let manifest = manifest_bytes(&config_descriptor, &[layer]);
    let manifest = [manifest.as_slice(), b"\n"].concat();
    let attestation = {
        let mut attestation = Descriptor::for_bytes(MediaType::oci_manifest(), b"{}");
        let kind = "vnd.docker.reference.type".to_owned();
        attestation.annotations.insert(kind, "attestation-manifest".to_owned());
        attestation
    };
    let entries = [attestation, Descriptor::for_bytes(MediaType::oci_manifest(), &manifest)];
    let inner = index_bytes(&MediaType::oci_index(), &entries);
    let outer = [Descriptor::for_bytes(MediaType::oci_index(), &inner)];
    let outer = index_bytes(&MediaType::oci_index(), &outer);
    let list = format!(
        r#"[{{"Config":"blobs/sha256/{}","RepoTags":null,"Layers":["blobs/sha256/{}"]}}]"#,
        Digest::of(config).hex(),
        Digest::of(packed).hex()
    );
    let archive = Tar::new()
        .blob(config)
        .blob(packed)
        .blob(&manifest)
        .blob(&inner)
        .file("index.json", &outer)
        .file("manifest.json", list.as_bytes())
        .file("oci-layout", b"{}");
    (archive.bytes(), Digest::of(&manifest))
}

#[test]
fn the_containerd_stores_manifest_is_kept_to_the_byte() {
    let plain = layer("a");
    let mut packed = Vec::new();
    oci_image::gzip_layer(plain.as_slice(), &mut packed, 1).unwrap();
    let config = config("amd64", &[&plain]);
    let (archive, manifest) = new_archive(&config, &packed, MediaType::layer_gzip());
    let folder = tempfile::tempdir().unwrap();
    let layout = LayoutFolder::create(folder.path()).unwrap();
    assert_eq!(import(&archive, &layout).unwrap().manifest.digest, manifest);
}

#[test]
fn a_new_graph_driver_archive_gives_the_manifest_of_an_old_one() {
    let one = layer("a");
    let config = config("amd64", &[&one]);
    let plain_layer = MediaType::new("application/vnd.oci.image.layer.v1.tar");
    let (new, kept) = new_archive(&config, &one, plain_layer);
    let list = br#"[{"Config":"c0ffee.json","Layers":["aa/layer.tar"]}]"#;
    let old = old_archive(&config, &one).file("manifest.json", list).bytes();
    let folder = tempfile::tempdir().unwrap();
    let layout = LayoutFolder::create(folder.path()).unwrap();
    let new = import(&new, &layout).unwrap();
    assert_ne!(new.manifest.digest, kept);
    assert_eq!(new, import(&old, &layout).unwrap());
}

#[test]
fn an_image_of_another_platform_is_refused() {
    let one = layer("a");
    let archive = old_archive(&config("arm64", &[&one, &one]), &one);
    let archive = archive.file("manifest.json", OLD_LIST).bytes();
    let folder = tempfile::tempdir().unwrap();
    let layout = LayoutFolder::create(folder.path()).unwrap();
    let error = import(&archive, &layout).unwrap_err();
    assert!(matches!(error, EngineError::WrongPlatform { .. }), "{error}");
}

#[test]
fn layers_that_the_config_does_not_name_are_refused() {
    let config = config("amd64", &[&layer("a"), &layer("a")]);
    let archive = old_archive(&config, &layer("b")).file("manifest.json", OLD_LIST).bytes();
    let folder = tempfile::tempdir().unwrap();
    let layout = LayoutFolder::create(folder.path()).unwrap();
    let error = import(&archive, &layout).unwrap_err();
    assert!(matches!(error, EngineError::Archive { .. }), "{error}");
}

#[test]
fn an_archive_that_ends_early_is_refused() {
    let one = layer("a");
    let archive = old_archive(&config("amd64", &[&one, &one]), &one).bytes();
    let folder = tempfile::tempdir().unwrap();
    let layout = LayoutFolder::create(folder.path()).unwrap();
    for end in [archive.len(), archive.len() / 2, 700, 0] {
        let error = import(&archive[..end], &layout).unwrap_err();
        assert!(matches!(error, EngineError::Archive { .. } | EngineError::File { .. }), "{error}");
    }
}
