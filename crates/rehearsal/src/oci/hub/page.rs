//! Lists in pages, as Docker Hub sends them.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::not_found;
use crate::server::reply;

const DEFAULT_SIZE: usize = 10;
const LARGEST_SIZE: usize = 100;

/// One page of `entries`; a page past the end is 404.
pub(super) fn page(call: &Call, entries: Vec<Value>) -> Answer {
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let page = number("page").unwrap_or(1).max(1);
    let size = number("page_size").unwrap_or(DEFAULT_SIZE).clamp(1, LARGEST_SIZE);
    let count = entries.len();
    let start = (page - 1).saturating_mul(size);
    if start >= count && page > 1 {
        return Err(not_found("page"));
    }
    let link = |page: usize| call.url(&format!("{}?page={page}&page_size={size}", call.path));
    let next = (start + size < count).then(|| link(page + 1));
    let previous = (page > 1).then(|| link(page - 1));
    let results: Vec<Value> = entries.into_iter().skip(start).take(size).collect();
    let document = json!({"count": count, "next": next, "previous": previous, "results": results});
    Ok(reply::json(StatusCode::OK, &document))
}
