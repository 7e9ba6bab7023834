//! Who may upload what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::name::normalized;
use super::refusal::Refusal;

/// The user name that goes with an API token.
const TOKEN_USER: &str = "__token__";

/// An API token of the index.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken {
    secret: String,
    projects: Option<BTreeSet<String>>,
}

impl ApiToken {
    /// A token for all projects of its account, new ones included; PyPI's begin with `pypi-`.
    #[must_use]
    pub fn for_account(secret: &str) -> Self {
        Self { secret: secret.to_owned(), projects: None }
    }

    /// A token for these projects only.
    #[must_use]
    pub fn for_projects<'a>(secret: &str, projects: impl IntoIterator<Item = &'a str>) -> Self {
        let projects = projects.into_iter().map(normalized).collect();
        Self { secret: secret.to_owned(), projects: Some(projects) }
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ApiToken").field("projects", &self.projects).finish_non_exhaustive()
    }
}

/// Who sends an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Anyone, where the index asks for no credentials, or a token of a whole account.
    Account,
    /// A token for some projects.
    Projects(BTreeSet<String>),
    /// A token minted for a trusted publisher of some projects.
    Publisher(BTreeSet<String>),
}

impl Identity {
    pub(crate) fn is_publisher(&self) -> bool {
        matches!(self, Self::Publisher(_))
    }

    /// Whether files of this project (normalised name) may be uploaded.
    pub(crate) fn may_upload_to(&self, project: &str) -> bool {
        match self {
            Self::Account => true,
            Self::Projects(projects) | Self::Publisher(projects) => projects.contains(project),
        }
    }
}

/// The tokens that the index knows.
#[derive(Default)]
pub(crate) struct Tokens {
    anonymous: bool,
    issued: Vec<ApiToken>,
    minted: BTreeMap<String, Minted>,
}

struct Minted {
    projects: BTreeSet<String>,
    expires: SystemTime,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tokens").field("issued", &self.issued).finish_non_exhaustive()
    }
}

impl Tokens {
    pub(crate) fn new(anonymous: bool, issued: Vec<ApiToken>) -> Self {
        Self { anonymous, issued, minted: BTreeMap::new() }
    }

    /// Adds a token for a trusted publisher.
    pub(crate) fn mint(&mut self, projects: BTreeSet<String>, expires: SystemTime) -> String {
        let token = format!("pypi-minted-{}", self.minted.len() + 1);
        self.minted.insert(token.clone(), Minted { projects, expires });
        token
    }

    /// Finds out who sends the request.
    ///
    /// PyPI answers 403 without a challenge when there are no credentials at all.
    pub(crate) fn identify(
        &self,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> Result<Identity, Refusal> {
        let known = match basic_credentials(headers) {
            None => Err(Refusal::InvalidCredentials),
            Some((user, _)) if user != TOKEN_USER => Err(Refusal::PasswordLogin),
            Some((_, secret)) => self.by_secret(&secret, now).ok_or(Refusal::InvalidCredentials),
        };
        match self.anonymous {
            true => Ok(known.unwrap_or(Identity::Account)),
            false => known,
        }
    }

    fn by_secret(&self, secret: &str, now: SystemTime) -> Option<Identity> {
        if let Some(minted) = self.minted.get(secret) {
            let valid = now < minted.expires;
            return valid.then(|| Identity::Publisher(minted.projects.clone()));
        }
        let token = self.issued.iter().find(|token| token.secret == secret)?;
        Some(token.projects.clone().map_or(Identity::Account, Identity::Projects))
    }
}

/// User and password of HTTP Basic; anything else counts as no credentials.
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identify(tokens: &Tokens, credentials: Option<&str>) -> Result<Identity, Refusal> {
        let mut headers = HeaderMap::new();
        if let Some(credentials) = credentials {
            let value = format!("Basic {}", STANDARD.encode(credentials));
            headers.insert(AUTHORIZATION, value.parse().unwrap());
        }
        tokens.identify(&headers, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn a_token_stands_for_its_projects() {
        let tokens = Tokens::new(
            false,
            vec![
                ApiToken::for_account("pypi-all"),
                ApiToken::for_projects("pypi-one", ["My.Project"]),
            ],
        );
        assert_eq!(identify(&tokens, Some("__token__:pypi-all")), Ok(Identity::Account));
        let one = identify(&tokens, Some("__token__:pypi-one")).unwrap();
        assert!(one.may_upload_to("my-project") && !one.may_upload_to("other"));
    }

    #[test]
    fn passwords_strangers_and_nobody_are_refused() {
        let tokens = Tokens::new(false, vec![ApiToken::for_account("pypi-all")]);
        assert_eq!(identify(&tokens, Some("me:secret")), Err(Refusal::PasswordLogin));
        assert_eq!(identify(&tokens, Some("__token__:x")), Err(Refusal::InvalidCredentials));
        assert_eq!(identify(&tokens, None), Err(Refusal::InvalidCredentials));
    }

    #[test]
    fn an_index_for_anyone_still_limits_the_tokens_that_it_knows() {
        let tokens = Tokens::new(true, vec![ApiToken::for_projects("pypi-one", ["greeter"])]);
        assert_eq!(identify(&tokens, None), Ok(Identity::Account));
        assert_eq!(identify(&tokens, Some("__token__:x")), Ok(Identity::Account));
        let one = identify(&tokens, Some("__token__:pypi-one")).unwrap();
        assert!(!one.may_upload_to("other"));
    }

    #[test]
    fn a_minted_token_expires() {
        let mut tokens = Tokens::default();
        let expires = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        let token = tokens.mint(BTreeSet::from(["greeter".to_owned()]), expires);
        assert!(tokens.by_secret(&token, SystemTime::UNIX_EPOCH).is_some());
        assert!(tokens.by_secret(&token, expires).is_none());
    }

    #[test]
    fn debug_output_has_no_secret() {
        let mut tokens = Tokens::new(false, vec![ApiToken::for_account("pypi-canary")]);
        let minted = tokens.mint(BTreeSet::new(), SystemTime::UNIX_EPOCH);
        let shown = format!("{tokens:?}");
        assert!(!shown.contains("canary") && !shown.contains(&minted), "{shown}");
    }
}
