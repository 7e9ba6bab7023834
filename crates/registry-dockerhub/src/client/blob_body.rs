use oci_image::BlobContent;
use transport::{Body, FilePart};

/// A part of a blob as a request's body.
pub(super) fn blob_body(content: &BlobContent, start: u64, length: u64) -> Body {
    match content {
        BlobContent::File(range) => {
            let (path, offset) = (range.path.clone(), range.offset + start);
            Body::File(FilePart { path, offset, length })
        }
        BlobContent::Bytes(bytes) => {
            let [start, end] = [start, start + length]
                .map(|position| usize::try_from(position).unwrap_or(bytes.len()));
            Body::Bytes(bytes.slice(start..end))
        }
    }
}
