use std::time::Duration;

use bollard::{
    BollardRequest, ClientVersion, Docker, errors::Error as ClientError, models::SystemVersion,
};
use bytes::Bytes;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::time::timeout;

use super::failure::engine_error;
use crate::{
    api_version::{ApiVersion, Unsupported, negotiate},
    error::EngineError,
    locate::{Address, Endpoint},
    ssh::{SshConnector, SshDestination},
};

/// How long an engine may take for an ordinary response.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How long it may take to report its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(15);
/// The same by ssh, whose own time for connecting is 30 s.
const SSH_VERSION_TIMEOUT: Duration = Duration::from_secs(45);
/// How long a request may take that ends with the work: builds, loads, pulls.
const LONG_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

const GET_VERSION: &str = "get the engine's version";

/// A connection to one engine, which has answered. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    client: Docker,
    endpoint: Endpoint,
    api_version: ApiVersion,
    server_version: String,
}

impl Connection {
    /// Asks the engine for its version and agrees on a version of the API,
    /// which is then part of every request's path.
    pub(crate) async fn open(endpoint: Endpoint) -> Result<Self, EngineError> {
        let client =
            new_client(&endpoint).map_err(|error| engine_error(error, GET_VERSION, &endpoint))?;
        let limit = match endpoint.address {
            Address::Ssh(_) => SSH_VERSION_TIMEOUT,
            Address::Unix(_) | Address::Tcp(_) => VERSION_TIMEOUT,
        };
        let version = timeout(limit, client.version())
            .await
            .map_err(|_| EngineError::NoAnswer { doing: GET_VERSION.to_owned() })?
            .map_err(|error| engine_error(error, GET_VERSION, &endpoint))?;
        let api_version = agree_on_api(&version, &endpoint)?;
        let client = client.with_request_modifier(move |request| versioned(request, api_version));
        let server_version = version.version.unwrap_or_default();
        Ok(Self { client, endpoint, api_version, server_version })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn api_version(&self) -> ApiVersion {
        self.api_version
    }

    pub(crate) fn server_version(&self) -> &str {
        &self.server_version
    }

    pub(crate) fn client(&self) -> &Docker {
        &self.client
    }

    /// For requests whose response begins only when the work is done.
    pub(crate) fn patient_client(&self) -> Docker {
        self.client.clone().with_timeout(LONG_TIMEOUT)
    }

    /// For one request, which has this body: the client library's own has only what the
    /// library knows of, and loses the rest.
    pub(crate) fn client_with_body(&self, body: &serde_json::Value) -> Docker {
        let (api, body) = (self.api_version, Bytes::from(body.to_string()));
        self.patient_client().with_request_modifier(move |request| {
            let (head, _) = versioned(request, api).into_parts();
            http::Request::from_parts(head, bollard::body_full(body.clone()))
        })
    }

    /// Converts the client library's errors; `doing` reads like `list images`.
    pub(crate) fn error_while(&self, doing: &str) -> impl Fn(ClientError) -> EngineError + use<> {
        let (endpoint, doing) = (self.endpoint.clone(), doing.to_owned());
        move |error| engine_error(error, &doing, &endpoint)
    }

    pub(crate) async fn ping(&self) -> Result<(), EngineError> {
        self.client.ping().await.map_err(self.error_while("ping the engine"))?;
        Ok(())
    }
}

fn new_client(endpoint: &Endpoint) -> Result<Docker, ClientError> {
    // The client library stores this number and never sends it (0.21).
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
        (Address::Ssh(destination), _) => connect_with_ssh(destination, seconds, &version),
    }
}

fn connect_with_ssh(
    destination: &SshDestination,
    seconds: u64,
    version: &ClientVersion,
) -> Result<Docker, ClientError> {
    /// Nobody looks it up; requests must have one.
    const HOST: &str = "http://docker";
    let connector = SshConnector::new(destination.clone());
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let send = move |request: BollardRequest| {
        let response = client.request(request);
        async move { response.await.map_err(ClientError::from) }
    };
    Docker::connect_with_custom_transport(send, Some(HOST), seconds, version)
}

fn agree_on_api(version: &SystemVersion, endpoint: &Endpoint) -> Result<ApiVersion, EngineError> {
    let newest = parse_version(&version.api_version).ok_or_else(|| {
        let source = "it has no API version".into();
        EngineError::InvalidResponse { doing: GET_VERSION.to_owned(), source }
    })?;
    let oldest = parse_version(&version.min_api_version).unwrap_or(newest);
    negotiate(oldest, newest).map_err(|unsupported| {
        let endpoint = endpoint.to_string();
        match unsupported {
            Unsupported::TooOld => {
                EngineError::TooOld { endpoint, found: newest, needed: ApiVersion::LOWEST }
            }
            Unsupported::TooNew => {
                EngineError::TooNew { endpoint, needed: oldest, supported: ApiVersion::HIGHEST }
            }
        }
    })
}

fn parse_version(text: &Option<String>) -> Option<ApiVersion> {
    text.as_deref()?.parse().ok()
}

/// Puts `/v1.NN` before the path. The client library joins the path in a way
/// that loses it, and an engine answers such a request in its newest version.
fn versioned(request: BollardRequest, api: ApiVersion) -> BollardRequest {
    let (mut head, body) = request.into_parts();
    head.uri = versioned_uri(head.uri, api);
    http::Request::from_parts(head, body)
}

fn versioned_uri(uri: http::Uri, api: ApiVersion) -> http::Uri {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let path = format!("/v{api}{path}");
    uri_with_path(uri, &path)
}

/// The same engine, another path and query.
pub(super) fn uri_with_path(uri: http::Uri, path: &str) -> http::Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path.parse().ok();
    // Only an invalid path could fail, and the engine will refuse it.
    http::Uri::from_parts(parts).unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_begins_with_the_negotiated_version() {
        let uri = "unix://2f72756e/images/json?all=true".parse().unwrap();
        let versioned = versioned_uri(uri, ApiVersion::LOWEST);
        assert_eq!(versioned.to_string(), "unix://2f72756e/v1.41/images/json?all=true");
    }
}
