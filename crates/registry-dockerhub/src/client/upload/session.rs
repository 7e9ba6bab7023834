use image_ref::Digest;
use transport::{Fetched, HeaderMap, Url};

/// An upload that the registry has opened: where the next part goes, and how
/// much of the blob it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) location: Url,
    pub(super) offset: u64,
}

impl Session {
    /// Reads `Location`, which may be relative, and may change with each answer.
    pub(super) fn opened(answer: &Fetched) -> Option<Self> {
        Some(Self { location: location(answer)?, offset: 0 })
    }

    /// After a chunk up to `sent`: the registry says how much of it it has.
    pub(super) fn advanced(&self, answer: &Fetched, sent: u64) -> Self {
        let offset = received(&answer.headers).unwrap_or(sent);
        Self { location: location(answer).unwrap_or_else(|| self.location.clone()), offset }
    }

    /// Where the last request goes: the location with `digest` added; its own
    /// query is the registry's state and stays.
    pub(super) fn closing(&self, digest: &Digest) -> Url {
        let mut url = self.location.clone();
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        url
    }
}

fn location(answer: &Fetched) -> Option<Url> {
    answer.url.join(answer.header("location")?).ok()
}

/// How many bytes `Range: 0-N` means. distribution writes `0-0` for none.
fn received(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get("range")?.to_str().ok()?;
    let (first, last) = text.trim_start_matches("bytes=").split_once('-')?;
    let last: u64 = last.parse().ok()?;
    (first == "0").then_some(if last == 0 { 0 } else { last + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_tells_how_much_arrived() {
        let range = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("range", text.parse().unwrap());
            received(&headers)
        };
        assert_eq!(range("0-1023"), Some(1024));
        assert_eq!(range("bytes=0-9"), Some(10));
        assert_eq!(range("0-0"), Some(0));
        assert_eq!(range("5-9"), None);
        assert_eq!(range("x"), None);
    }

    #[test]
    fn the_state_in_the_location_is_kept() {
        let location = "http://127.0.0.1/v2/a/blobs/uploads/u?_state=a%2Bb".parse().unwrap();
        let digest = Digest::of(b"x");
        let url = Session { location, offset: 0 }.closing(&digest);
        assert!(url.query().unwrap().starts_with("_state=a%2Bb&digest=sha256%3A"), "{url}");
    }
}
