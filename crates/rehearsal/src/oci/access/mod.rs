//! Who may do what, and how clients prove who they are.

mod credentials;
mod gate;
mod right;
mod token;

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub(super) use gate::Gate;
pub use right::Action;
pub(super) use right::Right;

/// How a registry asks for credentials, and the accounts it knows.
#[derive(Debug, Clone)]
#[must_use]
pub struct Access {
    scheme: Scheme,
    accounts: Vec<Account>,
    anonymous_pull: bool,
    lifetime: Duration,
    oauth2: bool,
    first_scope_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Basic,
    Token,
}

/// An account with its rights; the password is never shown.
#[derive(Debug, Clone)]
#[must_use]
pub struct Account {
    name: String,
    password: SecretString,
    grants: Vec<(String, BTreeSet<Action>)>,
}

impl Access {
    /// Bearer tokens from a token endpoint on the same address, as Docker Hub uses them.
    ///
    /// They live for 300 seconds unless told otherwise.
    pub fn by_token() -> Self {
        Self {
            scheme: Scheme::Token,
            accounts: Vec::new(),
            anonymous_pull: false,
            lifetime: Duration::from_secs(300),
            oauth2: true,
            first_scope_only: false,
        }
    }

    /// Name and password with every request, as `distribution` with an `htpasswd` file.
    pub fn by_password() -> Self {
        Self { scheme: Scheme::Basic, ..Self::by_token() }
    }

    /// Adds an account.
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Lets everybody pull.
    pub fn anonymous_pull(mut self) -> Self {
        self.anonymous_pull = true;
        self
    }

    /// How long tokens live; announced in whole seconds.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Answers the OAuth2 form with 404, so that clients must fall back to `GET`.
    pub fn without_oauth2(mut self) -> Self {
        self.oauth2 = false;
        self
    }

    /// Reads only the first `scope` of a token request, as some servers do.
    pub fn first_scope_only(mut self) -> Self {
        self.first_scope_only = true;
        self
    }

    fn find(&self, name: &str, password: &str) -> Option<&Account> {
        let fits = |account: &&Account| {
            account.name == name && account.password.expose_secret() == password
        };
        self.accounts.iter().find(fits)
    }

    fn named(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// What of `wanted` an account, or nobody in particular, may do.
    fn granted(&self, account: Option<&Account>, wanted: &Right) -> Right {
        if wanted.is_catalog() {
            let everything = BTreeSet::from([Action::Any]);
            return wanted.limited_to(&account.map_or_else(BTreeSet::new, |_| everything));
        }
        let mut allowed = account.map_or_else(BTreeSet::new, |it| it.actions(wanted.name()));
        if self.anonymous_pull {
            allowed.insert(Action::Pull);
        }
        wanted.limited_to(&allowed)
    }
}

impl Account {
    /// An account that may do nothing yet.
    pub fn new(name: impl Into<String>, password: impl Into<String>) -> Self {
        Self { name: name.into(), password: password.into().into(), grants: Vec::new() }
    }

    /// Grants actions in the repositories that fit a pattern: a name, a beginning followed by
    /// `*`, or `*` for all.
    pub fn may(
        mut self,
        pattern: impl Into<String>,
        actions: impl IntoIterator<Item = Action>,
    ) -> Self {
        let actions = actions.into_iter().collect();
        self.grants.push((pattern.into(), actions));
        self
    }

    /// Grants pulling, pushing and deleting everywhere.
    pub fn may_do_everything(self) -> Self {
        self.may("*", [Action::Pull, Action::Push, Action::Delete])
    }

    fn actions(&self, repository: &str) -> BTreeSet<Action> {
        let fitting = self.grants.iter().filter(|(pattern, _)| fits(pattern, repository));
        fitting.flat_map(|(_, actions)| actions).copied().collect()
    }
}

fn fits(pattern: &str, repository: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => repository.starts_with(beginning),
        None => repository == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        Access::by_token().anonymous_pull().account(
            Account::new("ci", "planted-secret").may("team/*", [Action::Pull, Action::Push]),
        )
    }

    #[test]
    fn grants_the_intersection_of_wish_and_right() {
        let access = access();
        let wanted = Right::repository("team/app", &[Action::Push, Action::Delete]);
        let granted = access.granted(access.named("ci"), &wanted);
        assert_eq!(granted.to_string(), "repository:team/app:push");
        let granted = access.granted(None, &wanted);
        assert_eq!(granted.to_string(), "repository:team/app:");
    }

    #[test]
    fn lets_everybody_pull_when_told_so() {
        let access = access();
        let wanted = Right::repository("other/app", &[Action::Pull, Action::Push]);
        let granted = access.granted(access.named("ci"), &wanted);
        assert_eq!(granted.to_string(), "repository:other/app:pull");
    }

    #[test]
    fn never_shows_a_password() {
        assert!(!format!("{:?}", access()).contains("planted-secret"));
    }
}
