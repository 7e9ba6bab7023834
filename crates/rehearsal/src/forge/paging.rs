//! Lists in pages, linked by the `Link` header.

use std::collections::HashMap;

use http::{HeaderValue, Uri, header};
use serde_json::Value;
use url::form_urlencoded;

use crate::server::Response;

const USUAL: usize = 30;
const MOST: usize = 100;

/// The query of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(HashMap<String, String>);

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// A value unless it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a filter that may be absent lets `value` through.
    pub(crate) fn allows(&self, name: &str, value: &str) -> bool {
        self.get(name).is_none_or(|wanted| wanted == value)
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok().filter(|number| *number > 0)
    }
}

/// Which part of a list was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(crate) fn of(query: &Query) -> Self {
        Self {
            number: query.number("page").unwrap_or(1),
            size: query.number("per_page").unwrap_or(USUAL).min(MOST),
        }
    }

    /// The entries of this page.
    pub(crate) fn cut(self, entries: &[Value]) -> Vec<Value> {
        entries.iter().skip((self.number - 1) * self.size).take(self.size).cloned().collect()
    }

    /// Adds the links to the other pages of a list with `total` entries at `address`.
    pub(crate) fn link(self, response: &mut Response, address: &str, query: &Query, total: usize) {
        let links = self.links(address, query, total);
        if let Ok(value) = HeaderValue::from_str(&links)
            && !links.is_empty()
        {
            response.headers_mut().insert(header::LINK, value);
        }
    }

    fn links(self, address: &str, query: &Query, total: usize) -> String {
        let last = total.div_ceil(self.size).max(1);
        let mut wanted = Vec::new();
        if self.number > 1 {
            wanted.extend([("first", 1), ("prev", self.number - 1)]);
        }
        if self.number < last {
            wanted.extend([("next", self.number + 1), ("last", last)]);
        }
        let link = |(relation, page): (&str, usize)| {
            let query = Self::query(query, page);
            format!("<{address}?{query}>; rel=\"{relation}\"")
        };
        wanted.into_iter().map(link).collect::<Vec<_>>().join(", ")
    }

    fn query(query: &Query, page: usize) -> String {
        let mut parts: Vec<(&String, &String)> =
            query.0.iter().filter(|(name, _)| *name != "page").collect();
        parts.sort();
        let mut serializer = form_urlencoded::Serializer::new(String::new());
        serializer.extend_pairs(parts).append_pair("page", &page.to_string());
        serializer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(uri: &'static str) -> Query {
        Query::of(&Uri::from_static(uri))
    }

    #[test]
    fn a_middle_page_links_to_all_others() {
        let query = query("/x?per_page=2&page=2");
        assert_eq!(
            Page::of(&query).links("http://forge/x", &query, 5),
            "<http://forge/x?per_page=2&page=1>; rel=\"first\", \
             <http://forge/x?per_page=2&page=1>; rel=\"prev\", \
             <http://forge/x?per_page=2&page=3>; rel=\"next\", \
             <http://forge/x?per_page=2&page=3>; rel=\"last\""
        );
    }

    #[test]
    fn the_only_page_links_to_none() {
        let query = query("/x");
        assert_eq!(Page::of(&query).links("http://forge/x", &query, 30), "");
        assert_eq!(Page::of(&query).links("http://forge/x", &query, 0), "");
    }

    #[test]
    fn a_page_is_cut_out_of_the_list() {
        let entries: Vec<Value> = (0..5).map(Value::from).collect();
        let page = Page::of(&query("/x?per_page=2&page=3"));
        assert_eq!(page.cut(&entries), [Value::from(4)]);
    }
}
