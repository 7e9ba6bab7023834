//! `/v2/<name>/blobs/<digest>`

use http::{HeaderName, Method, StatusCode, header};

use super::super::call::{Answer, CONTENT_DIGEST, Call, bare, with_headers};
use super::super::content::Content;
use super::super::digest::Digest;
use super::super::refusal::{Code, Refusal};
use super::super::service::RegistryService;
use crate::server::{Body, reply};

impl RegistryService {
    pub(in super::super) async fn blob(&self, call: &Call, name: &str, digest: &Digest) -> Answer {
        match call.method {
            Method::GET | Method::HEAD => self.get_blob(call, name, digest).await,
            Method::DELETE => self.delete_blob(name, digest),
            _ => Err(call.wrong_method("DELETE, GET, HEAD")),
        }
    }

    async fn get_blob(&self, call: &Call, name: &str, digest: &Digest) -> Answer {
        let unknown = || Refusal::detailed(Code::BlobUnknown, digest.as_str());
        let content = self.blob_content(name, digest).ok_or_else(unknown)?;
        if is_known_to_client(call, digest) {
            return Ok(bare(StatusCode::NOT_MODIFIED, identity(digest)));
        }
        let whole = content.length();
        let range = call.header(header::RANGE).map(|text| range(text, whole));
        let (status, start, length) = match range {
            None => (StatusCode::OK, 0, whole),
            Some(Some((start, length))) => (StatusCode::PARTIAL_CONTENT, start, length),
            Some(None) => return Err(not_satisfiable(whole, digest)),
        };
        let body = if call.method == Method::HEAD {
            Body::empty()
        } else {
            let unreadable = |_| Refusal::new(Code::Unknown);
            content.body(start, length).await.map_err(unreadable)?
        };
        let mut response = with_headers(reply::with_body(status, body), identity(digest));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length.into());
        if status == StatusCode::PARTIAL_CONTENT {
            let part = format!("bytes {start}-{}/{whole}", start + length - 1);
            return Ok(with_headers(response, [(header::CONTENT_RANGE, part)]));
        }
        Ok(response)
    }

    fn delete_blob(&self, name: &str, digest: &Digest) -> Answer {
        if !self.options.deletion {
            return Err(Refusal::new(Code::Unsupported));
        }
        let mut state = self.state();
        let repository = state.repositories.get_mut(name);
        if repository.is_some_and(|repository| repository.blobs.remove(digest)) {
            Ok(bare(StatusCode::ACCEPTED, []))
        } else {
            Err(Refusal::new(Code::BlobUnknown))
        }
    }

    pub(in super::super) fn blob_content(&self, name: &str, digest: &Digest) -> Option<Content> {
        let state = self.state();
        let repository = state.repositories.get(name)?;
        if !repository.blobs.contains(digest) {
            return None;
        }
        state.blobs.get(digest).cloned()
    }
}

/// Whether `If-None-Match` names the digest, with or without quotes.
pub(super) fn is_known_to_client(call: &Call, digest: &Digest) -> bool {
    call.header(header::IF_NONE_MATCH)
        .is_some_and(|known| known.trim_matches('"') == digest.as_str())
}

fn identity(digest: &Digest) -> [(HeaderName, String); 5] {
    [
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "max-age=31536000".to_owned()),
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::ETAG, format!("\"{digest}\"")),
        (CONTENT_DIGEST, digest.to_string()),
    ]
}

fn not_satisfiable(whole: u64, digest: &Digest) -> Refusal {
    Refusal::text(StatusCode::RANGE_NOT_SATISFIABLE, "invalid range\n")
        .with_header(header::CONTENT_RANGE, &format!("bytes */{whole}"))
        .with_header(CONTENT_DIGEST, digest.as_str())
}

/// Start and length of a single range; `None` when it lies outside or is no range.
fn range(text: &str, whole: u64) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = if first.is_empty() {
        let wanted: u64 = last.parse().ok()?;
        (whole.saturating_sub(wanted), whole)
    } else if last.is_empty() {
        (first.parse().ok()?, whole)
    } else {
        let last: u64 = last.parse().ok()?;
        (first.parse().ok()?, last.saturating_add(1).min(whole))
    };
    (start < end).then(|| (start, end - start))
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn reads_ranges_from_the_start_and_from_the_end() {
        assert_eq!(range("bytes=2-4", 11), Some((2, 3)));
        assert_eq!(range("bytes=6-", 11), Some((6, 5)));
        assert_eq!(range("bytes=-3", 11), Some((8, 3)));
        assert_eq!(range("bytes=-30", 11), Some((0, 11)));
        assert_eq!(range("bytes=5-500", 11), Some((5, 6)));
    }

    #[test]
    fn refuses_ranges_outside_the_content() {
        for text in ["bytes=50-60", "bytes=4-2", "bytes=11-", "bytes=-0", "x", "bytes=a-b"] {
            assert_eq!(range(text, 11), None, "{text}");
        }
    }
}
