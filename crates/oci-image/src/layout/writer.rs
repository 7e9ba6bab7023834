use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::Path,
};

use image_ref::Digest;

use crate::{
    BlobContent, Descriptor, MediaType,
    document::{LAYOUT_MARKER, index_bytes},
};

/// Writes a folder: `oci-layout`, `index.json`, `blobs/sha256/…`.
pub(super) fn write_layout(
    folder: &Path,
    entries: &[Descriptor],
    contents: &BTreeMap<Digest, BlobContent>,
) -> io::Result<()> {
    let blobs = folder.join("blobs").join("sha256");
    fs::create_dir_all(&blobs)?;
    for (digest, content) in contents {
        write_blob(&blobs.join(digest.hex()), content)?;
    }
    fs::write(folder.join("index.json"), index_bytes(&MediaType::oci_index(), entries))?;
    // Last: without this file the folder is no layout.
    fs::write(folder.join("oci-layout"), LAYOUT_MARKER)
}

/// Under another name first: a file with a digest's name is always whole.
fn write_blob(path: &Path, content: &BlobContent) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let partial = path.with_extension("part");
    match content {
        BlobContent::Bytes(bytes) => fs::write(&partial, bytes)?,
        BlobContent::File(range) => {
            io::copy(&mut range.open()?, &mut File::create(&partial)?)?;
        }
    }
    fs::rename(&partial, path)
}
