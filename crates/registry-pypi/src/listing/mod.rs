//! Reading what an index lists.

mod html;
mod json;
mod model;
mod release_document;

use percent_encoding::percent_decode_str;

pub use model::{CoreMetadataFile, IndexFile, Listing, ListingFormat};
pub use release_document::{RecordedFile, Release};
use transport::{Fetched, HttpError, Url};

/// Which form of simple page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// JSON if the index has it, else HTML.
    Any,
    /// JSON.
    Json,
    /// HTML.
    Html,
}

impl Wanted {
    /// Value of the `Accept` header (PEP 691, "Version + Format Selection").
    pub(crate) fn accept(self) -> &'static str {
        match self {
            Self::Any => {
                "application/vnd.pypi.simple.v1+json, \
                 application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
            }
            Self::Json => "application/vnd.pypi.simple.v1+json",
            Self::Html => "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1",
        }
    }
}

/// Reads a simple page in the form in which it came.
///
/// # Errors
/// [`HttpError::Garbage`] when it is no simple page.
pub(crate) fn parse_page(page: &Fetched, project: &str) -> Result<Listing, HttpError> {
    let content_type = page.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let parsed = match media_type {
        json::CONTENT_TYPE | "application/vnd.pypi.simple.latest+json" | "application/json" => {
            json::parse(&page.body, &page.url, project)
        }
        _ => html::parse(&page.body, &page.url, project),
    };
    let mut listing = parsed.map_err(|reason| page.garbage(reason))?;
    let header = page.header("x-pypi-last-serial").and_then(|serial| serial.parse().ok());
    listing.serial = listing.serial.or(header);
    Ok(listing)
}

/// Reads the JSON API's document of a release.
///
/// # Errors
/// [`HttpError::Garbage`] when it is none.
pub(crate) fn parse_release(page: &Fetched) -> Result<Release, HttpError> {
    release_document::parse(&page.body).map_err(|reason| page.garbage(reason))
}

/// The address without its fragment, and the SHA-256 that the fragment named.
fn split_fragment(mut url: Url) -> (Url, Option<String>) {
    let sha256 = url.fragment().and_then(|text| text.strip_prefix("sha256=")).map(str::to_owned);
    url.set_fragment(None);
    (url, sha256.map(|hash| hash.to_ascii_lowercase()))
}

/// The file name at the end of an address, percent-decoded.
fn last_segment(url: &Url) -> Option<String> {
    let segment = url.path_segments()?.next_back().filter(|segment| !segment.is_empty())?;
    Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
}
