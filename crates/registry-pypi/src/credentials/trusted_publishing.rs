//! Trusted publishing: a CI job proves its identity, and the index issues a token
//! for 15 minutes (docs.pypi.org, "Trusted publishers"; `warehouse/oidc/views.py`).

use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use transport::{Authorization, Fetched, HttpClient, HttpError, Request, StatusCode, Url};

use super::{
    Environment,
    credential::{CredentialSource, Credentials, TOKEN_USER},
};
use crate::{IndexEndpoints, IndexError, IndexReader};

const RESPONSE_LIMIT: usize = 1 << 20;

/// How long a token is valid when the index does not state it.
const TOKEN_LIFETIME: Duration = Duration::from_secs(900);

/// How a CI job gets its identity token.
#[derive(Debug)]
enum JobIdentity {
    /// GitHub Actions: request it from this address with this token.
    GitHub { url: Url, bearer: SecretString },
    /// GitLab: the job has it in a variable named after the audience.
    GitLab,
}

#[derive(Deserialize)]
struct AudienceResponse {
    audience: String,
}

#[derive(Deserialize)]
struct IdentityTokenResponse {
    value: SecretString,
}

#[derive(Deserialize)]
struct MintResponse {
    token: SecretString,
    /// Seconds since 1970.
    expires: Option<u64>,
}

#[derive(Deserialize, Default)]
struct MintRefusal {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<MintRefusalReason>,
}

#[derive(Deserialize)]
struct MintRefusalReason {
    code: String,
    #[serde(default)]
    description: String,
}

/// Gets a token, if this is a CI job with an identity and the index supports
/// trusted publishing; else `None`.
///
/// # Errors
/// [`IndexError::TrustedPublishing`] when the index refuses the job, and the
/// errors of reading.
pub(super) async fn mint_credentials(
    http: &HttpClient,
    endpoints: &IndexEndpoints,
    environment: &Environment,
) -> Result<Option<Credentials>, IndexError> {
    let Some(identity) = job_identity(environment) else { return Ok(None) };
    let minted = request_token(http, endpoints, &identity, environment).await;
    let response = match minted {
        Ok(Some(response)) => response,
        Ok(None) => return Ok(None),
        Err(error) => return Err(index_error(http, endpoints, error)),
    };
    if !response.status.is_success() {
        return Err(refusal_error(&endpoints.name, &response));
    }
    let minted = response.json().map_err(|error| index_error(http, endpoints, error))?;
    Ok(Some(minted_credentials(minted)))
}

fn index_error(http: &HttpClient, endpoints: &IndexEndpoints, error: HttpError) -> IndexError {
    IndexReader::new(http.clone(), endpoints.clone()).index_error(error)
}

fn job_identity(environment: &Environment) -> Option<JobIdentity> {
    if environment.get("GITLAB_CI").is_some() {
        return Some(JobIdentity::GitLab);
    }
    let url = environment.get("ACTIONS_ID_TOKEN_REQUEST_URL")?.parse().ok()?;
    let bearer = environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?.into();
    Some(JobIdentity::GitHub { url, bearer })
}

/// The response of the index to the identity of the job; `None` when the index
/// has no trusted publishing, or the job no identity token.
async fn request_token(
    http: &HttpClient,
    endpoints: &IndexEndpoints,
    identity: &JobIdentity,
    environment: &Environment,
) -> Result<Option<Fetched>, HttpError> {
    let (Some(audience_url), Some(mint_url)) = (endpoints.oidc_audience(), endpoints.mint_token())
    else {
        return Ok(None);
    };
    let Some(audience) = read_audience(http, audience_url).await? else { return Ok(None) };
    let token = identity_token(http, identity, &audience, environment).await?;
    let Some(token) = token else { return Ok(None) };
    http.fetch(&mint_request(mint_url, &token), RESPONSE_LIMIT).await.map(Some)
}

async fn read_audience(http: &HttpClient, url: Url) -> Result<Option<String>, HttpError> {
    let response = http.fetch(&Request::get(url), RESPONSE_LIMIT).await?;
    if response.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let response: AudienceResponse = response.expect_success()?.json()?;
    Ok(Some(response.audience))
}

async fn identity_token(
    http: &HttpClient,
    identity: &JobIdentity,
    audience: &str,
    environment: &Environment,
) -> Result<Option<SecretString>, HttpError> {
    match identity {
        JobIdentity::GitLab => {
            let variable = format!("{}_ID_TOKEN", audience.to_uppercase().replace('-', "_"));
            Ok(environment.get(&variable).map(Into::into))
        }
        JobIdentity::GitHub { url, bearer } => {
            let request = identity_request(url, bearer, audience);
            let response: IdentityTokenResponse =
                http.fetch_ok(&request, RESPONSE_LIMIT).await?.json()?;
            Ok(Some(response.value))
        }
    }
}

/// The address already has a query, to which the audience is added (GitHub
/// Actions, "OpenID Connect reference").
fn identity_request(url: &Url, bearer: &SecretString, audience: &str) -> Request {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("audience", audience);
    Request::get(url).authorization(Some(Authorization::Bearer(bearer.clone())))
}

fn mint_request(url: Url, token: &SecretString) -> Request {
    let body = serde_json::json!({ "token": token.expose_secret() });
    Request::post(url, transport::Body::Empty).json(&body).without_redirects()
}

fn refusal_error(index: &str, response: &Fetched) -> IndexError {
    let refusal: MintRefusal = serde_json::from_slice(&response.body).unwrap_or_default();
    let first = refusal.errors.into_iter().next();
    let (code, description) =
        first.map_or_else(Default::default, |reason| (reason.code, reason.description));
    let code = if code.is_empty() { format!("status {}", response.status.as_u16()) } else { code };
    let message = if description.is_empty() { refusal.message } else { description };
    IndexError::TrustedPublishing { index: index.to_owned(), code, message }
}

/// An expiry that is no point in time counts as not stated.
fn minted_credentials(minted: MintResponse) -> Credentials {
    let stated = minted.expires.map(Duration::from_secs);
    let expires = stated.and_then(|since_1970| SystemTime::UNIX_EPOCH.checked_add(since_1970));
    Credentials {
        user: TOKEN_USER.to_owned(),
        password: minted.token,
        source: CredentialSource::TrustedPublishing,
        expires: Some(expires.unwrap_or_else(|| SystemTime::now() + TOKEN_LIFETIME)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetime(expires: Option<u64>) -> Duration {
        let credentials = minted_credentials(MintResponse { token: "t".into(), expires });
        credentials.expires.unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn an_expiry_beyond_all_time_does_not_overflow() {
        assert_eq!(lifetime(Some(1_800_000_000)), Duration::from_secs(1_800_000_000));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        for expires in [Some(u64::MAX), None] {
            let expires = lifetime(expires);
            assert!(now < expires && expires < now + 2 * TOKEN_LIFETIME, "{expires:?}");
        }
    }
}
