//! `/v2/<name>/blobs/<digest>`

use http::{HeaderName, Method, StatusCode, header};

use crate::oci::backend::Backend;
use crate::oci::digest::Digest;
use crate::oci::error::{ErrorCode, ErrorResponse};
use crate::oci::request::{
    CONTENT_DIGEST, EndpointResult, RegistryRequest, empty_with_headers, with_headers,
};
use crate::server::{Body, reply};

/// Reads or deletes a blob.
pub(in crate::oci) async fn serve_blob(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    digest: &Digest,
) -> EndpointResult {
    match request.method {
        Method::GET | Method::HEAD => get_blob(backend, request, name, digest).await,
        Method::DELETE => delete_blob(backend, name, digest),
        _ => Err(ErrorResponse::method_not_allowed("DELETE, GET, HEAD")),
    }
}

async fn get_blob(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
    digest: &Digest,
) -> EndpointResult {
    let content = backend
        .blob_content(name, digest)
        .ok_or_else(|| ErrorResponse::with_detail(ErrorCode::BlobUnknown, digest.as_str()))?;
    if request.client_has(digest) {
        return Ok(empty_with_headers(StatusCode::NOT_MODIFIED, blob_headers(digest)));
    }
    let total = content.length();
    let (status, start, length) = match request.header(header::RANGE) {
        None => (StatusCode::OK, 0, total),
        Some(range) => {
            let range = parse_range(range, total);
            let (start, length) = range.ok_or_else(|| range_not_satisfiable(total, digest))?;
            (StatusCode::PARTIAL_CONTENT, start, length)
        }
    };
    let body = if request.method == Method::HEAD {
        Body::empty()
    } else {
        let body = content.range(start, length).await;
        body.map_err(|_| ErrorResponse::new(ErrorCode::Unknown))?
    };
    let mut response = with_headers(reply::with_body(status, body), blob_headers(digest));
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {start}-{}/{total}", start + length - 1);
        return Ok(with_headers(response, [(header::CONTENT_RANGE, range)]));
    }
    Ok(response)
}

fn delete_blob(backend: &Backend, name: &str, digest: &Digest) -> EndpointResult {
    if !backend.options.allow_deletion {
        return Err(ErrorResponse::new(ErrorCode::Unsupported));
    }
    let mut store = backend.store();
    let repository = store.repositories.get_mut(name);
    if repository.is_some_and(|repository| repository.blobs.remove(digest)) {
        Ok(empty_with_headers(StatusCode::ACCEPTED, []))
    } else {
        Err(ErrorResponse::new(ErrorCode::BlobUnknown))
    }
}

fn blob_headers(digest: &Digest) -> [(HeaderName, String); 5] {
    [
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "max-age=31536000".to_owned()),
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::ETAG, format!("\"{digest}\"")),
        (CONTENT_DIGEST, digest.to_string()),
    ]
}

fn range_not_satisfiable(total: u64, digest: &Digest) -> ErrorResponse {
    ErrorResponse::plain_text(StatusCode::RANGE_NOT_SATISFIABLE, "invalid range\n")
        .with_header(header::CONTENT_RANGE, &format!("bytes */{total}"))
        .with_header(CONTENT_DIGEST, digest.as_str())
}

/// Start and length of a single range; `None` if it is malformed or outside the content.
fn parse_range(text: &str, total: u64) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = if first.is_empty() {
        let length: u64 = last.parse().ok()?;
        (total.saturating_sub(length), total)
    } else if last.is_empty() {
        (first.parse().ok()?, total)
    } else {
        let last: u64 = last.parse().ok()?;
        (first.parse().ok()?, last.saturating_add(1).min(total))
    };
    (start < end).then(|| (start, end - start))
}

#[cfg(test)]
mod tests {
    use super::parse_range;

    #[test]
    fn reads_ranges_from_the_start_and_from_the_end() {
        assert_eq!(parse_range("bytes=2-4", 11), Some((2, 3)));
        assert_eq!(parse_range("bytes=6-", 11), Some((6, 5)));
        assert_eq!(parse_range("bytes=-3", 11), Some((8, 3)));
        assert_eq!(parse_range("bytes=-30", 11), Some((0, 11)));
        assert_eq!(parse_range("bytes=5-500", 11), Some((5, 6)));
    }

    #[test]
    fn refuses_ranges_outside_the_content() {
        for text in ["bytes=50-60", "bytes=4-2", "bytes=11-", "bytes=-0", "x", "bytes=a-b"] {
            assert_eq!(parse_range(text, 11), None, "{text}");
        }
    }
}
