//! From a layout back into an engine, of either store.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use image_ref::Reference;
use oci_image::{Descriptor, LAYOUT_MARKER, LayoutFolder, ManifestView, MediaType, index_bytes};
use serde::Serialize;
use tar::{Builder, Header};
use tokio::task::spawn_blocking;

use crate::{
    EngineError,
    byte_channel::{ChannelWriter, from_blocking},
    client::Connection,
    images::archive::load_archive,
};

/// Loads one manifest of a layout into the engine under a name.
pub(crate) async fn load_manifest(
    connection: &Connection,
    layout: &LayoutFolder,
    manifest: &Descriptor,
    name: &Reference,
) -> Result<(), EngineError> {
    let archive = Reload::plan(layout, manifest, name)?;
    let (writer, parts) = from_blocking();
    let writing = spawn_blocking(move || archive.write(writer));
    let loaded = load_archive(connection, parts).await;
    let written =
        writing.await.unwrap_or_else(|error| Err(layout.invalid(error.to_string()).into()));
    // A failure to write the archive explains the engine's complaint.
    written.and(loaded).map(drop)
}

/// One entry of Docker's `manifest.json`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    repo_tags: Vec<String>,
    layers: Vec<String>,
}

/// An archive to be written: documents, and blobs of the layout.
struct Reload {
    layout: LayoutFolder,
    documents: Vec<(&'static str, Vec<u8>)>,
    blobs: Vec<Descriptor>,
}

impl Reload {
    fn plan(
        layout: &LayoutFolder,
        manifest: &Descriptor,
        name: &Reference,
    ) -> Result<Self, EngineError> {
        let bytes = layout.read_blob(&manifest.digest)?;
        let content = ManifestView::parse(&bytes, &manifest.media_type)
            .map_err(|reason| layout.invalid(format!("{}: {reason}", manifest.digest.short())))?;
        let short = manifest.digest.short();
        let content = content
            .into_image()
            .ok_or_else(|| layout.invalid(format!("{short}: an index, not an image")))?;
        let list = Listed {
            config: blob_path(&content.config),
            repo_tags: vec![name.to_string()],
            layers: content.layers.iter().map(blob_path).collect(),
        };
        let entry = named(manifest.clone(), name);
        let mut blobs = vec![content.config, manifest.clone()];
        blobs.extend(content.layers);
        blobs.sort_by(|a, b| a.digest.cmp(&b.digest));
        blobs.dedup_by(|a, b| a.digest == b.digest);
        let documents = vec![
            ("index.json", index_bytes(&MediaType::oci_index(), &[entry])),
            ("manifest.json", serde_json::to_vec(&[list]).unwrap_or_default()),
            ("oci-layout", LAYOUT_MARKER.to_vec()),
        ];
        Ok(Self { layout: layout.clone(), documents, blobs })
    }

    fn write(self, writer: ChannelWriter) -> Result<(), EngineError> {
        let mut tar = Builder::new(writer);
        for blob in &self.blobs {
            let path = self.layout.blob_path(&blob.digest);
            if let Err(source) = append_blob(&mut tar, blob, &path) {
                if let Ok(writer) = tar.into_inner() {
                    writer.abort();
                }
                return refused_by_reader(source, &path);
            }
        }
        let finished = self.finish(tar);
        finished.or_else(|source| refused_by_reader(source, self.layout.path()))
    }

    fn finish(&self, mut tar: Builder<ChannelWriter>) -> io::Result<()> {
        for (name, bytes) in &self.documents {
            append(&mut tar, name, bytes.len() as u64, bytes.as_slice())?;
        }
        tar.into_inner()?.flush()
    }
}

/// When the engine stops reading, its response contains the reason.
fn refused_by_reader(source: io::Error, path: &Path) -> Result<(), EngineError> {
    if source.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(EngineError::File { doing: "cannot read", path: path.to_owned(), source })
}

/// Where the archive has a blob.
fn blob_path(blob: &Descriptor) -> String {
    format!("blobs/sha256/{}", blob.digest.hex())
}

fn append_blob(tar: &mut Builder<ChannelWriter>, blob: &Descriptor, path: &Path) -> io::Result<()> {
    let file = fs::File::open(path)?;
    append(tar, &blob_path(blob), file.metadata()?.len(), file)
}

fn append(
    tar: &mut Builder<ChannelWriter>,
    name: &str,
    size: u64,
    bytes: impl io::Read,
) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    tar.append_data(&mut header, name, bytes)
}

/// The annotations by which containerd (`images/annotations.go`) names what it imports.
fn named(mut manifest: Descriptor, name: &Reference) -> Descriptor {
    let tag = name.tag().map_or("latest", |tag| tag.as_str()).to_owned();
    let full = format!("{}:{tag}", name.repository().canonical());
    manifest.annotations.insert("io.containerd.image.name".to_owned(), full);
    manifest.annotations.insert("org.opencontainers.image.ref.name".to_owned(), tag);
    manifest
}
