//! Pulls.

use bollard::{
    auth::DockerCredentials, models::CreateImageInfo, query_parameters::CreateImageOptionsBuilder,
};
use futures_util::StreamExt as _;
use image_ref::{Platform, Reference};
use secrecy::{ExposeSecret as _, SecretString};

use super::details::ImageDetails;
use crate::{
    client::Connection,
    error::EngineError,
    go_error::{innermost_cause, requested_host},
};

/// Progress of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// The layer concerned, by the beginning of its digest.
    pub layer: Option<String>,
    /// The engine's message: `Downloading`, `Pull complete`.
    pub status: String,
    /// Bytes so far.
    pub current: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
}

/// Who pulls, for registries that do not serve everybody.
#[derive(Debug, Clone)]
pub enum PullLogin {
    /// User name with password or access token.
    Password {
        /// User name.
        user: String,
        /// Password or access token.
        password: SecretString,
    },
    /// A refresh token, which a token server turns into access tokens.
    IdentityToken(SecretString),
    /// A token that goes to the registry as it is.
    RegistryToken(SecretString),
}

impl PullLogin {
    fn credentials(&self) -> DockerCredentials {
        let mut credentials = DockerCredentials::default();
        match self {
            Self::Password { user, password } => {
                credentials.username = Some(user.clone());
                credentials.password = Some(password.expose_secret().to_owned());
            }
            Self::IdentityToken(token) => {
                credentials.identitytoken = Some(token.expose_secret().to_owned());
            }
            Self::RegistryToken(token) => {
                credentials.registrytoken = Some(token.expose_secret().to_owned());
            }
        }
        credentials
    }
}

/// An image that was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledImage {
    /// The reference it was pulled by.
    pub reference: Reference,
    /// The image.
    pub image: ImageDetails,
    /// Whether the engine had this reference before: then it stays.
    pub existed: bool,
}

/// Pulls into the engine, without looking at the result.
pub(super) async fn pull_image(
    connection: &Connection,
    reference: &Reference,
    platform: Option<&Platform>,
    login: Option<&PullLogin>,
    on_progress: &(dyn Fn(PullProgress) + Send + Sync),
) -> Result<(), EngineError> {
    let platform = platform.map(ToString::to_string).unwrap_or_default();
    let name = reference.to_string();
    let options = CreateImageOptionsBuilder::new().from_image(&name).platform(&platform);
    let client = connection.patient_client();
    let mut messages =
        client.create_image(Some(options.build()), None, login.map(PullLogin::credentials));
    while let Some(message) = messages.next().await {
        let message = message
            .map_err(connection.error_while(&format!("pull {name}")))
            .map_err(|error| pull_error(error, reference))?;
        on_progress(message.into());
    }
    Ok(())
}

impl From<CreateImageInfo> for PullProgress {
    fn from(message: CreateImageInfo) -> Self {
        let detail = message.progress_detail.unwrap_or_default();
        Self {
            layer: message.id,
            status: message.status.unwrap_or_default(),
            current: detail.current.and_then(|bytes| bytes.try_into().ok()),
            total: detail.total.and_then(|bytes| bytes.try_into().ok()),
        }
    }
}

/// Messages of a registry that refuses.
const REFUSED: [&str; 7] = [
    "manifest unknown",
    "not found",
    "no matching manifest",
    "unauthorized",
    "denied",
    "no basic auth credentials",
    "name unknown",
];

/// Messages about a registry that does not answer. The status is the same, so only
/// the text distinguishes the two.
const UNREACHABLE: [&str; 6] = [
    "connection refused",
    "no such host",
    "timeout",
    "EOF",
    "connection reset",
    "server gave HTTP response to HTTPS client",
];

fn pull_error(error: EngineError, reference: &Reference) -> EngineError {
    let EngineError::Refused { doing, status, message } = error else { return error };
    if UNREACHABLE.iter().any(|text| message.contains(text)) {
        let registry = reference.repository().registry().as_str();
        return EngineError::RegistryUnreachable {
            reference: reference.to_string(),
            registry: requested_host(&message).unwrap_or(registry).to_owned(),
            message: innermost_cause(&message).to_owned(),
        };
    }
    if REFUSED.iter().any(|text| message.contains(text)) || status == Some(404) {
        return EngineError::NotPullable { reference: reference.to_string(), message };
    }
    EngineError::Refused { doing, status, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull_refused(status: Option<u16>, message: &str) -> EngineError {
        let refused = EngineError::Refused {
            doing: "pull x".to_owned(),
            status,
            message: message.to_owned(),
        };
        pull_error(refused, &"registry.example/x:1".parse().unwrap())
    }

    #[test]
    fn a_refusal_is_distinguished_from_silence() {
        let unknown = pull_refused(Some(404), "manifest for x not found: manifest unknown");
        assert!(matches!(unknown, EngineError::NotPullable { .. }));
        let denied = pull_refused(Some(500), "unauthorized: authentication required");
        assert!(matches!(denied, EngineError::NotPullable { .. }));
        let silent = pull_refused(Some(500), "dial tcp 127.0.0.1:1: connect: connection refused");
        assert!(matches!(silent, EngineError::RegistryUnreachable { .. }));
        assert!(matches!(pull_refused(Some(500), "other"), EngineError::Refused { .. }));
    }

    #[test]
    fn a_failed_name_resolution_is_one_sentence() {
        let error = pull_refused(
            Some(500),
            "Get \"https://registry.example/v2/\": dial tcp: lookup registry.example on 10.0.0.2:53: \
             no such host",
        );
        assert_eq!(
            error.to_string(),
            "cannot pull `registry.example/x:1`: cannot reach registry.example: no such host"
        );
    }
}
