use std::time::Duration;

use bollard::{ClientVersion, Docker, errors::Error as ClientError, models::SystemVersion};

use super::{
    ApiVersion, Engine,
    api_version::{Negotiated, negotiate},
    failure,
};
use crate::{Address, Endpoint, EndpointChoice, EngineError};

/// How long an engine may take for an ordinary answer.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How long it may take to say its version.
const GREETING: Duration = Duration::from_secs(15);

impl Engine {
    /// Finds the engine that is meant, asks for its version and agrees on a
    /// version of the API, which is then part of every request's path.
    ///
    /// # Errors
    /// Those of [`EndpointChoice::resolve`], and `EngineAbsent`,
    /// `PermissionDenied`, `NoAnswer`, `TooOld`, `TooNew`.
    pub async fn connect(choice: &EndpointChoice) -> Result<Self, EngineError> {
        Self::at(choice.resolve()?).await
    }

    /// Like [`Engine::connect`], with the endpoint already found.
    ///
    /// # Errors
    /// `EngineAbsent`, `PermissionDenied`, `NoAnswer`, `TooOld`, `TooNew`.
    pub async fn at(endpoint: Endpoint) -> Result<Self, EngineError> {
        let doing = "ask the engine for its version";
        let failed = |error| failure::from_client(error, doing.to_owned(), &endpoint);
        let client = open(&endpoint).map_err(failed)?;
        let greeting = tokio::time::timeout(GREETING, client.version()).await;
        let version = greeting
            .map_err(|_| EngineError::NoAnswer { doing: doing.to_owned() })?
            .map_err(failed)?;
        let api = agree(&version, &endpoint)?;
        let client = client.with_request_modifier(move |request| prefixed(request, api));
        Ok(Self { client, endpoint, api, server: version.version.unwrap_or_default() })
    }
}

fn open(endpoint: &Endpoint) -> Result<Docker, ClientError> {
    // A number the client library keeps and never sends (0.21).
    let version =
        ClientVersion { major_version: 1, minor_version: usize::from(ApiVersion::HIGHEST.minor) };
    let seconds = TIMEOUT.as_secs();
    match (&endpoint.address, &endpoint.tls) {
        (Address::Unix(path), _) => {
            Docker::connect_with_unix(&path.to_string_lossy(), seconds, &version)
        }
        (Address::Tcp(host), None) => Docker::connect_with_http(host, seconds, &version),
        (Address::Tcp(host), Some(tls)) => {
            Docker::connect_with_ssl(host, &tls.key, &tls.cert, &tls.ca, seconds, &version)
        }
    }
}

fn agree(version: &SystemVersion, endpoint: &Endpoint) -> Result<ApiVersion, EngineError> {
    let parse = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let newest = parse(&version.api_version).ok_or_else(|| EngineError::InvalidResponse {
        doing: "ask the engine for its version".to_owned(),
        source: "no API version in the answer".into(),
    })?;
    let oldest = parse(&version.min_api_version).unwrap_or(newest);
    let endpoint = endpoint.to_string();
    match negotiate(oldest, newest) {
        Negotiated::Speak(api) => Ok(api),
        Negotiated::TooOld => {
            Err(EngineError::TooOld { endpoint, found: newest, needed: ApiVersion::LOWEST })
        }
        Negotiated::TooNew => {
            Err(EngineError::TooNew { endpoint, needed: oldest, supported: ApiVersion::HIGHEST })
        }
    }
}

/// Puts `/v1.NN` before the path. The client library joins the path in a way
/// that loses it, and an engine answers such a request in its newest version.
fn prefixed(request: bollard::BollardRequest, api: ApiVersion) -> bollard::BollardRequest {
    let (mut head, body) = request.into_parts();
    head.uri = with_prefix(head.uri, api);
    http::Request::from_parts(head, body)
}

fn with_prefix(uri: http::Uri, api: ApiVersion) -> http::Uri {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let path = format!("/v{api}{path}");
    with_path(uri, &path)
}

/// The same engine, another path and query.
pub(super) fn with_path(uri: http::Uri, path: &str) -> http::Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path.parse().ok();
    // Only a path that is none could fail, and then the engine will say so.
    http::Uri::from_parts(parts).unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_begins_with_the_agreed_version() {
        let uri = "unix://2f72756e/images/json?all=true".parse().unwrap();
        let prefixed = with_prefix(uri, ApiVersion::LOWEST);
        assert_eq!(prefixed.to_string(), "unix://2f72756e/v1.41/images/json?all=true");
    }
}
