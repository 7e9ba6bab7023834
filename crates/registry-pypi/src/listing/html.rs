//! Simple pages as HTML (PEP 503, 592, 629, 714, 792). PyPI keeps this format
//! and adds nothing more to it (PEP 833).

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};
use transport::Url;

use super::{
    CoreMetadataFile, IndexFile, Listing, ListingFormat,
    address::{last_segment, split_fragment},
};
use crate::FileName;

/// Attributes of one tag, with entities resolved.
type Attributes = BTreeMap<String, String>;

/// Parses a page with the address `base`.
///
/// # Errors
/// Why it is not a simple page, as a fragment: a login form or an error page
/// must not pass for a project without files.
pub(super) fn parse_html_page(body: &[u8], base: &Url, project: &str) -> Result<Listing, String> {
    let mut listing = Listing { format: Some(ListingFormat::Html), ..Listing::default() };
    let mut base = base.clone();
    let mut title = Title::default();
    let mut is_simple_page = false;
    for Ok(token) in Tokenizer::new(body) {
        title.push_token(&token);
        let Token::StartTag(tag) = token else { continue };
        let attributes = text_attributes(tag.attributes);
        match tag.name.as_slice() {
            b"base" => set_base(&mut base, &attributes),
            b"meta" => is_simple_page |= apply_meta(&attributes, &mut listing),
            b"a" => listing.files.extend(file_of_anchor(&attributes, &base, project)),
            _ => {}
        }
    }
    let has_files = listing.files.iter().any(|file| file.parsed.is_some());
    if !is_simple_page && !has_files && !title.text.to_lowercase().contains("links for") {
        return Err("the page is not a list of files".to_owned());
    }
    listing.derive_versions(project);
    Ok(listing)
}

/// Collects the text of the title.
#[derive(Default)]
struct Title {
    text: String,
    open: bool,
}

impl Title {
    fn push_token(&mut self, token: &Token) {
        match token {
            Token::StartTag(tag) if tag.name.as_slice() == b"title" => self.open = true,
            Token::EndTag(_) => self.open = false,
            Token::String(text) if self.open => {
                self.text.push_str(&lossy_text(text));
            }
            _ => {}
        }
    }
}

fn text_attributes<K, V>(attributes: BTreeMap<K, V>) -> Attributes
where
    K: std::ops::Deref<Target = Vec<u8>>,
    V: std::ops::Deref,
    V::Target: std::ops::Deref<Target = Vec<u8>>,
{
    attributes.iter().map(|(name, value)| (lossy_text(name), lossy_text(value))).collect()
}

fn lossy_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn set_base(base: &mut Url, attributes: &Attributes) {
    if let Some(url) = attributes.get("href").and_then(|href| base.join(href).ok()) {
        *base = url;
    }
}

/// Applies a meta tag; true when it belongs to the simple interface.
fn apply_meta(attributes: &Attributes, listing: &mut Listing) -> bool {
    let Some(content) = attributes.get("content") else { return false };
    match attributes.get("name").map(String::as_str) {
        Some("pypi:repository-version") => listing.api_version = Some(content.clone()),
        Some("pypi:project-status") => listing.status = Some(content.clone()),
        _ => return false,
    }
    true
}

fn file_of_anchor(attributes: &Attributes, base: &Url, project: &str) -> Option<IndexFile> {
    let (url, sha256) = split_fragment(base.join(attributes.get("href")?.trim()).ok()?);
    let file_name = last_segment(&url)?;
    let core_metadata =
        attributes.get("data-core-metadata").or_else(|| attributes.get("data-dist-info-metadata"));
    let requires_python = attributes.get("data-requires-python");
    Some(IndexFile {
        parsed: FileName::for_project(&file_name, project),
        file_name,
        sha256,
        size: None,
        requires_python: requires_python.filter(|range| !range.is_empty()).cloned(),
        upload_time: None,
        yanked: attributes.get("data-yanked").cloned(),
        core_metadata: core_metadata
            .map_or(CoreMetadataFile::NotServed, |text| parse_core_metadata(text)),
        provenance: attributes.get("data-provenance").and_then(|link| base.join(link).ok()),
        url,
    })
}

fn parse_core_metadata(text: &str) -> CoreMetadataFile {
    match text.strip_prefix("sha256=") {
        Some(sha256) => CoreMetadataFile::Sha256(sha256.to_owned()),
        None if text == "false" => CoreMetadataFile::NotServed,
        None => CoreMetadataFile::Served,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(html: &str) -> Result<Listing, String> {
        parse_html_page(html.as_bytes(), &"https://index.example/simple/x/".parse().unwrap(), "x")
    }

    #[test]
    fn attributes_entities_and_fragments_are_parsed() {
        let listing = parsed(
            "<!DOCTYPE html><html><head><meta name='pypi:repository-version' content=\"1.4\">\
             <title>Links for x</title></head><body><!-- <a href='old-1.tar.gz'>no</a> -->\
             <A HREF=\"/files/x-1.0.tar.gz?a=1&amp;b=2#sha256=ab\" data-requires-python=\"&gt;=3.8\" \
             data-yanked=\"it&#39;s broken\" data-core-metadata='sha256=cd'>x-1.0.tar.gz</A></body>",
        )
        .unwrap();
        let file = &listing.files[0];
        assert_eq!(listing.files.len(), 1);
        assert_eq!(file.url.as_str(), "https://index.example/files/x-1.0.tar.gz?a=1&b=2");
        assert_eq!((file.file_name.as_str(), file.sha256.as_deref()), ("x-1.0.tar.gz", Some("ab")));
        assert_eq!(file.requires_python.as_deref(), Some(">=3.8"));
        assert_eq!(file.yanked.as_deref(), Some("it's broken"));
        assert_eq!(file.core_metadata, CoreMetadataFile::Sha256("cd".into()));
        assert_eq!(
            (listing.versions.as_slice(), listing.api_version.as_deref()),
            (&["1.0".to_owned()][..], Some("1.4"))
        );
    }

    #[test]
    fn a_page_without_files_is_a_listing_and_an_error_page_is_not() {
        assert!(parsed("<title>Links for x</title><h1>Links for x</h1>").unwrap().files.is_empty());
        assert!(parsed("<title>Please log in</title><a href='/login'>log in</a>").is_err());
        assert!(parsed("\u{0}\u{fffd}{[<nonsense").is_err());
    }

    #[test]
    fn relative_links_follow_the_base() {
        let page = "<base href='https://files.example/p/'><a href='x-2.tar.gz'>x</a>";
        assert_eq!(
            parsed(page).unwrap().files[0].url.as_str(),
            "https://files.example/p/x-2.tar.gz"
        );
    }
}
