//! What the members of an engine's archive are, by their path and first bytes.

use std::path::{Component, Path, PathBuf};

use oci_image::MediaType;

/// Bytes needed to tell what a file is: up to the end of tar's magic word.
pub(super) const HEAD: usize = 262;
/// A document larger than this is none.
pub(super) const LARGEST_DOCUMENT: u64 = 8 << 20;

/// What to do with a member of the archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// JSON to keep in memory.
    Document,
    /// A layer to compress.
    PlainLayer,
    /// A layer that is compressed already, with its media type.
    PackedLayer(MediaType),
    /// Nothing that is needed.
    Ignored,
}

/// Engines before 25 write `ID/layer.tar`, `CONFIG.json` and `manifest.json`;
/// later ones `blobs/sha256/…`, `index.json` and `manifest.json`.
pub(super) fn content_of(path: &str, head: &[u8], size: u64) -> Content {
    if path.ends_with("/layer.tar") || path.starts_with("blobs/") {
        return content_of_blob(head, size);
    }
    let top_level_json = path.ends_with(".json") && !path.contains('/');
    match top_level_json && size <= LARGEST_DOCUMENT {
        true => Content::Document,
        false => Content::Ignored,
    }
}

fn content_of_blob(head: &[u8], size: u64) -> Content {
    if head.starts_with(&[0x1f, 0x8b]) {
        return Content::PackedLayer(MediaType::layer_gzip());
    }
    if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Content::PackedLayer(MediaType::layer_zstd());
    }
    // A tar whose first member's name begins with a brace is not a document.
    let is_tar = head.get(257..HEAD) == Some(b"ustar");
    let is_json = head.starts_with(b"{") && size <= LARGEST_DOCUMENT && !is_tar;
    if is_json { Content::Document } else { Content::PlainLayer }
}

/// Where a link in the archive leads: engines before 25 write a repeated layer
/// as `ID/layer.tar -> ../OTHER/layer.tar`. `None` when it leads outside.
pub(super) fn resolve_link(path: &str, target: &Path) -> Option<String> {
    let mut resolved = PathBuf::from(path);
    resolved.pop();
    for component in target.components() {
        match component {
            Component::ParentDir => resolved.pop().then_some(())?,
            Component::Normal(name) => resolved.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    resolved.into_os_string().into_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_head(first_name: &[u8]) -> Vec<u8> {
        let mut head = vec![0; HEAD];
        head[..first_name.len()].copy_from_slice(first_name);
        head[257..].copy_from_slice(b"ustar");
        head
    }

    #[test]
    fn a_blob_is_told_by_its_first_bytes() {
        let blob = |head: &[u8]| content_of("blobs/sha256/ab", head, 1024);
        assert_eq!(blob(b"{\"schemaVersion\""), Content::Document);
        assert_eq!(blob(&[0x1f, 0x8b, 8]), Content::PackedLayer(MediaType::layer_gzip()));
        assert_eq!(blob(&[0x28, 0xb5, 0x2f, 0xfd]), Content::PackedLayer(MediaType::layer_zstd()));
        assert_eq!(blob(&tar_head(b"bin/")), Content::PlainLayer);
        assert_eq!(blob(&[0; HEAD]), Content::PlainLayer);
    }

    #[test]
    fn a_layer_that_begins_with_a_brace_is_still_a_layer() {
        assert_eq!(content_of("x/layer.tar", &tar_head(b"{a}"), 2048), Content::PlainLayer);
    }

    #[test]
    fn old_files_beside_the_layers_are_not_needed() {
        for path in ["ab/VERSION", "ab/json", "repositories", "oci-layout"] {
            assert_eq!(content_of(path, b"{}", 2), Content::Ignored, "{path}");
        }
        assert_eq!(content_of("manifest.json", b"[", 9), Content::Document);
    }

    #[test]
    fn a_link_leads_to_another_layer_and_never_outside() {
        let resolve = |target: &str| resolve_link("aa/layer.tar", target.as_ref());
        assert_eq!(resolve("../bb/layer.tar").as_deref(), Some("bb/layer.tar"));
        assert_eq!(resolve("../../etc/passwd"), None);
        assert_eq!(resolve("/etc/passwd"), None);
    }
}
