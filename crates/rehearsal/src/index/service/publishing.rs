//! Trusted publishing over HTTP.

use std::collections::HashMap;

use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{IndexService, Request, Response, reply};
use crate::index::trusted_publishing::{MintRefusal, VALID_FOR};

/// Larger than any identity token.
const LARGEST_PAYLOAD: usize = 64 * 1024;
/// What a job shows the imitated build service; it opens nothing else.
pub(crate) const JOB_SECRET: &str = "rehearsal-job";

impl IndexService {
    /// `GET /_/oidc/audience`
    pub(super) fn audience(&self) -> Response {
        let audience = self.store.shelf().publishing.audience().to_owned();
        reply::json(StatusCode::OK, &json!({ "audience": audience }))
    }

    /// `POST /_/oidc/mint-token`
    pub(super) async fn mint_token(&self, request: Request) -> Response {
        let body = request.into_body().bytes(LARGEST_PAYLOAD).await.unwrap_or_default();
        let payload: Option<Value> = serde_json::from_slice(&body).ok();
        let token = payload.as_ref().and_then(|payload| payload["token"].as_str());
        match token.ok_or(MintRefusal::Payload).and_then(|token| self.mint(token)) {
            Ok(minted) => reply::json(StatusCode::OK, &minted),
            Err(refusal) => reply::json(StatusCode::UNPROCESSABLE_ENTITY, &refusal.document()),
        }
    }

    /// `GET /_/rehearsal/identity-token?subject=…&audience=…`: the build service of the rehearsal,
    /// which answers as that of GitHub Actions does.
    pub(super) fn identity_token(&self, request: &Request) -> Response {
        if !shows_job_secret(request.headers()) {
            return reply::empty(StatusCode::UNAUTHORIZED);
        }
        let query = request.uri().query().unwrap_or_default();
        let query: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let part = |name: &str| query.get(name).map(|value| value.as_ref()).unwrap_or_default();
        let now = self.store.clock.now();
        let mut shelf = self.store.shelf();
        let token = shelf.publishing.issue(part("subject"), part("audience"), now);
        reply::json(StatusCode::OK, &json!({ "value": token }))
    }

    fn mint(&self, token: &str) -> Result<Value, MintRefusal> {
        let now = self.store.clock.now();
        let mut shelf = self.store.shelf();
        let projects = shelf.publishing.redeem(token, now)?;
        for project in &projects {
            self.store.change(&mut shelf, project, |all| all.create_project(project));
        }
        let expires = now + VALID_FOR;
        let token = shelf.tokens.mint(projects, expires);
        let expires = expires.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
        Ok(json!({ "success": true, "token": token, "expires": expires }))
    }
}

fn shows_job_secret(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split_once(' ')).is_some_and(|(_, secret)| secret == JOB_SECRET)
}
