//! The token endpoint, as `docs/content/spec/auth` of `distribution` describes it.

use std::time::SystemTime;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::accounts::{Access, Account, AuthenticationScheme};
use super::gate::Gate;
use super::scope::Scope;
use crate::credentials::Authorization;
use crate::oci::error::{ErrorCode, ErrorResponse};
use crate::oci::request::{EndpointResult, RegistryRequest};
use crate::server::{Body, reply};

const MAX_FORM_SIZE: usize = 64 * 1024;

/// Serves `/token`.
pub(in crate::oci) async fn serve_token(
    gate: &Gate,
    request: &RegistryRequest,
    body: &mut Body,
) -> EndpointResult {
    if gate.access.scheme == AuthenticationScheme::Basic {
        return Err(ErrorResponse::page_not_found());
    }
    match request.method {
        Method::GET => token_by_query(gate, request),
        Method::POST if gate.access.oauth2 => token_by_form(gate, body).await,
        Method::POST => Err(ErrorResponse::page_not_found()),
        _ => Err(ErrorResponse::method_not_allowed("GET, POST")),
    }
}

fn token_by_query(gate: &Gate, request: &RegistryRequest) -> EndpointResult {
    let authorization = Authorization::from_headers(&request.headers);
    let account = gate.authenticate(&authorization);
    if account.is_none() && !matches!(authorization, Authorization::None) {
        return Err(wrong_credentials());
    }
    let scopes = allowed_scopes(&gate.access, account, request.query_values("scope"));
    let token = gate.issue_token(scopes);
    let mut document = token_document(&gate.access, &token);
    document["token"] = token.into();
    // A refresh token is useless without the form that accepts it.
    let offline = gate.access.oauth2 && request.query_value("offline_token") == Some("true");
    if let Some(account) = account.filter(|_| offline) {
        document["refresh_token"] = gate.issue_refresh_token(&account.name).into();
    }
    Ok(reply::json(StatusCode::OK, &document))
}

async fn token_by_form(gate: &Gate, body: &mut Body) -> EndpointResult {
    let content = body.read(MAX_FORM_SIZE).await;
    let content = content.map_err(|_| ErrorResponse::new(ErrorCode::SizeInvalid))?;
    let form = TokenForm(url::form_urlencoded::parse(&content).into_owned().collect());
    let account = match form.field("grant_type") {
        "refresh_token" => gate.account_of_refresh_token(form.field("refresh_token")),
        "password" => gate.access.authenticate(form.field("username"), form.field("password")),
        _ => None,
    };
    let account = account.ok_or_else(wrong_credentials)?;
    let scopes = allowed_scopes(&gate.access, Some(account), [form.field("scope")].into_iter());
    let scope_texts: Vec<_> = scopes.iter().map(ToString::to_string).collect();
    let mut document = token_document(&gate.access, &gate.issue_token(scopes));
    document["scope"] = scope_texts.join(" ").into();
    if form.field("access_type") == "offline" || form.field("grant_type") == "refresh_token" {
        document["refresh_token"] = gate.issue_refresh_token(&account.name).into();
    }
    Ok(reply::json(StatusCode::OK, &document))
}

struct TokenForm(Vec<(String, String)>);

impl TokenForm {
    /// The first value of a field; empty if there is none.
    fn field(&self, name: &str) -> &str {
        let pair = self.0.iter().find(|(key, _)| key == name);
        pair.map_or("", |(_, value)| value.as_str())
    }
}

/// The allowed part of each requested scope; less than requested is not an error.
fn allowed_scopes<'a>(
    access: &Access,
    account: Option<&Account>,
    parameters: impl Iterator<Item = &'a str>,
) -> Vec<Scope> {
    let limit = if access.first_scope_only { 1 } else { usize::MAX };
    parameters
        .flat_map(str::split_whitespace)
        .take(limit)
        .filter_map(|text| text.parse().ok())
        .map(|requested| access.allowed_part(account, &requested))
        .collect()
}

fn token_document(access: &Access, token: &str) -> Value {
    let issued = humantime::format_rfc3339_seconds(SystemTime::now());
    json!({
        "access_token": token,
        "expires_in": access.lifetime.as_secs(),
        "issued_at": issued.to_string(),
    })
}

fn wrong_credentials() -> ErrorResponse {
    ErrorResponse::with_message(ErrorCode::Unauthorized, "incorrect username or password")
}
