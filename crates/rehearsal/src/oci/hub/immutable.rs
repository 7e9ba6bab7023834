//! Which tags may neither be moved nor deleted.

use http::{Method, StatusCode};
use regex::Regex;
use serde_json::{Value, json};

use super::super::access::Action;
use super::super::call::{Answer, Call};
use super::super::refusal::Refusal;
use super::super::service::RegistryService;
use super::{bad_request, document, not_found};
use crate::server::{Body, reply};

impl RegistryService {
    pub(super) async fn hub_set_immutable(
        &self,
        call: &Call,
        name: &str,
        body: &mut Body,
    ) -> Answer {
        if call.method != Method::PATCH {
            return Err(call.wrong_method("PATCH"));
        }
        self.hub_admit(call, name, Action::Delete)?;
        let document = document(body).await?;
        let rules = rules(&document["immutable_tags_rules"])?;
        let mut book = self.hub_book();
        let facts = book.entry(name.to_owned()).or_default();
        facts.immutable = document["immutable_tags"].as_bool().unwrap_or(false);
        facts.rules = rules;
        drop(book);
        let description = self.hub_describe(name).ok_or_else(|| not_found(name))?;
        Ok(reply::json(StatusCode::OK, &description))
    }

    pub(super) async fn hub_verify_immutable(
        &self,
        call: &Call,
        name: &str,
        body: &mut Body,
    ) -> Answer {
        if call.method != Method::POST {
            return Err(call.wrong_method("POST"));
        }
        self.hub_admit(call, name, Action::Delete)?;
        let document = document(body).await?;
        let rule = rule(&document["regex"])?;
        let state = self.state();
        let repository = state.repositories.get(name).ok_or_else(|| not_found(name))?;
        let tags = repository.tags().keys();
        let covered: Vec<_> = tags.filter(|tag| rule.is_match(tag)).collect();
        Ok(reply::json(StatusCode::OK, &json!({"tags": covered})))
    }
}

fn rules(value: &Value) -> Result<Vec<Regex>, Refusal> {
    value.as_array().into_iter().flatten().map(rule).collect()
}

fn rule(value: &Value) -> Result<Regex, Refusal> {
    let invalid = || bad_request("invalid rule", &json!({"regex": ["Invalid value."]}));
    Regex::new(value.as_str().ok_or_else(invalid)?).map_err(|_| invalid())
}
