//! The simple pages, the JSON API, and the files.

use std::path::PathBuf;

use http::{StatusCode, header};
use serde_json::{Value, json};
use tokio::fs::File;

use super::response::{CacheableDocument, json_not_found_response, not_found_response, redirect};
use crate::fault::Stale;
use crate::index::name::normalized;
use crate::index::pages;
use crate::index::propagation::PageFormat;
use crate::index::store::{IndexStore, core_metadata_path};
use crate::server::{Body, Request, Response, reply};

const SIMPLE_MAX_AGE: u32 = 600;
const JSON_MAX_AGE: u32 = 900;
const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";
const SIMPLE_HTML: &str = "application/vnd.pypi.simple.v1+html";
const HTML: &str = "text/html";

/// `GET /simple/`
pub(super) fn serve_project_list(store: &IndexStore, request: &Request, slash: bool) -> Response {
    if !slash {
        return redirect(StatusCode::MOVED_PERMANENTLY, "/simple/");
    }
    let content_type = negotiate_content_type(store, request);
    let catalogue = &store.content().catalogue;
    let content = match content_type {
        SIMPLE_JSON => pages::project_list_json(catalogue).to_string(),
        _ => pages::project_list_html(catalogue),
    };
    simple_page_response(request, content_type, content, catalogue.serial())
}

/// `GET /simple/<project>/`
pub(super) fn serve_project_page(
    store: &IndexStore,
    request: &Request,
    base_url: &str,
    name: &str,
    slash: bool,
) -> Response {
    let key = normalized(name);
    if name != key || !slash {
        return redirect(StatusCode::MOVED_PERMANENTLY, &format!("/simple/{key}/"));
    }
    let content_type = negotiate_content_type(store, request);
    let format = match content_type {
        SIMPLE_JSON => PageFormat::Json,
        _ => PageFormat::Html,
    };
    let stale = request.extensions().get::<Stale>().is_some();
    let Some(listing) = store.content().served_page(&key, format, stale, &store.clock) else {
        return not_found_response();
    };
    let content = match format {
        PageFormat::Json => pages::project_page_json(&listing, base_url).to_string(),
        PageFormat::Html => pages::project_page_html(&listing, base_url),
    };
    simple_page_response(request, content_type, content, listing.serial)
}

/// `GET /pypi/<project>/json`
pub(super) fn serve_project_json(
    store: &IndexStore,
    request: &Request,
    base_url: &str,
    name: &str,
) -> Response {
    let key = normalized(name);
    if name != key {
        return redirect(StatusCode::MOVED_PERMANENTLY, &format!("/pypi/{key}/json"));
    }
    let content = store.content();
    let document = content
        .catalogue
        .project(&key)
        .and_then(|project| Some((pages::project_api_json(project, base_url)?, project.serial)));
    json_api_response(request, document)
}

/// `GET /pypi/<project>/<version>/json`
pub(super) fn serve_release_json(
    store: &IndexStore,
    request: &Request,
    base_url: &str,
    name: &str,
    version: &str,
) -> Response {
    let key = normalized(name);
    if name != key {
        return redirect(StatusCode::MOVED_PERMANENTLY, &format!("/pypi/{key}/{version}/json"));
    }
    let content = store.content();
    let document = version.parse().ok().and_then(|version| {
        let project = content.catalogue.project(&key)?;
        let (version, release) = project.releases.get_key_value(&version)?;
        let document = pages::release_api_json(project, version, release, base_url);
        Some((document, project.serial))
    });
    json_api_response(request, document)
}

/// `GET /integrity/<project>/<version>/<file>/provenance`
pub(super) fn serve_provenance(store: &IndexStore, name: &str, filename: &str) -> Response {
    let content = store.content();
    let file = content
        .catalogue
        .project(name)
        .and_then(|project| project.files().find(|file| file.filename == filename));
    match file.and_then(|file| file.attestations.as_ref()) {
        Some(attestations) => {
            let bundle = json!({ "publisher": null, "attestations": attestations });
            let body = json!({ "version": 1, "attestation_bundles": [bundle] });
            reply::json(StatusCode::OK, &body)
        }
        None => json_not_found_response(),
    }
}

/// `GET /files/...`: a file, or the core metadata of a wheel if `.metadata` follows its name.
pub(super) async fn serve_file(store: &IndexStore, path: &str) -> Response {
    let Some(stored) = stored_file_path(store, path) else { return not_found_response() };
    let Ok(file) = File::open(&stored).await else { return not_found_response() };
    let Ok(properties) = file.metadata().await else { return not_found_response() };
    let body = Body::from_reader(file, properties.len());
    reply::typed(StatusCode::OK, "application/octet-stream", body)
}

fn stored_file_path(store: &IndexStore, path: &str) -> Option<PathBuf> {
    let content = store.content();
    if let Some(file) = content.catalogue.stored_path(path) {
        return Some(file.clone());
    }
    let wheel = content.catalogue.stored_path(path.strip_suffix(".metadata")?)?;
    Some(core_metadata_path(wheel))
}

fn simple_page_response(
    request: &Request,
    content_type: &'static str,
    content: String,
    serial: u64,
) -> Response {
    CacheableDocument {
        content_type,
        content: content.into_bytes(),
        serial,
        max_age: SIMPLE_MAX_AGE,
        varies_by_accept: true,
    }
    .into_response(request)
}

fn json_api_response(request: &Request, document: Option<(Value, u64)>) -> Response {
    let Some((document, serial)) = document else { return json_not_found_response() };
    CacheableDocument {
        content_type: "application/json",
        content: document.to_string().into_bytes(),
        serial,
        max_age: JSON_MAX_AGE,
        varies_by_accept: false,
    }
    .into_response(request)
}

/// The content type that the client prefers; HTML if it accepts none that PyPI offers, and from a
/// private index.
fn negotiate_content_type(store: &IndexStore, request: &Request) -> &'static str {
    if store.limits.private {
        return HTML;
    }
    let accept: Vec<&str> = request
        .headers()
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    preferred_content_type(&accept)
}

fn preferred_content_type(accept: &[&str]) -> &'static str {
    let mut best = (HTML, 0.0);
    for offer in [HTML, SIMPLE_HTML, SIMPLE_JSON] {
        let quality = accept.iter().map(|range| quality_of(range, offer)).fold(0.0, f32::max);
        if quality > best.1 {
            best = (offer, quality);
        }
    }
    best.0
}

/// The quality that one range of an `Accept` header gives to `offer`, from 0 to 1.
fn quality_of(range: &str, offer: &str) -> f32 {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    let (family, _) = offer.split_once('/').unwrap_or((offer, ""));
    let matches = media == offer || media == "*/*" || media.strip_suffix("/*") == Some(family);
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
    if matches { quality } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_that_prefer_json_get_it_and_all_others_get_html() {
        let pip = [
            "application/vnd.pypi.simple.v1+json",
            " application/vnd.pypi.simple.v1+html; q=0.1",
            " text/html; q=0.01",
        ];
        assert_eq!(preferred_content_type(&pip), SIMPLE_JSON);
        assert_eq!(preferred_content_type(&["application/vnd.pypi.simple.v1+html"]), SIMPLE_HTML);
        for other in [&["*/*"][..], &[], &["image/png"], &["text/*"]] {
            assert_eq!(preferred_content_type(other), HTML);
        }
    }
}
