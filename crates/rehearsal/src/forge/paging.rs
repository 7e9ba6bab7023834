//! Query parameters, and lists in pages that the `Link` header connects.

use std::collections::HashMap;

use http::{HeaderValue, Uri, header};
use serde_json::Value;
use url::form_urlencoded;

use crate::server::Response;

const DEFAULT_PAGE_SIZE: usize = 30;
const MAX_PAGE_SIZE: usize = 100;

/// The query parameters of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct QueryParameters(HashMap<String, String>);

impl QueryParameters {
    pub(super) fn from_uri(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The value of a parameter, unless it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether `value` passes the optional filter `name`.
    pub(super) fn filter_allows(&self, name: &str, value: &str) -> bool {
        self.value(name).is_none_or(|filter| filter == value)
    }

    /// The same query for another page.
    fn with_page(&self, page: usize) -> String {
        let mut pairs: Vec<(&String, &String)> =
            self.0.iter().filter(|(name, _)| *name != "page").collect();
        pairs.sort();
        let mut serializer = form_urlencoded::Serializer::new(String::new());
        serializer.extend_pairs(pairs).append_pair("page", &page.to_string());
        serializer.finish()
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.value(name)?.parse().ok().filter(|number| *number > 0)
    }
}

/// The requested part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageRequest {
    number: usize,
    size: usize,
}

impl PageRequest {
    pub(super) fn from_query(query: &QueryParameters) -> Self {
        Self {
            number: query.number("page").unwrap_or(1),
            size: query.number("per_page").unwrap_or(DEFAULT_PAGE_SIZE).min(MAX_PAGE_SIZE),
        }
    }

    /// The entries of this page.
    pub(super) fn slice(self, entries: &[Value]) -> Vec<Value> {
        entries.iter().skip((self.number - 1) * self.size).take(self.size).cloned().collect()
    }

    /// Adds the links to the other pages of a list with `total` entries at `address`.
    pub(super) fn add_links(
        self,
        response: &mut Response,
        address: &str,
        query: &QueryParameters,
        total: usize,
    ) {
        let links = self.link_header(address, query, total);
        if let Ok(value) = HeaderValue::from_str(&links)
            && !links.is_empty()
        {
            response.headers_mut().insert(header::LINK, value);
        }
    }

    fn link_header(self, address: &str, query: &QueryParameters, total: usize) -> String {
        let last = total.div_ceil(self.size).max(1);
        let mut relations = Vec::new();
        if self.number > 1 {
            relations.extend([("first", 1), ("prev", self.number - 1)]);
        }
        if self.number < last {
            relations.extend([("next", self.number + 1), ("last", last)]);
        }
        let links = relations.into_iter().map(|(relation, page)| {
            let query = query.with_page(page);
            format!("<{address}?{query}>; rel=\"{relation}\"")
        });
        links.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(uri: &'static str) -> QueryParameters {
        QueryParameters::from_uri(&Uri::from_static(uri))
    }

    #[test]
    fn a_middle_page_links_to_all_others() {
        let query = query("/x?per_page=2&page=2");
        assert_eq!(
            PageRequest::from_query(&query).link_header("http://forge/x", &query, 5),
            "<http://forge/x?per_page=2&page=1>; rel=\"first\", \
             <http://forge/x?per_page=2&page=1>; rel=\"prev\", \
             <http://forge/x?per_page=2&page=3>; rel=\"next\", \
             <http://forge/x?per_page=2&page=3>; rel=\"last\""
        );
    }

    #[test]
    fn the_only_page_links_to_none() {
        let query = query("/x");
        assert_eq!(PageRequest::from_query(&query).link_header("http://forge/x", &query, 30), "");
        assert_eq!(PageRequest::from_query(&query).link_header("http://forge/x", &query, 0), "");
    }

    #[test]
    fn a_page_is_cut_out_of_the_list() {
        let entries: Vec<Value> = (0..5).map(Value::from).collect();
        let page = PageRequest::from_query(&query("/x?per_page=2&page=3"));
        assert_eq!(page.slice(&entries), [Value::from(4)]);
    }
}
