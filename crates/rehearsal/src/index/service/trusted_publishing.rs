//! Trusted publishing over HTTP.

use std::collections::HashMap;
use std::time::UNIX_EPOCH;

use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::index::store::IndexStore;
use crate::index::trusted_publishing::{MintError, TOKEN_LIFETIME};
use crate::server::{Request, Response, reply};

/// Larger than any identity token.
const MAX_PAYLOAD_SIZE: usize = 64 * 1024;
/// The token with which a job authenticates to the imitated build service; it opens nothing else.
pub(in crate::index) const JOB_SECRET: &str = "rehearsal-job";

/// `GET /_/oidc/audience`
pub(super) fn serve_audience(store: &IndexStore) -> Response {
    let audience = store.content().publishing.audience().to_owned();
    reply::json(StatusCode::OK, &json!({ "audience": audience }))
}

/// `POST /_/oidc/mint-token`
pub(super) async fn mint_upload_token(store: &IndexStore, request: Request) -> Response {
    let body = request.into_body().bytes(MAX_PAYLOAD_SIZE).await.unwrap_or_default();
    let payload: Value = serde_json::from_slice(&body).unwrap_or_default();
    let token = payload["token"].as_str().ok_or(MintError::InvalidPayload);
    match token.and_then(|token| exchange_token(store, token)) {
        Ok(minted) => reply::json(StatusCode::OK, &minted),
        Err(error) => reply::json(StatusCode::UNPROCESSABLE_ENTITY, &error.to_json()),
    }
}

fn exchange_token(store: &IndexStore, identity_token: &str) -> Result<Value, MintError> {
    let now = store.clock.now();
    let mut content = store.content();
    let projects = content.publishing.redeem(identity_token, now)?;
    for project in &projects {
        store.change_project(&mut content, project, |catalogue| {
            catalogue.create_project(project);
        });
    }
    let expires = now + TOKEN_LIFETIME;
    let token = content.tokens.mint(projects, expires);
    let expires = expires.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Ok(json!({ "success": true, "token": token, "expires": expires }))
}

/// `GET /_/rehearsal/identity-token?subject=…&audience=…`: the build service of the rehearsal,
/// which responds as that of GitHub Actions does.
pub(super) fn serve_identity_token(store: &IndexStore, request: &Request) -> Response {
    if !has_job_secret(request.headers()) {
        return reply::empty(StatusCode::UNAUTHORIZED);
    }
    let query = request.uri().query().unwrap_or_default();
    let query: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
    let subject = query.get("subject").map(AsRef::as_ref).unwrap_or_default();
    let audience = query.get("audience").map(AsRef::as_ref).unwrap_or_default();
    let now = store.clock.now();
    let token = store.content().publishing.issue_identity_token(subject, audience, now);
    reply::json(StatusCode::OK, &json!({ "value": token }))
}

fn has_job_secret(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split_once(' ')).is_some_and(|(_, secret)| secret == JOB_SECRET)
}
