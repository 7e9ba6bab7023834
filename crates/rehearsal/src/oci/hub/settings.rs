//! What Docker Hub stores about repositories besides their images.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Value, json};

/// The settings of all repositories by name.
pub(in crate::oci) type HubSettings = BTreeMap<String, RepositorySettings>;

/// The settings of one repository.
#[derive(Debug, Clone, Default)]
pub(in crate::oci) struct RepositorySettings {
    description: String,
    full_description: String,
    is_private: bool,
    immutable: bool,
    rules: Vec<Regex>,
}

impl RepositorySettings {
    /// Makes the tags immutable that match `rule`.
    pub(in crate::oci) fn add_immutability_rule(&mut self, rule: Regex) {
        self.immutable = true;
        self.rules.push(rule);
    }

    pub(super) fn set_immutability(&mut self, immutable: bool, rules: Vec<Regex>) {
        self.immutable = immutable;
        self.rules = rules;
    }

    /// Immutability without rules applies to all tags.
    pub(in crate::oci) fn is_immutable(&self, tag: &str) -> bool {
        let matches = self.rules.iter().any(|rule| rule.is_match(tag));
        self.immutable && (self.rules.is_empty() || matches)
    }

    /// Takes over the fields that a client sent.
    pub(super) fn update(&mut self, document: &Value) {
        if let Some(text) = document["description"].as_str() {
            self.description = text.to_owned();
        }
        if let Some(text) = document["full_description"].as_str() {
            self.full_description = text.to_owned();
        }
        self.is_private = document["is_private"].as_bool().unwrap_or(self.is_private);
    }

    pub(super) fn to_json(&self) -> Value {
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
