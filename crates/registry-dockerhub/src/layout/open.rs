use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use image_ref::Digest;
use serde::Deserialize;
use transport::FilePart;

use super::Layout;
use crate::{RegistryError, client::BlobContent, content::Descriptor};

/// The only version of the format (OCI image specification 1.1, "oci-layout file").
pub(super) const LAYOUT_VERSION: &str = "1.0.0";
/// Longest JSON file that is read.
pub(super) const DOCUMENT_LIMIT: u64 = 4 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    image_layout_version: String,
}

#[derive(Deserialize)]
struct TopIndex {
    manifests: Vec<Descriptor>,
}

/// The files of a layout by their path inside it.
type Files = BTreeMap<PathBuf, FilePart>;

impl Layout {
    /// Opens a folder, or a tar that is not compressed. Blobs stay where they
    /// are and are read when needed.
    ///
    /// # Errors
    /// [`RegistryError::NotALayout`], [`RegistryError::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RegistryError> {
        let path = path.as_ref();
        let failed = |error| RegistryError::io(path, error);
        let is_folder = std::fs::metadata(path).map_err(failed)?.is_dir();
        let files = if is_folder { folder_files(path) } else { tar_files(path) };
        let files = files.map_err(|error| match error.kind() {
            io::ErrorKind::Other | io::ErrorKind::InvalidData => not_a_layout(path, &error),
            _ => failed(error),
        })?;
        let marker: Marker = document(path, &files, "oci-layout")?;
        if marker.image_layout_version != LAYOUT_VERSION {
            let reason = format!("its version is {}", marker.image_layout_version);
            return Err(RegistryError::NotALayout { path: path.to_owned(), reason });
        }
        let index: TopIndex = document(path, &files, "index.json")?;
        Ok(Self { entries: index.manifests, contents: blobs(files) })
    }
}

fn not_a_layout(path: &Path, reason: impl ToString) -> RegistryError {
    RegistryError::NotALayout { path: path.to_owned(), reason: reason.to_string() }
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
            files.insert(name, FilePart { path, offset: 0, length: meta.len() });
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
            let part = FilePart {
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
) -> Result<T, RegistryError> {
    let part = files.get(Path::new(name));
    let part = part.ok_or_else(|| not_a_layout(path, format!("it has no `{name}`")))?;
    let bytes = read_part(part).map_err(|error| RegistryError::io(path.join(name), error))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| not_a_layout(path, format!("`{name}` cannot be read: {error}")))
}

/// The bytes of a small file.
pub(super) fn read_part(part: &FilePart) -> io::Result<Bytes> {
    if part.length > DOCUMENT_LIMIT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than a manifest may be"));
    }
    let mut file = File::open(&part.path)?;
    io::Seek::seek(&mut file, io::SeekFrom::Start(part.offset))?;
    let mut bytes = Vec::new();
    file.take(part.length).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

fn blobs(files: Files) -> BTreeMap<Digest, BlobContent> {
    let digest = |name: &Path| -> Option<Digest> {
        let hex = name.strip_prefix("blobs/sha256").ok()?.to_str()?;
        format!("sha256:{hex}").parse().ok()
    };
    let found = files.into_iter().filter_map(|(name, part)| Some((digest(&name)?, part)));
    found.map(|(digest, part)| (digest, BlobContent::File(part))).collect()
}
