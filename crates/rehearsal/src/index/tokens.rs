//! Upload tokens, and the projects to which they give access.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::SystemTime;

use http::HeaderMap;
use secrecy::ExposeSecret as _;

use super::error::UploadError;
use super::name::normalized;
use crate::credentials::Authorization;

/// The user name of API tokens.
const TOKEN_USER: &str = "__token__";

/// An API token of the index.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken {
    secret: String,
    projects: Option<BTreeSet<String>>,
}

impl ApiToken {
    /// A token for all projects of its account, including new ones; PyPI's tokens start with `pypi-`.
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

/// The sender of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Uploader {
    /// Anyone, if the index is open to anyone, or a token for a whole account.
    Account,
    /// A token for some projects.
    Projects(BTreeSet<String>),
    /// A token minted for a trusted publisher of some projects.
    Publisher(BTreeSet<String>),
}

impl Uploader {
    pub(super) fn is_publisher(&self) -> bool {
        matches!(self, Self::Publisher(_))
    }

    /// Whether files of this project (by normalised name) may be uploaded.
    pub(super) fn may_upload_to(&self, project: &str) -> bool {
        match self {
            Self::Account => true,
            Self::Projects(projects) | Self::Publisher(projects) => projects.contains(project),
        }
    }
}

/// The tokens of an index.
#[derive(Default)]
pub(super) struct UploadTokens {
    anonymous: bool,
    issued: Vec<ApiToken>,
    minted: BTreeMap<String, MintedToken>,
}

struct MintedToken {
    projects: BTreeSet<String>,
    expires: SystemTime,
}

impl fmt::Debug for UploadTokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("UploadTokens").field("issued", &self.issued).finish_non_exhaustive()
    }
}

impl UploadTokens {
    pub(super) fn new(anonymous: bool, issued: Vec<ApiToken>) -> Self {
        Self { anonymous, issued, minted: BTreeMap::new() }
    }

    /// Issues a token for a trusted publisher.
    pub(super) fn mint(&mut self, projects: BTreeSet<String>, expires: SystemTime) -> String {
        let token = format!("pypi-minted-{}", self.minted.len() + 1);
        self.minted.insert(token.clone(), MintedToken { projects, expires });
        token
    }

    /// Identifies the sender of a request.
    ///
    /// PyPI responds with 403, without a challenge, when there are no credentials.
    pub(super) fn identify(
        &self,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> Result<Uploader, UploadError> {
        let identified = match Authorization::from_headers(headers) {
            Authorization::Basic { user, .. } if user != TOKEN_USER => {
                Err(UploadError::PasswordLogin)
            }
            Authorization::Basic { password, .. } => self
                .uploader_with_secret(password.expose_secret(), now)
                .ok_or(UploadError::InvalidCredentials),
            _ => Err(UploadError::InvalidCredentials),
        };
        match self.anonymous {
            true => Ok(identified.unwrap_or(Uploader::Account)),
            false => identified,
        }
    }

    fn uploader_with_secret(&self, secret: &str, now: SystemTime) -> Option<Uploader> {
        if let Some(minted) = self.minted.get(secret) {
            let valid = now < minted.expires;
            return valid.then(|| Uploader::Publisher(minted.projects.clone()));
        }
        let token = self.issued.iter().find(|token| token.secret == secret)?;
        Some(token.projects.clone().map_or(Uploader::Account, Uploader::Projects))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use http::header::AUTHORIZATION;

    use super::*;

    fn identify(tokens: &UploadTokens, credentials: Option<&str>) -> Result<Uploader, UploadError> {
        let mut headers = HeaderMap::new();
        if let Some(credentials) = credentials {
            let value = format!("Basic {}", STANDARD.encode(credentials));
            headers.insert(AUTHORIZATION, value.parse().unwrap());
        }
        tokens.identify(&headers, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn a_token_gives_access_to_its_projects() {
        let tokens = UploadTokens::new(
            false,
            vec![
                ApiToken::for_account("pypi-all"),
                ApiToken::for_projects("pypi-one", ["My.Project"]),
            ],
        );
        assert_eq!(identify(&tokens, Some("__token__:pypi-all")), Ok(Uploader::Account));
        let limited = identify(&tokens, Some("__token__:pypi-one")).unwrap();
        assert!(limited.may_upload_to("my-project") && !limited.may_upload_to("other"));
    }

    #[test]
    fn passwords_unknown_tokens_and_missing_credentials_are_refused() {
        let tokens = UploadTokens::new(false, vec![ApiToken::for_account("pypi-all")]);
        assert_eq!(identify(&tokens, Some("me:secret")), Err(UploadError::PasswordLogin));
        assert_eq!(identify(&tokens, Some("__token__:x")), Err(UploadError::InvalidCredentials));
        assert_eq!(identify(&tokens, None), Err(UploadError::InvalidCredentials));
    }

    #[test]
    fn an_index_for_anyone_still_limits_its_tokens() {
        let tokens = UploadTokens::new(true, vec![ApiToken::for_projects("pypi-one", ["greeter"])]);
        assert_eq!(identify(&tokens, None), Ok(Uploader::Account));
        assert_eq!(identify(&tokens, Some("__token__:x")), Ok(Uploader::Account));
        let limited = identify(&tokens, Some("__token__:pypi-one")).unwrap();
        assert!(!limited.may_upload_to("other"));
    }

    #[test]
    fn a_minted_token_expires() {
        let mut tokens = UploadTokens::default();
        let expires = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        let token = tokens.mint(BTreeSet::from(["greeter".to_owned()]), expires);
        assert!(tokens.uploader_with_secret(&token, SystemTime::UNIX_EPOCH).is_some());
        assert!(tokens.uploader_with_secret(&token, expires).is_none());
    }

    #[test]
    fn debug_output_has_no_secret() {
        let mut tokens = UploadTokens::new(false, vec![ApiToken::for_account("pypi-canary")]);
        let minted = tokens.mint(BTreeSet::new(), SystemTime::UNIX_EPOCH);
        let output = format!("{tokens:?}");
        assert!(!output.contains("canary") && !output.contains(&minted), "{output}");
    }
}
