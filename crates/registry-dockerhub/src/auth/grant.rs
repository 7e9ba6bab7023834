use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::scope::{Right, Scope};

/// What a token says that it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The token or its server tells.
    Stated(Vec<Scope>),
    /// The token cannot be read.
    Unstated,
}

#[derive(Deserialize)]
struct Claims {
    access: Option<Vec<AccessEntry>>,
}

#[derive(Deserialize)]
struct AccessEntry {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    actions: Vec<String>,
}

impl Grant {
    /// Reads the `access` claim of a JWT (distribution, "Token authentication
    /// implementation"). Its signature is for the registry to check: this only
    /// explains refusals beforehand.
    pub(super) fn of_token(token: &str) -> Self {
        let claims = token.split('.').nth(1).and_then(|payload| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
            serde_json::from_slice::<Claims>(&bytes).ok()
        });
        let Some(entries) = claims.and_then(|claims| claims.access) else { return Self::Unstated };
        let repositories = entries.iter().filter(|entry| entry.kind == "repository");
        let scope = |entry: &AccessEntry| {
            Scope::from_actions(&entry.name, entry.actions.iter().map(String::as_str))
        };
        Self::Stated(repositories.map(scope).collect())
    }

    /// Reads the `scope` of an OAuth2 answer, which may be narrower than asked.
    pub(super) fn of_scope(scope: &str) -> Self {
        Self::Stated(scope.split_whitespace().filter_map(Scope::parse).collect())
    }

    /// The first right of `scope` that is not granted; `None` also when nothing is stated.
    pub(crate) fn lacks(&self, scope: &Scope) -> Option<Right> {
        let Self::Stated(granted) = self else { return None };
        let has = |right: &Right| {
            granted.iter().any(|one| one.path == scope.path && one.rights.contains(right))
        };
        scope.rights.iter().find(|right| !has(right)).copied()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A token with this grant that no registry would accept.
    pub(crate) fn unsigned_token(path: &str, actions: &[&str]) -> String {
        let claims = serde_json::json!({
            "access": [{"type": "repository", "name": path, "actions": actions}]
        });
        format!("e30.{}.", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn a_grant_smaller_than_asked_names_the_missing_right() {
        let grant = Grant::of_token(&unsigned_token("a/b", &["pull"]));
        let asked = Scope::new("a/b", [Right::Pull, Right::Push]);
        assert_eq!(grant.lacks(&asked), Some(Right::Push));
        assert_eq!(grant.lacks(&Scope::new("a/b", [Right::Pull])), None);
        assert_eq!(grant.lacks(&Scope::new("a/c", [Right::Pull])), Some(Right::Pull));
    }

    #[test]
    fn an_opaque_token_states_nothing() {
        for token in ["djE6b3BhcXVl", "a.b.c", ""] {
            assert_eq!(Grant::of_token(token), Grant::Unstated, "{token}");
        }
        assert_eq!(Grant::Unstated.lacks(&Scope::new("a", [Right::Delete])), None);
    }

    #[test]
    fn the_scope_of_an_oauth2_answer_is_a_grant() {
        let grant = Grant::of_scope("repository:a/b:pull repository:c:*");
        assert_eq!(grant.lacks(&Scope::new("c", [Right::Delete])), None);
        assert_eq!(grant.lacks(&Scope::new("a/b", [Right::Push])), Some(Right::Push));
    }
}
