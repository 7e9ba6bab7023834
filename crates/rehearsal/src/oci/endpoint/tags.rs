//! `/v2/<name>/tags/list` and `/v2/_catalog`

use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::oci::backend::Backend;
use crate::oci::error::{ErrorCode, ErrorResponse};
use crate::oci::request::{EndpointResult, RegistryRequest, with_headers};
use crate::server::{Response, reply};

/// Lists the tags of a repository.
pub(in crate::oci) fn serve_tags(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
) -> EndpointResult {
    if request.method != Method::GET {
        return Err(ErrorResponse::method_not_allowed("GET"));
    }
    let tags = all_tags(backend, request, name)?;
    let page = if backend.profile().pages_tags() {
        NamePage::requested(request, tags, page_length(backend, request)?)
    } else {
        NamePage { names: tags, next_query: None }
    };
    let tags = match page.names.is_empty() && backend.profile().is_distribution() {
        true => Value::Null,
        false => json!(page.names),
    };
    let document = json!({"name": name, "tags": tags});
    Ok(page.into_response(&format!("/v2/{name}/tags/list"), &document))
}

/// Lists the repositories.
pub(in crate::oci) fn serve_catalog(
    backend: &Backend,
    request: &RegistryRequest,
) -> EndpointResult {
    if request.method != Method::GET {
        return Err(ErrorResponse::method_not_allowed("GET"));
    }
    let names = backend.store().repositories.keys().cloned().collect();
    let length = match page_length(backend, request) {
        Err(_) if backend.profile().is_distribution() => backend.options.max_page_length,
        length => length?,
    };
    let page = NamePage::requested(request, names, length);
    let document = json!({"repositories": page.names});
    Ok(page.into_response("/v2/_catalog", &document))
}

fn all_tags(
    backend: &Backend,
    request: &RegistryRequest,
    name: &str,
) -> Result<Vec<String>, ErrorResponse> {
    let store = backend.store();
    // Docker's registry lists a repository only once it has had a tag.
    let lists_untagged = !backend.profile().is_distribution();
    let repository = store
        .view(name, request.stale)
        .filter(|repository| lists_untagged || repository.was_ever_tagged())
        .ok_or_else(|| ErrorResponse::with_detail(ErrorCode::NameUnknown, json!({"name": name})))?;
    let mut tags: Vec<_> = repository.tags().iter().collect();
    if !backend.profile().pages_tags() {
        // In the order of the file system; clients must not rely on any order.
        tags.sort_by_key(|(_, record)| record.pushed);
    }
    Ok(tags.into_iter().map(|(tag, _)| tag.clone()).collect())
}

fn page_length(backend: &Backend, request: &RegistryRequest) -> Result<usize, ErrorResponse> {
    let maximum = backend.options.max_page_length;
    let Some(text) = request.query_value("n") else { return Ok(maximum) };
    match text.parse::<usize>() {
        Ok(length) => Ok(length.min(maximum)),
        Err(_) => {
            let detail = json!({"n": text});
            Err(ErrorResponse::with_detail(ErrorCode::PaginationNumberInvalid, detail))
        }
    }
}

/// Part of a sorted list, and the query for the next part.
struct NamePage {
    names: Vec<String>,
    next_query: Option<String>,
}

impl NamePage {
    /// The first `length` names after the parameter `last`.
    fn requested(request: &RegistryRequest, mut names: Vec<String>, length: usize) -> Self {
        if let Some(last) = request.query_value("last") {
            names.retain(|name| name.as_str() > last);
        }
        let has_more = names.len() > length;
        names.truncate(length);
        let next_query =
            names.last().filter(|_| has_more).map(|last| next_page_query(length, last));
        Self { names, next_query }
    }

    fn into_response(self, path: &str, document: &Value) -> Response {
        let link =
            self.next_query.map(|query| (header::LINK, format!("<{path}?{query}>; rel=\"next\"")));
        with_headers(reply::json(StatusCode::OK, document), link)
    }
}

fn next_page_query(length: usize, last: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("last", last)
        .append_pair("n", &length.to_string())
        .finish()
}
