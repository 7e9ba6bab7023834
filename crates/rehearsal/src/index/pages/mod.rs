//! The documents of the index, as pure functions of its content.

mod html;
mod json_api;
mod listing;
mod simple_json;

pub(super) use html::{project_list_html, project_page_html};
pub(super) use json_api::{project_api_json, release_api_json};
pub(super) use listing::Listing;
pub(super) use simple_json::{project_list_json, project_page_json};
