//! Checks the credentials of requests.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::{StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::accounts::{Access, Account, AuthenticationScheme};
use super::scope::Scope;
use crate::credentials::{Authorization, unsigned_jwt};
use crate::oci::error::{ErrorCode, ErrorResponse};
use crate::oci::request::RegistryRequest;
use crate::sync::lock;

const HUB_TOKEN_LIFETIME: Duration = Duration::from_secs(600);

/// The accounts of a registry, and the tokens issued so far.
#[derive(Debug)]
pub(in crate::oci) struct Gate {
    pub(super) access: Access,
    tokens: Mutex<IssuedTokens>,
}

#[derive(Default)]
struct IssuedTokens {
    bearer: HashMap<String, BearerGrant>,
    /// Account names by refresh token.
    refresh: HashMap<String, String>,
    hub: HashMap<String, HubLogin>,
}

impl fmt::Debug for IssuedTokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("IssuedTokens(<redacted>)")
    }
}

#[derive(Clone)]
struct BearerGrant {
    scopes: Vec<Scope>,
    expires: Instant,
}

#[derive(Clone)]
struct HubLogin {
    account: String,
    expires: Instant,
}

impl Gate {
    pub(in crate::oci) fn new(access: Access) -> Self {
        Self { access, tokens: Mutex::default() }
    }

    /// Checks that a request may use all these scopes.
    pub(in crate::oci) fn authorize(
        &self,
        request: &RegistryRequest,
        scopes: &[Scope],
    ) -> Result<(), ErrorResponse> {
        let authorization = Authorization::from_headers(&request.headers);
        match self.access.scheme {
            AuthenticationScheme::Basic => self.authorize_by_password(&authorization, scopes),
            AuthenticationScheme::Token => self.authorize_by_token(request, &authorization, scopes),
        }
    }

    fn authorize_by_password(
        &self,
        authorization: &Authorization,
        scopes: &[Scope],
    ) -> Result<(), ErrorResponse> {
        let account = self.authenticate(authorization);
        let anonymous = matches!(authorization, Authorization::None) && !scopes.is_empty();
        let allowed = scopes.iter().all(|scope| self.access.allowed_part(account, scope) == *scope);
        if (account.is_some() || anonymous) && allowed {
            return Ok(());
        }
        if account.is_some() {
            return Err(ErrorResponse::new(ErrorCode::Denied));
        }
        let error = ErrorResponse::with_detail(ErrorCode::Unauthorized, error_detail(scopes));
        Err(error.with_header(header::WWW_AUTHENTICATE, "Basic realm=\"rehearsal\""))
    }

    fn authorize_by_token(
        &self,
        request: &RegistryRequest,
        authorization: &Authorization,
        scopes: &[Scope],
    ) -> Result<(), ErrorResponse> {
        let Authorization::Bearer(token) = authorization else {
            return Err(challenge(request, scopes, None));
        };
        let grant = lock(&self.tokens).bearer.get(token.expose_secret()).cloned();
        let Some(grant) = grant.filter(|grant| grant.expires > Instant::now()) else {
            return Err(challenge(request, scopes, Some("invalid_token")));
        };
        if scopes.iter().all(|scope| scope.is_covered_by(&grant.scopes)) {
            Ok(())
        } else {
            Err(challenge(request, scopes, Some("insufficient_scope")))
        }
    }

    /// The account of Basic credentials.
    pub(super) fn authenticate(&self, authorization: &Authorization) -> Option<&Account> {
        match authorization {
            Authorization::Basic { user, password } => {
                self.access.authenticate(user, password.expose_secret())
            }
            _ => None,
        }
    }

    pub(super) fn issue_token(&self, scopes: Vec<Scope>) -> String {
        let token = random_secret();
        let grant = BearerGrant { scopes, expires: Instant::now() + self.access.lifetime };
        lock(&self.tokens).bearer.insert(token.clone(), grant);
        token
    }

    pub(super) fn issue_refresh_token(&self, account: &str) -> String {
        let token = random_secret();
        lock(&self.tokens).refresh.insert(token.clone(), account.to_owned());
        token
    }

    pub(super) fn account_of_refresh_token(&self, token: &str) -> Option<&Account> {
        let name = lock(&self.tokens).refresh.get(token).cloned()?;
        self.access.account_named(&name)
    }

    /// Expires all bearer tokens at once.
    pub(in crate::oci) fn expire_tokens(&self) {
        let mut tokens = lock(&self.tokens);
        let now = Instant::now();
        tokens.bearer.values_mut().for_each(|grant| grant.expires = now);
        tokens.hub.values_mut().for_each(|login| login.expires = now);
    }

    /// Issues a token for Docker Hub's API, valid for ten minutes; `None` for wrong credentials.
    pub(in crate::oci) fn issue_hub_token(&self, name: &str, password: &str) -> Option<String> {
        let account = self.access.authenticate(name, password)?.name.clone();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = json!({
            "sub": account,
            "iat": now.as_secs(),
            "exp": (now + HUB_TOKEN_LIFETIME).as_secs(),
        });
        let token = unsigned_jwt(&claims, &random_secret());
        let login = HubLogin { account, expires: Instant::now() + HUB_TOKEN_LIFETIME };
        lock(&self.tokens).hub.insert(token.clone(), login);
        Some(token)
    }

    /// The part of `requested` that a client of Docker Hub's API may use; `None` if it must
    /// authenticate first.
    pub(in crate::oci) fn allowed_hub_scope(
        &self,
        request: &RegistryRequest,
        requested: &Scope,
    ) -> Option<Scope> {
        let account = match Authorization::from_headers(&request.headers) {
            Authorization::None => None,
            Authorization::Bearer(token) => Some(self.hub_account(token.expose_secret())?),
            Authorization::Basic { .. } | Authorization::Unsupported => return None,
        };
        let allowed = self.access.allowed_part(account, requested);
        (account.is_some() || allowed == *requested).then_some(allowed)
    }

    fn hub_account(&self, token: &str) -> Option<&Account> {
        let login = lock(&self.tokens).hub.get(token).cloned()?;
        if login.expires <= Instant::now() {
            return None;
        }
        self.access.account_named(&login.account)
    }
}

fn challenge(request: &RegistryRequest, scopes: &[Scope], error: Option<&str>) -> ErrorResponse {
    let realm = request.absolute_url("/token");
    let service = request.header(header::HOST).unwrap_or("rehearsal");
    let mut challenge = format!("Bearer realm=\"{realm}\",service=\"{service}\"");
    if !scopes.is_empty() {
        let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
        challenge += &format!(",scope=\"{}\"", scopes.join(" "));
    }
    if let Some(error) = error {
        challenge += &format!(",error=\"{error}\"");
    }
    ErrorResponse::with_detail(ErrorCode::Unauthorized, error_detail(scopes))
        .with_status(StatusCode::UNAUTHORIZED)
        .with_header(header::WWW_AUTHENTICATE, &challenge)
}

/// One entry for each action of each scope, as `distribution` sends them.
fn error_detail(scopes: &[Scope]) -> Value {
    let entries = scopes.iter().flat_map(|scope| {
        scope.action_names().map(move |action| {
            json!({"Type": scope.kind(), "Class": "", "Name": scope.name(), "Action": action})
        })
    });
    entries.collect()
}

fn random_secret() -> String {
    format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..))
}
