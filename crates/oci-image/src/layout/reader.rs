use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use image_ref::Digest;
use oci_spec::image::OciLayout;
use serde::Deserialize;

use crate::{
    BlobContent, Descriptor, FileRange, ImageError, IndexView,
    document::{DOCUMENT_LIMIT, LAYOUT_VERSION},
};

/// The files of a layout by their path inside it.
type Files = BTreeMap<PathBuf, FileRange>;

/// What a folder or tar holds.
pub(super) struct Contents {
    pub(super) entries: Vec<Descriptor>,
    pub(super) blobs: BTreeMap<Digest, BlobContent>,
}

/// Reads the index of a folder or tar, and finds its blobs.
pub(super) fn read_layout(path: &Path) -> Result<Contents, ImageError> {
    let is_folder = std::fs::metadata(path).map_err(ImageError::read(path))?.is_dir();
    let files = if is_folder { folder_files(path) } else { tar_files(path) };
    let files = files.map_err(|error| match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::InvalidData => not_a_layout(path, &error),
        _ => ImageError::read(path)(error),
    })?;
    let marker: OciLayout = document(path, &files, "oci-layout")?;
    if marker.image_layout_version() != LAYOUT_VERSION {
        let reason = format!("its version is {}", marker.image_layout_version());
        return Err(not_a_layout(path, reason));
    }
    let index: IndexView = document(path, &files, "index.json")?;
    Ok(Contents { entries: index.manifests, blobs: blobs(files) })
}

fn not_a_layout(path: &Path, reason: impl ToString) -> ImageError {
    ImageError::NotALayout { path: path.to_owned(), reason: reason.to_string() }
}

fn folder_files(folder: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    for name in ["oci-layout", "index.json"] {
        add_file(&mut files, folder, PathBuf::from(name))?;
    }
    let blobs = Path::new("blobs").join("sha256");
    match std::fs::read_dir(folder.join(&blobs)) {
        Ok(entries) => {
            for entry in entries {
                add_file(&mut files, folder, blobs.join(entry?.file_name()))?;
            }
            Ok(files)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(files),
        Err(error) => Err(error),
    }
}

fn add_file(files: &mut Files, folder: &Path, name: PathBuf) -> io::Result<()> {
    let path = folder.join(&name);
    match std::fs::metadata(&path) {
        Ok(meta) if meta.is_file() => {
            files.insert(name, FileRange { path, offset: 0, length: meta.len() });
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads the tar's headers only: each blob is a part of the tar file.
fn tar_files(path: &Path) -> io::Result<Files> {
    let mut archive = tar::Archive::new(File::open(path)?);
    let mut files = Files::new();
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        if entry.header().entry_type().is_file() {
            let name = entry.path()?.into_owned();
            let name = name.strip_prefix("./").map(Path::to_owned).unwrap_or(name);
            let part = FileRange {
                path: path.to_owned(),
                offset: entry.raw_file_position(),
                length: entry.size(),
            };
            files.insert(name, part);
        }
    }
    Ok(files)
}

fn document<T: for<'de> Deserialize<'de>>(
    path: &Path,
    files: &Files,
    name: &str,
) -> Result<T, ImageError> {
    let part = files.get(Path::new(name));
    let part = part.ok_or_else(|| not_a_layout(path, format!("it has no `{name}`")))?;
    let bytes = part.read(DOCUMENT_LIMIT).map_err(ImageError::read(path.join(name)))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| not_a_layout(path, format!("`{name}` cannot be read: {error}")))
}

fn blobs(files: Files) -> BTreeMap<Digest, BlobContent> {
    let blobs = files.into_iter().filter_map(|(name, range)| {
        let digest = digest_of_blob(&name)?;
        Some((digest, BlobContent::File(range)))
    });
    blobs.collect()
}

fn digest_of_blob(name: &Path) -> Option<Digest> {
    let hex = name.strip_prefix("blobs/sha256").ok()?.to_str()?;
    format!("sha256:{hex}").parse().ok()
}
