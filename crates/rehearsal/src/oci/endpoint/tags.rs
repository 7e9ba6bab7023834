//! `/v2/<name>/tags/list` and `/v2/_catalog`

use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::super::call::{Answer, Call, with_headers};
use super::super::refusal::{Code, Refusal};
use super::super::service::RegistryService;
use crate::server::reply;

impl RegistryService {
    pub(in super::super) fn tags(&self, call: &Call, name: &str) -> Answer {
        if call.method != Method::GET {
            return Err(call.wrong_method("GET"));
        }
        let tags = self.all_tags(call, name)?;
        let page = if self.profile().pages_tags() {
            Page::of(call, tags, self.page_length(call)?)
        } else {
            Page::whole(tags)
        };
        let tags = match page.entries.is_empty() && self.profile().is_distribution() {
            true => Value::Null,
            false => json!(page.entries),
        };
        let document = json!({"name": name, "tags": tags});
        Ok(page.respond(&format!("/v2/{name}/tags/list"), &document))
    }

    fn all_tags(&self, call: &Call, name: &str) -> Result<Vec<String>, Refusal> {
        let state = self.state();
        let known = |repository: &_| self.lists_tags_of(repository);
        let repository = state
            .view(name, call.stale)
            .filter(|repository| known(repository))
            .ok_or_else(|| Refusal::detailed(Code::NameUnknown, json!({"name": name})))?;
        let mut tags: Vec<_> = repository.tags().iter().collect();
        if !self.profile().pages_tags() {
            // In the order of the file system; clients must not rely on any.
            tags.sort_by_key(|(_, record)| record.pushed);
        }
        Ok(tags.into_iter().map(|(tag, _)| tag.clone()).collect())
    }

    /// Docker's registry knows a repository only once it had a tag.
    fn lists_tags_of(&self, repository: &super::super::state::Repository) -> bool {
        repository.was_ever_tagged() || !self.profile().is_distribution()
    }

    pub(in super::super) fn catalog(&self, call: &Call) -> Answer {
        if call.method != Method::GET {
            return Err(call.wrong_method("GET"));
        }
        let names = self.state().repositories.keys().cloned().collect();
        let length = match self.page_length(call) {
            Err(_) if self.profile().is_distribution() => self.options.longest_page,
            length => length?,
        };
        let page = Page::of(call, names, length);
        let document = json!({"repositories": page.entries});
        Ok(page.respond("/v2/_catalog", &document))
    }

    fn page_length(&self, call: &Call) -> Result<usize, Refusal> {
        let longest = self.options.longest_page;
        let Some(text) = call.query("n") else { return Ok(longest) };
        let refuse = |_| Refusal::detailed(Code::PaginationNumberInvalid, json!({"n": text}));
        text.parse::<usize>().map_err(refuse).map(|wanted| wanted.min(longest))
    }
}

/// Part of a sorted list, and where the rest begins.
struct Page {
    entries: Vec<String>,
    next: Option<String>,
}

impl Page {
    fn whole(entries: Vec<String>) -> Self {
        Self { entries, next: None }
    }

    fn of(call: &Call, mut entries: Vec<String>, length: usize) -> Self {
        if let Some(last) = call.query("last") {
            entries.retain(|entry| entry.as_str() > last);
        }
        let more = entries.len() > length;
        entries.truncate(length);
        let next = entries.last().filter(|_| more).map(|last| next_query(length, last));
        Self { entries, next }
    }

    fn respond(&self, path: &str, document: &Value) -> crate::Response {
        let link = |query: &String| (header::LINK, format!("<{path}?{query}>; rel=\"next\""));
        let response = reply::json(StatusCode::OK, document);
        with_headers(response, self.next.as_ref().map(link))
    }
}

fn next_query(length: usize, last: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("last", last)
        .append_pair("n", &length.to_string())
        .finish()
}
