//! Repositories as Docker Hub shows them.

use std::sync::{MutexGuard, PoisonError};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::access::Action;
use super::super::call::{Answer, Call, bare};
use super::super::name::is_repository_name;
use super::super::service::RegistryService;
use super::super::state::Repository;
use super::tag::time;
use super::{HubBook, HubFacts, bad_request, document, not_found, page};
use crate::server::{Body, reply};

impl RegistryService {
    pub(super) fn hub_book(&self) -> MutexGuard<'_, HubBook> {
        self.hub_book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn hub_repositories(
        &self,
        call: &Call,
        namespace: &str,
        body: &mut Body,
    ) -> Answer {
        match call.method {
            Method::GET => self.hub_list_repositories(call, namespace),
            Method::POST => self.hub_create_repository(call, namespace, body).await,
            _ => Err(call.wrong_method("GET, POST")),
        }
    }

    fn hub_list_repositories(&self, call: &Call, namespace: &str) -> Answer {
        let prefix = format!("{namespace}/");
        let part = call.query("name").unwrap_or_default();
        let names: Vec<String> = self.state().repositories.keys().cloned().collect();
        let shown = names.into_iter().filter(|name| {
            let inside = name.strip_prefix(&prefix);
            inside.is_some_and(|it| it.contains(part))
                && self.hub_admit(call, name, Action::Pull).is_ok()
        });
        let entries = shown.filter_map(|name| self.hub_describe(&name));
        page::page(call, entries.collect())
    }

    async fn hub_create_repository(&self, call: &Call, namespace: &str, body: &mut Body) -> Answer {
        let document = document(body).await?;
        let name = format!("{namespace}/{}", document["name"].as_str().unwrap_or_default());
        if !is_repository_name(&name) {
            return Err(bad_request("invalid name", &json!({"name": ["Invalid value."]})));
        }
        self.hub_admit(call, &name, Action::Push)?;
        self.state().repository(&name);
        self.hub_book().entry(name.clone()).or_default().update(&document);
        let description = self.hub_describe(&name);
        Ok(reply::json(StatusCode::CREATED, &description))
    }

    pub(super) async fn hub_repository(&self, call: &Call, name: &str, body: &mut Body) -> Answer {
        let needed = match call.method {
            Method::GET | Method::HEAD => Action::Pull,
            _ => Action::Delete,
        };
        self.hub_admit(call, name, needed)?;
        let description = self.hub_describe(name).ok_or_else(|| not_found(name))?;
        match call.method {
            Method::GET | Method::HEAD => Ok(reply::json(StatusCode::OK, &description)),
            Method::PATCH => {
                let document = document(body).await?;
                self.hub_book().entry(name.to_owned()).or_default().update(&document);
                Ok(reply::json(StatusCode::OK, &self.hub_describe(name)))
            }
            Method::DELETE => {
                self.state().repositories.remove(name);
                self.hub_book().remove(name);
                Ok(bare(StatusCode::ACCEPTED, []))
            }
            _ => Err(call.wrong_method("DELETE, GET, HEAD, PATCH")),
        }
    }

    pub(super) fn hub_describe(&self, name: &str) -> Option<Value> {
        let state = self.state();
        let repository = state.repositories.get(name)?;
        let (namespace, short) = name.split_once('/')?;
        let book = self.hub_book();
        let facts = book.get(name).cloned().unwrap_or_default();
        let mut document = facts.describe();
        document["namespace"] = namespace.into();
        document["user"] = namespace.into();
        document["name"] = short.into();
        document["pull_count"] = repository.pulls.into();
        document["last_updated"] = last_updated(repository);
        Some(document)
    }
}

fn last_updated(repository: &Repository) -> Value {
    let times = repository.tags().values().map(|record| record.pushed);
    times.max().map_or(Value::Null, |last| time(last).into())
}

impl HubFacts {
    fn update(&mut self, document: &Value) {
        let text = |key: &str| document[key].as_str().map(str::to_owned);
        self.description = text("description").unwrap_or_else(|| self.description.clone());
        self.full_description =
            text("full_description").unwrap_or_else(|| self.full_description.clone());
        self.is_private = document["is_private"].as_bool().unwrap_or(self.is_private);
    }

    fn describe(&self) -> Value {
        let rules: Vec<_> = self.rules.iter().map(|rule| rule.as_str()).collect();
        json!({
            "repository_type": "image",
            "status": 1,
            "status_description": "active",
            "description": self.description,
            "full_description": self.full_description,
            "is_private": self.is_private,
            "star_count": 0,
            "immutable_tags_settings": {"enabled": self.immutable, "rules": rules},
        })
    }
}
