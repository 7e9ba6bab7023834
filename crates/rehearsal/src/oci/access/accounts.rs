//! The accounts of a registry, and what they may do.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::scope::{Action, Scope};

/// How a registry authenticates clients, and its accounts.
#[derive(Debug, Clone)]
#[must_use]
pub struct Access {
    pub(super) scheme: AuthenticationScheme,
    accounts: Vec<Account>,
    anonymous_pull: bool,
    pub(super) lifetime: Duration,
    pub(super) oauth2: bool,
    pub(super) first_scope_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthenticationScheme {
    Basic,
    Token,
}

/// An account with its rights; the password never appears in debug output.
#[derive(Debug, Clone)]
#[must_use]
pub struct Account {
    pub(super) name: String,
    password: SecretString,
    grants: Vec<(String, BTreeSet<Action>)>,
}

impl Access {
    /// Bearer tokens from a token endpoint on the same address, as Docker Hub uses them.
    ///
    /// Tokens are valid for 300 seconds by default.
    pub fn by_token() -> Self {
        Self {
            scheme: AuthenticationScheme::Token,
            accounts: Vec::new(),
            anonymous_pull: false,
            lifetime: Duration::from_secs(300),
            oauth2: true,
            first_scope_only: false,
        }
    }

    /// Name and password with every request, as `distribution` with an `htpasswd` file.
    pub fn by_password() -> Self {
        Self { scheme: AuthenticationScheme::Basic, ..Self::by_token() }
    }

    /// Adds an account.
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Allows pulling without an account.
    pub fn anonymous_pull(mut self) -> Self {
        self.anonymous_pull = true;
        self
    }

    /// Sets how long tokens are valid; announced in whole seconds.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Responds to the OAuth2 form with 404, so that clients must fall back to `GET`.
    pub fn without_oauth2(mut self) -> Self {
        self.oauth2 = false;
        self
    }

    /// Reads only the first `scope` of a token request, as some servers do.
    pub fn first_scope_only(mut self) -> Self {
        self.first_scope_only = true;
        self
    }

    /// The account with this name and password.
    pub(super) fn authenticate(&self, name: &str, password: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.name == name && account.password.expose_secret() == password)
    }

    pub(super) fn account_named(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// The part of `requested` that an account, or an anonymous client, may use.
    pub(super) fn allowed_part(&self, account: Option<&Account>, requested: &Scope) -> Scope {
        if requested.is_catalog() {
            let actions = account.map(|_| Action::Any).into_iter().collect();
            return requested.limited_to(&actions);
        }
        let mut allowed =
            account.map_or_else(BTreeSet::new, |account| account.actions_in(requested.name()));
        if self.anonymous_pull {
            allowed.insert(Action::Pull);
        }
        requested.limited_to(&allowed)
    }
}

impl Account {
    /// An account without any rights.
    pub fn new(name: impl Into<String>, password: impl Into<String>) -> Self {
        Self { name: name.into(), password: password.into().into(), grants: Vec::new() }
    }

    /// Grants actions in the repositories that match a pattern: a name, a prefix followed by `*`,
    /// or `*` for all repositories.
    pub fn grant(
        mut self,
        pattern: impl Into<String>,
        actions: impl IntoIterator<Item = Action>,
    ) -> Self {
        let actions = actions.into_iter().collect();
        self.grants.push((pattern.into(), actions));
        self
    }

    /// Grants pulling, pushing and deleting in all repositories.
    pub fn grant_all(self) -> Self {
        self.grant("*", [Action::Pull, Action::Push, Action::Delete])
    }

    fn actions_in(&self, repository: &str) -> BTreeSet<Action> {
        let matching =
            self.grants.iter().filter(|(pattern, _)| pattern_matches(pattern, repository));
        matching.flat_map(|(_, actions)| actions).copied().collect()
    }
}

fn pattern_matches(pattern: &str, repository: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => repository.starts_with(prefix),
        None => repository == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        Access::by_token().anonymous_pull().account(
            Account::new("ci", "planted-secret").grant("team/*", [Action::Pull, Action::Push]),
        )
    }

    #[test]
    fn allows_the_requested_actions_that_the_account_has() {
        let access = access();
        let requested = Scope::repository("team/app", &[Action::Push, Action::Delete]);
        let allowed = access.allowed_part(access.account_named("ci"), &requested);
        assert_eq!(allowed.to_string(), "repository:team/app:push");
        let allowed = access.allowed_part(None, &requested);
        assert_eq!(allowed.to_string(), "repository:team/app:");
    }

    #[test]
    fn anonymous_pull_applies_to_accounts_too() {
        let access = access();
        let requested = Scope::repository("other/app", &[Action::Pull, Action::Push]);
        let allowed = access.allowed_part(access.account_named("ci"), &requested);
        assert_eq!(allowed.to_string(), "repository:other/app:pull");
    }

    #[test]
    fn debug_output_has_no_password() {
        assert!(!format!("{:?}", access()).contains("planted-secret"));
    }
}
