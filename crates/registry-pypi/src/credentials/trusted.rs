//! Trusted publishing: a CI job proves who it is, the index gives it a token for
//! 15 minutes (docs.pypi.org, "Trusted publishers"; `warehouse/oidc/views.py`).

use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use serde::Deserialize;
use transport::{Authorization, Fetched, HttpClient, HttpError, Request, Url};

use super::{CredentialSource, Credentials, Environment, model::TOKEN_USER};
use crate::{IndexEndpoints, IndexError, IndexReader};

const ANSWER_LIMIT: usize = 1 << 20;

/// How long a token lasts when the index does not say.
const LIFETIME: Duration = Duration::from_secs(900);

/// How a CI job gets its identity token.
#[derive(Debug)]
enum Identity {
    /// GitHub Actions: ask this address with this token.
    GitHub { url: Url, bearer: SecretString },
    /// GitLab: the job has it already, in a variable named after the audience.
    GitLab,
}

#[derive(Deserialize)]
struct Audience {
    audience: String,
}

#[derive(Deserialize)]
struct IdentityToken {
    value: SecretString,
}

#[derive(Deserialize)]
struct Minted {
    token: SecretString,
    expires: Option<u64>,
}

#[derive(Deserialize, Default)]
struct Refused {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<RefusedBecause>,
}

#[derive(Deserialize)]
struct RefusedBecause {
    code: String,
    #[serde(default)]
    description: String,
}

/// Gets a token, where this is a CI job with an identity and the index takes it.
/// `None` where one of the two is not so.
///
/// # Errors
/// [`IndexError::TrustedPublishing`] when the index turns the job away, and the
/// errors of reading.
pub(super) async fn mint(
    http: &HttpClient,
    endpoints: &IndexEndpoints,
    environment: &Environment,
) -> Result<Option<Credentials>, IndexError> {
    let (Some(audience_url), Some(mint_url), Some(identity)) =
        (endpoints.oidc_audience(), endpoints.mint_token(), identity_in(environment))
    else {
        return Ok(None);
    };
    let failed = |error| IndexReader::new(http.clone(), endpoints.clone()).error(error);
    let Some(audience) = audience(http, audience_url).await.map_err(failed)? else {
        return Ok(None);
    };
    let token = identity_token(http, &identity, &audience, environment).await.map_err(failed)?;
    let Some(token) = token else { return Ok(None) };
    let answer = http.fetch(&mint_request(mint_url, &token), ANSWER_LIMIT).await.map_err(failed)?;
    if !answer.status.is_success() {
        return Err(refused(&endpoints.name, &answer));
    }
    answer.json().map(|minted| Some(credentials(minted))).map_err(failed)
}

fn identity_in(environment: &Environment) -> Option<Identity> {
    if environment.get("GITLAB_CI").is_some() {
        return Some(Identity::GitLab);
    }
    let url = environment.get("ACTIONS_ID_TOKEN_REQUEST_URL")?.parse().ok()?;
    let bearer = environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?.into();
    Some(Identity::GitHub { url, bearer })
}

async fn audience(http: &HttpClient, url: Url) -> Result<Option<String>, HttpError> {
    let answer = http.fetch(&Request::get(url), ANSWER_LIMIT).await?;
    if answer.status.as_u16() == 404 {
        return Ok(None);
    }
    let answer: Audience = answer.expect_success()?.json()?;
    Ok(Some(answer.audience))
}

async fn identity_token(
    http: &HttpClient,
    identity: &Identity,
    audience: &str,
    environment: &Environment,
) -> Result<Option<SecretString>, HttpError> {
    match identity {
        Identity::GitLab => {
            let variable = format!("{}_ID_TOKEN", audience.to_uppercase().replace('-', "_"));
            Ok(environment.get(&variable).map(Into::into))
        }
        Identity::GitHub { url, bearer } => {
            let request = identity_request(url, bearer, audience);
            let answer: IdentityToken = http.fetch_ok(&request, ANSWER_LIMIT).await?.json()?;
            Ok(Some(answer.value))
        }
    }
}

/// The address has a query already; the audience is added to it (GitHub
/// Actions, "OpenID Connect reference").
fn identity_request(url: &Url, bearer: &SecretString, audience: &str) -> Request {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("audience", audience);
    Request::get(url).authorization(Some(Authorization::Bearer(bearer.clone())))
}

fn mint_request(url: Url, token: &SecretString) -> Request {
    use secrecy::ExposeSecret as _;
    let body = serde_json::json!({ "token": token.expose_secret() });
    Request::post(url, transport::Body::Empty).json(&body).without_redirects()
}

fn refused(index: &str, answer: &Fetched) -> IndexError {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = refused.errors.into_iter().next();
    let (code, description) =
        first.map_or_else(Default::default, |error| (error.code, error.description));
    let code = if code.is_empty() { format!("status {}", answer.status.as_u16()) } else { code };
    let message = if description.is_empty() { refused.message } else { description };
    IndexError::TrustedPublishing { index: index.to_owned(), code, message }
}

fn credentials(minted: Minted) -> Credentials {
    let stated = minted.expires.map(|at| SystemTime::UNIX_EPOCH + Duration::from_secs(at));
    Credentials {
        user: TOKEN_USER.to_owned(),
        password: minted.token,
        source: CredentialSource::TrustedPublishing,
        expires: Some(stated.unwrap_or_else(|| SystemTime::now() + LIFETIME)),
    }
}
