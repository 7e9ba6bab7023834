//! The simple pages and the JSON API.

use http::{StatusCode, header};
use serde_json::{Value, json};

use super::answer::{Document, json_not_found, moved};
use super::{IndexService, Request, Response, reply};
use crate::fault::Stale;
use crate::index::name::normalized;
use crate::index::pages;
use crate::index::propagation::Representation;

const SIMPLE_MAX_AGE: u32 = 600;
const JSON_MAX_AGE: u32 = 900;
const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";
const SIMPLE_HTML: &str = "application/vnd.pypi.simple.v1+html";
const HTML: &str = "text/html";

impl IndexService {
    /// `GET /simple/`
    pub(super) fn simple_index(&self, request: &Request, slash: bool) -> Response {
        if !slash {
            return moved(StatusCode::MOVED_PERMANENTLY, "/simple/");
        }
        let content_type = negotiated(request);
        let catalogue = &self.store.shelf().catalogue;
        let content = match content_type {
            SIMPLE_JSON => pages::index_json(catalogue).to_string(),
            _ => pages::index_html(catalogue),
        };
        simple_document(content_type, content, catalogue.serial).answer(request)
    }

    /// `GET /simple/<project>/`
    pub(super) fn simple_project(&self, request: &Request, name: &str, slash: bool) -> Response {
        let key = normalized(name);
        if name != key || !slash {
            return moved(StatusCode::MOVED_PERMANENTLY, &format!("/simple/{key}/"));
        }
        let content_type = negotiated(request);
        let representation = match content_type {
            SIMPLE_JSON => Representation::Json,
            _ => Representation::Html,
        };
        let stale = request.extensions().get::<Stale>().is_some();
        let clock = &self.store.clock;
        let page = self.store.shelf().served_listing(&key, representation, stale, clock);
        let Some(listing) = page else {
            return reply::text(StatusCode::NOT_FOUND, "404 Not Found");
        };
        let base_url = self.base_url(request);
        let content = match representation {
            Representation::Json => pages::project_json(&listing, &base_url).to_string(),
            Representation::Html => pages::project_html(&listing, &base_url),
        };
        simple_document(content_type, content, listing.serial).answer(request)
    }

    /// `GET /pypi/<project>/json`
    pub(super) fn project_json(&self, request: &Request, name: &str) -> Response {
        let key = normalized(name);
        if name != key {
            return moved(StatusCode::MOVED_PERMANENTLY, &format!("/pypi/{key}/json"));
        }
        let base_url = self.base_url(request);
        let shelf = self.store.shelf();
        let project = shelf.project(&key);
        let document = project.and_then(|project| {
            Some((pages::project_document(project, &base_url)?, project.serial))
        });
        json_document(document, request)
    }

    /// `GET /pypi/<project>/<version>/json`
    pub(super) fn release_json(&self, request: &Request, name: &str, version: &str) -> Response {
        let key = normalized(name);
        if name != key {
            return moved(StatusCode::MOVED_PERMANENTLY, &format!("/pypi/{key}/{version}/json"));
        }
        let base_url = self.base_url(request);
        let shelf = self.store.shelf();
        let found = version.parse().ok().and_then(|version| {
            let project = shelf.project(&key)?;
            let (version, release) = project.releases.get_key_value(&version)?;
            let document = pages::release_document(project, version, release, &base_url);
            Some((document, project.serial))
        });
        json_document(found, request)
    }

    /// `GET /integrity/<project>/<version>/<file>/provenance`
    pub(super) fn provenance(&self, name: &str, filename: &str) -> Response {
        let shelf = self.store.shelf();
        let found = shelf.project(name).and_then(|project| {
            let files = project.releases.values().flat_map(|release| &release.files);
            files.into_iter().find(|file| file.filename == filename)?.attestations.clone()
        });
        match found {
            Some(attestations) => {
                let bundle = json!({ "publisher": null, "attestations": attestations });
                let body = json!({ "version": 1, "attestation_bundles": [bundle] });
                reply::json(StatusCode::OK, &body)
            }
            None => json_not_found(),
        }
    }
}

fn simple_document(content_type: &'static str, content: String, serial: u64) -> Document {
    let content = content.into_bytes();
    Document { content_type, content, serial, max_age: SIMPLE_MAX_AGE, varies: true }
}

fn json_document(found: Option<(Value, u64)>, request: &Request) -> Response {
    let Some((document, serial)) = found else { return json_not_found() };
    Document {
        content_type: "application/json",
        content: document.to_string().into_bytes(),
        serial,
        max_age: JSON_MAX_AGE,
        varies: false,
    }
    .answer(request)
}

/// The representation that the client prefers; HTML when it names none that PyPI has.
fn negotiated(request: &Request) -> &'static str {
    let accept: Vec<&str> = request
        .headers()
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    preferred(&accept)
}

fn preferred(accept: &[&str]) -> &'static str {
    let mut best = (HTML, 0.0);
    for offer in [HTML, SIMPLE_HTML, SIMPLE_JSON] {
        let quality = accept.iter().map(|range| quality_of(range, offer)).fold(0.0, f32::max);
        if quality > best.1 {
            best = (offer, quality);
        }
    }
    best.0
}

/// How much one range of an `Accept` header wants `offer`, from 0 to 1.
fn quality_of(range: &str, offer: &str) -> f32 {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    let (family, _) = offer.split_once('/').unwrap_or((offer, ""));
    let fits = media == offer || media == "*/*" || media.strip_suffix("/*") == Some(family);
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
    if fits { quality } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_to_those_who_prefer_it_and_html_to_the_rest() {
        let pip = [
            "application/vnd.pypi.simple.v1+json",
            " application/vnd.pypi.simple.v1+html; q=0.1",
            " text/html; q=0.01",
        ];
        assert_eq!(preferred(&pip), SIMPLE_JSON);
        assert_eq!(preferred(&["application/vnd.pypi.simple.v1+html"]), SIMPLE_HTML);
        for other in [&["*/*"][..], &[], &["image/png"], &["text/*"]] {
            assert_eq!(preferred(other), HTML);
        }
    }
}
