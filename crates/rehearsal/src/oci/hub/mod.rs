//! The parts of Docker Hub's own HTTP API that list, show and delete tags.
//!
//! Paths and fields follow its OpenAPI document and, where that is silent or known to be
//! wrong, the sources of clients that work (`hub-tool`, `dockerhub-description`).

mod immutable;
mod login;
mod page;
mod repositories;
mod route;
mod tag;

use std::collections::BTreeMap;

use http::StatusCode;
use regex::Regex;
use serde_json::json;

pub(super) use route::HubRoute;

use super::access::{Action, Right};
use super::call::{Answer, Call, with_headers};
use super::refusal::Refusal;
use super::service::RegistryService;
use crate::server::Body;
use route::Target;

const LARGEST_DOCUMENT: usize = 256 * 1024;

/// What Docker Hub knows of a repository besides its images.
#[derive(Debug, Clone, Default)]
pub(super) struct HubFacts {
    description: String,
    full_description: String,
    is_private: bool,
    immutable: bool,
    rules: Vec<Regex>,
}

/// The facts of all repositories.
pub(super) type HubBook = BTreeMap<String, HubFacts>;

impl HubFacts {
    pub(super) fn add_rule(&mut self, rule: Regex) {
        self.immutable = true;
        self.rules.push(rule);
    }

    /// Enabled without rules means all tags.
    fn covers(&self, tag: &str) -> bool {
        let fits = self.rules.iter().any(|rule| rule.is_match(tag));
        self.immutable && (self.rules.is_empty() || fits)
    }
}

impl RegistryService {
    pub(super) async fn hub(&self, call: &Call, route: HubRoute, body: &mut Body) -> Answer {
        let limit = self.limits.api_request()?;
        let response = match route {
            HubRoute::Login(form) => self.hub_login(call, form, body).await,
            HubRoute::Repositories(namespace) => {
                self.hub_repositories(call, &namespace, body).await
            }
            HubRoute::In(name, target) => self.hub_inside(call, &name, target, body).await,
        }?;
        Ok(with_headers(response, limit))
    }

    async fn hub_inside(&self, call: &Call, name: &str, target: Target, body: &mut Body) -> Answer {
        match target {
            Target::Repository => self.hub_repository(call, name, body).await,
            Target::Tags => self.hub_tags(call, name),
            Target::Tag(tag) => self.hub_tag(call, name, &tag),
            Target::ImmutableTags => self.hub_set_immutable(call, name, body).await,
            Target::VerifyImmutableTags => self.hub_verify_immutable(call, name, body).await,
        }
    }

    /// Reading hides what one may not see; writing says what is missing.
    fn hub_admit(&self, call: &Call, name: &str, action: Action) -> Result<(), Refusal> {
        let Some(gate) = &self.gate else {
            return Ok(());
        };
        let wanted = Right::repository(name, &[action]);
        match gate.hub_rights(call, &wanted) {
            None => Err(unauthorized("authentication required")),
            Some(granted) if granted == wanted => Ok(()),
            Some(_) if action == Action::Pull => Err(not_found(name)),
            Some(_) => Err(Refusal::document(
                StatusCode::FORBIDDEN,
                json!({"message": "insufficient scope", "detail": "insufficient scope"}),
            )),
        }
    }

    pub(super) fn is_immutable(&self, name: &str, tag: &str) -> bool {
        let book = self.hub_book();
        book.get(name).is_some_and(|facts| facts.covers(tag))
    }
}

fn unauthorized(message: &str) -> Refusal {
    let document = json!({"message": message, "detail": message});
    Refusal::document(StatusCode::UNAUTHORIZED, document)
}

fn not_found(what: &str) -> Refusal {
    let document = json!({"message": "object not found", "errinfo": {"object": what}});
    Refusal::document(StatusCode::NOT_FOUND, document)
}

fn bad_request(text: &str, fields: &serde_json::Value) -> Refusal {
    let document = json!({"text": text, "fields": fields});
    Refusal::document(StatusCode::BAD_REQUEST, document)
}

async fn document(body: &mut Body) -> Result<serde_json::Value, Refusal> {
    let invalid = || bad_request("the body is no JSON", &json!({}));
    let content = body.read(LARGEST_DOCUMENT).await.map_err(|_| invalid())?;
    serde_json::from_slice(&content).map_err(|_| invalid())
}
