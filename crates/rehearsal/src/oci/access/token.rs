//! The token endpoint, as `docs/content/spec/auth` of `distribution` describes it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::refusal::{Code, Refusal};
use super::super::service::page_not_found;
use super::credentials::Credentials;
use super::gate::Gate;
use super::{Account, Right, Scheme};
use crate::server::{Body, reply};

const LARGEST_FORM: usize = 64 * 1024;

impl Gate {
    pub(in super::super) async fn token(&self, call: &Call, body: &mut Body) -> Answer {
        if self.access.scheme == Scheme::Basic {
            return Err(page_not_found());
        }
        match call.method {
            Method::GET => self.token_by_query(call),
            Method::POST if self.access.oauth2 => self.token_by_form(body).await,
            Method::POST => Err(page_not_found()),
            _ => Err(call.wrong_method("GET, POST")),
        }
    }

    fn token_by_query(&self, call: &Call) -> Answer {
        let credentials = Credentials::of(call);
        let account = self.account(&credentials);
        if account.is_none() && !matches!(credentials, Credentials::None) {
            return Err(wrong_credentials());
        }
        let rights = self.grant(account, call.queries("scope"));
        let token = self.give_token(rights);
        let mut document = self.document(&token);
        document["token"] = token.into();
        // A refresh token is of no use where the form is missing that takes it.
        let offline = self.access.oauth2 && call.query("offline_token") == Some("true");
        if let Some(account) = account.filter(|_| offline) {
            document["refresh_token"] = self.give_refresh_token(&account.name).into();
        }
        Ok(reply::json(StatusCode::OK, &document))
    }

    async fn token_by_form(&self, body: &mut Body) -> Answer {
        let content = body.read(LARGEST_FORM).await;
        let content = content.map_err(|_| Refusal::new(Code::SizeInvalid))?;
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(&content).into_owned().collect();
        let field = |name: &str| {
            let found = form.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let account = match field("grant_type") {
            "refresh_token" => self.refreshed(field("refresh_token")),
            "password" => self.access.find(field("username"), field("password")),
            _ => None,
        };
        let account = account.ok_or_else(wrong_credentials)?;
        let rights = self.grant(Some(account), [field("scope")].into_iter());
        let scope: Vec<_> = rights.iter().map(ToString::to_string).collect();
        let mut document = self.document(&self.give_token(rights));
        document["scope"] = scope.join(" ").into();
        if field("access_type") == "offline" || field("grant_type") == "refresh_token" {
            document["refresh_token"] = self.give_refresh_token(&account.name).into();
        }
        Ok(reply::json(StatusCode::OK, &document))
    }

    /// The intersection of what is wanted and what is allowed; less is no error.
    fn grant<'a>(
        &self,
        account: Option<&Account>,
        scopes: impl Iterator<Item = &'a str>,
    ) -> Vec<Right> {
        let heeded = if self.access.first_scope_only { 1 } else { usize::MAX };
        scopes
            .flat_map(str::split_whitespace)
            .take(heeded)
            .filter_map(Right::parse)
            .map(|wanted| self.access.granted(account, &wanted))
            .collect()
    }

    fn document(&self, token: &str) -> Value {
        let issued = humantime::format_rfc3339_seconds(SystemTime::now());
        json!({
            "access_token": token,
            "expires_in": self.access.lifetime.as_secs(),
            "issued_at": issued.to_string(),
        })
    }
}

/// A token that can be taken apart like those of Docker Hub; nothing here checks its signature.
pub(super) fn web_token(account: &str, lifetime: Duration, signature: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let encoded = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let head = encoded(json!({"alg": "none", "typ": "JWT"}));
    let content = encoded(json!({
        "sub": account,
        "iat": now.as_secs(),
        "exp": (now + lifetime).as_secs(),
    }));
    format!("{head}.{content}.{signature}")
}

fn wrong_credentials() -> Refusal {
    Refusal::message(Code::Unauthorized, "incorrect username or password")
}
