//! Lets requests in, or says what they lack.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::refusal::{Code, Refusal};
use super::credentials::Credentials;
use super::{Access, Account, Right, Scheme};

/// The accounts, and the tokens given out so far.
#[derive(Debug)]
pub(in super::super) struct Gate {
    pub(super) access: Access,
    tokens: Mutex<Tokens>,
}

#[derive(Default)]
struct Tokens {
    bearer: HashMap<String, Granted>,
    refresh: HashMap<String, String>,
    hub: HashMap<String, (String, Instant)>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Tokens(<redacted>)")
    }
}

#[derive(Clone)]
struct Granted {
    rights: Vec<Right>,
    until: Instant,
}

impl Gate {
    pub(in super::super) fn new(access: Access) -> Self {
        Self { access, tokens: Mutex::default() }
    }

    pub(in super::super) fn admit(&self, call: &Call, rights: &[Right]) -> Result<(), Refusal> {
        let credentials = Credentials::of(call);
        match self.access.scheme {
            Scheme::Basic => self.admit_by_password(&credentials, rights),
            Scheme::Token => self.admit_by_token(call, &credentials, rights),
        }
    }

    fn admit_by_password(
        &self,
        credentials: &Credentials,
        rights: &[Right],
    ) -> Result<(), Refusal> {
        let account = self.account(credentials);
        let enough = |right: &Right| self.access.granted(account, right) == *right;
        let anonymous = matches!(credentials, Credentials::None) && !rights.is_empty();
        if (account.is_some() || anonymous) && rights.iter().all(enough) {
            return Ok(());
        }
        if account.is_some() {
            return Err(Refusal::new(Code::Denied));
        }
        let refusal = Refusal::detailed(Code::Unauthorized, details(rights));
        Err(refusal.with_header(header::WWW_AUTHENTICATE, "Basic realm=\"rehearsal\""))
    }

    fn admit_by_token(
        &self,
        call: &Call,
        credentials: &Credentials,
        rights: &[Right],
    ) -> Result<(), Refusal> {
        let Credentials::Bearer(token) = credentials else {
            return Err(challenge(call, rights, None));
        };
        let granted = self.tokens().bearer.get(token.expose_secret()).cloned();
        match granted {
            Some(granted) if granted.until <= Instant::now() => {
                Err(challenge(call, rights, Some("invalid_token")))
            }
            None => Err(challenge(call, rights, Some("invalid_token"))),
            Some(granted) if rights.iter().all(|it| it.is_covered_by(&granted.rights)) => Ok(()),
            Some(_) => Err(challenge(call, rights, Some("insufficient_scope"))),
        }
    }

    pub(super) fn account(&self, credentials: &Credentials) -> Option<&Account> {
        match credentials {
            Credentials::Basic(name, password) => self.access.find(name, password.expose_secret()),
            _ => None,
        }
    }

    pub(super) fn give_token(&self, rights: Vec<Right>) -> String {
        let token = secret_text();
        let until = Instant::now() + self.access.lifetime;
        let granted = Granted { rights, until };
        self.tokens().bearer.insert(token.clone(), granted);
        token
    }

    pub(super) fn give_refresh_token(&self, account: &str) -> String {
        let token = secret_text();
        self.tokens().refresh.insert(token.clone(), account.to_owned());
        token
    }

    pub(super) fn refreshed(&self, token: &str) -> Option<&Account> {
        let name = self.tokens().refresh.get(token).cloned()?;
        self.access.named(&name)
    }

    /// Ends every bearer token at once, as if its time had come.
    pub(in super::super) fn expire_tokens(&self) {
        let mut tokens = self.tokens();
        let now = Instant::now();
        tokens.bearer.values_mut().for_each(|it| it.until = now);
        tokens.hub.values_mut().for_each(|(_, until)| *until = now);
    }

    /// A token for Docker Hub's own API, which lives for ten minutes.
    pub(in super::super) fn hub_login(&self, name: &str, password: &str) -> Option<String> {
        let account = self.access.find(name, password)?;
        let token = super::token::web_token(&account.name, HUB_LIFETIME, &secret_text());
        let entry = (account.name.clone(), Instant::now() + HUB_LIFETIME);
        self.tokens().hub.insert(token.clone(), entry);
        Some(token)
    }

    /// What the caller of Docker Hub's own API may do of `wanted`; `None` without a valid token.
    pub(in super::super) fn hub_rights(&self, call: &Call, wanted: &Right) -> Option<Right> {
        let account = match Credentials::of(call) {
            Credentials::None => None,
            Credentials::Bearer(token) => Some(self.hub_account(token.expose_secret())?),
            Credentials::Basic(..) | Credentials::Unreadable => return None,
        };
        let granted = self.access.granted(account, wanted);
        (account.is_some() || granted == *wanted).then_some(granted)
    }

    fn hub_account(&self, token: &str) -> Option<&Account> {
        let (name, until) = self.tokens().hub.get(token).cloned()?;
        if until <= Instant::now() {
            return None;
        }
        self.access.named(&name)
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const HUB_LIFETIME: Duration = Duration::from_secs(600);

fn challenge(call: &Call, rights: &[Right], error: Option<&str>) -> Refusal {
    let realm = call.url("/token");
    let service = call.header(header::HOST).unwrap_or("rehearsal");
    let mut challenge = format!("Bearer realm=\"{realm}\",service=\"{service}\"");
    let scopes: Vec<_> = rights.iter().map(ToString::to_string).collect();
    if !scopes.is_empty() {
        challenge += &format!(",scope=\"{}\"", scopes.join(" "));
    }
    if let Some(error) = error {
        challenge += &format!(",error=\"{error}\"");
    }
    Refusal::detailed(Code::Unauthorized, details(rights))
        .with_status(StatusCode::UNAUTHORIZED)
        .with_header(header::WWW_AUTHENTICATE, &challenge)
}

fn details(rights: &[Right]) -> Value {
    let each = |right: &Right| {
        let (kind, name) = (right.kind().to_owned(), right.name().to_owned());
        let one = move |action| json!({"Type": kind, "Class": "", "Name": name, "Action": action});
        right.actions().map(one).collect::<Vec<_>>()
    };
    rights.iter().flat_map(each).collect()
}

fn secret_text() -> String {
    format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..))
}
