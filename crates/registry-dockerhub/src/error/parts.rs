//! Pieces of the error texts.

use std::{fmt::Display, time::Duration};

use image_ref::Digest;
use transport::RequestedWait;

pub(super) fn accepted(has_credentials: bool) -> &'static str {
    if has_credentials { "does not accept the credentials" } else { "wants credentials" }
}

pub(super) fn in_parentheses(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" ({message})") }
}

pub(super) fn code(code: &Option<String>) -> String {
    code.as_ref().map_or_else(String::new, |code| format!(" {code}"))
}

pub(super) fn wait(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("; it asks to wait {}", RequestedWait(wait)),
        None => "; it does not say for how long".to_owned(),
    }
}

pub(super) fn digest(digest: Option<&Digest>) -> &str {
    digest.map_or("no tag", Digest::as_str)
}

pub(super) fn list<T: Display>(items: &[T]) -> String {
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
