use transport::{Fetched, HttpError};

use super::{Listing, Release, html, json, release_document};

/// The format in which a simple page is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageFormat {
    /// JSON if the index has it, else HTML.
    Any,
    /// JSON.
    Json,
    /// HTML.
    Html,
}

impl PageFormat {
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

/// Parses a simple page by its content type.
///
/// # Errors
/// [`HttpError::Garbage`] when it is not a simple page.
pub(crate) fn parse_page(page: &Fetched, project: &str) -> Result<Listing, HttpError> {
    let content_type = page.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let parsed = match media_type {
        json::CONTENT_TYPE | "application/vnd.pypi.simple.latest+json" | "application/json" => {
            json::parse_json_page(&page.body, &page.url, project)
        }
        _ => html::parse_html_page(&page.body, &page.url, project),
    };
    let mut listing = parsed.map_err(|reason| page.garbage(reason))?;
    let header = page.header("x-pypi-last-serial").and_then(|serial| serial.parse().ok());
    listing.serial = listing.serial.or(header);
    listing.url = Some(page.url.clone());
    Ok(listing)
}

/// Parses a release document of the JSON API.
///
/// # Errors
/// [`HttpError::Garbage`] when it is not such a document.
pub(crate) fn parse_release(document: &Fetched) -> Result<Release, HttpError> {
    release_document::parse_release_document(&document.body)
        .map_err(|reason| document.garbage(reason))
}
