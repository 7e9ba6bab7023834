use percent_encoding::percent_decode_str;
use transport::Url;

/// The address without its fragment, and the SHA-256 in the fragment.
pub(super) fn split_fragment(mut url: Url) -> (Url, Option<String>) {
    let sha256 = url.fragment().and_then(|text| text.strip_prefix("sha256=")).map(str::to_owned);
    url.set_fragment(None);
    (url, sha256.map(|hash| hash.to_ascii_lowercase()))
}

/// The file name at the end of an address, percent-decoded.
pub(super) fn last_segment(url: &Url) -> Option<String> {
    let segment = url.path_segments()?.next_back().filter(|segment| !segment.is_empty())?;
    Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
}
