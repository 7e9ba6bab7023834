use std::{error::Error, io, time::Duration};

use image_ref::Repository;
use oci_distribution::errors::{DigestError, OciDistributionError, OciEnvelope, OciErrorCode};
use transport::{HttpError, Method, RedactedUrl, StatusCode, Url};

use crate::{RegistryError, error_response};

/// A request of the independent client, for the errors that it can end with.
pub(super) struct FailedRequest<'a> {
    pub(super) repository: &'a Repository,
    /// The content as errors name it.
    pub(super) what: String,
    pub(super) has_credentials: bool,
    pub(super) url: Url,
    pub(super) patience: Duration,
}

/// Why a request failed.
pub(super) struct RequestFailure {
    pub(super) error: RegistryError,
    /// Whether the registry answered 401: a token may have expired.
    pub(super) wants_login: bool,
}

impl From<RegistryError> for RequestFailure {
    fn from(error: RegistryError) -> Self {
        Self { error, wants_login: false }
    }
}

impl FailedRequest<'_> {
    pub(super) fn failure(&self, error: OciDistributionError) -> RequestFailure {
        let wants_login = matches!(error, OciDistributionError::UnauthorizedError { .. });
        RequestFailure { error: self.error(error), wants_login }
    }

    /// The same error as our own client's, where it has one.
    pub(super) fn error(&self, error: OciDistributionError) -> RegistryError {
        use OciDistributionError as E;
        match error {
            E::UnauthorizedError { .. } => self.unauthorized(),
            E::RegistryError { envelope, .. } => self.refusal(envelope),
            E::ServerError { code, message, .. } => self.status(code, &message),
            E::DigestError(DigestError::VerificationError { expected, actual }) => {
                self.mismatch(&expected, &actual)
            }
            E::RequestError(source) if source.is_connect() => {
                let (method, url) = (Method::GET, self.redacted());
                let reason = innermost(&source.without_url());
                self.http(HttpError::Connect { method, url, reason })
            }
            E::RequestError(source) if source.is_timeout() => {
                let (method, url, waited) = (Method::GET, self.redacted(), self.patience);
                self.http(HttpError::TimedOut { method, url, waited })
            }
            E::RequestError(source) => self.interrupted(innermost(&source.without_url())),
            E::IoError(source) => self.stream_error(source),
            E::SpecViolationError(reason) => {
                self.http(HttpError::Garbage { method: Method::GET, url: self.redacted(), reason })
            }
            other => {
                RegistryError::IndependentPull { what: self.what.clone(), source: Box::new(other) }
            }
        }
    }

    /// The error of a body that began to come. Only the innermost reason is
    /// kept: the others may show the signed address that the body came from.
    pub(super) fn stream_error(&self, error: io::Error) -> RegistryError {
        match error.downcast::<DigestError>() {
            Ok(DigestError::VerificationError { expected, actual }) => {
                self.mismatch(&expected, &actual)
            }
            Ok(other) => {
                RegistryError::IndependentPull { what: self.what.clone(), source: Box::new(other) }
            }
            Err(error) => self.interrupted(innermost(&error)),
        }
    }

    fn unauthorized(&self) -> RegistryError {
        RegistryError::Unauthorized {
            registry: self.repository.registry().clone(),
            has_credentials: self.has_credentials,
            message: String::new(),
        }
    }

    /// A refusal with an error document, whose status this client does not keep.
    fn refusal(&self, envelope: OciEnvelope) -> RegistryError {
        use OciErrorCode as C;
        let Some(first) = envelope.errors.into_iter().next() else {
            return self.status(StatusCode::BAD_REQUEST.as_u16(), "");
        };
        let message: String = first.message.chars().take(300).collect();
        match first.code {
            C::Unauthorized => self.unauthorized(),
            C::BlobUnknown | C::ManifestUnknown | C::NameUnknown | C::NotFound => {
                RegistryError::NotFound { what: self.what.clone() }
            }
            C::Denied => self.denied(message),
            C::Toomanyrequests => self.rate_limited(),
            code => RegistryError::Refused {
                what: self.what.clone(),
                status: StatusCode::BAD_REQUEST,
                code: code_text(&code),
                message,
            },
        }
    }

    fn status(&self, code: u16, body: &str) -> RegistryError {
        let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
        let text = error_response::read(body.as_bytes());
        match status {
            StatusCode::TOO_MANY_REQUESTS => self.rate_limited(),
            StatusCode::FORBIDDEN => self.denied(text.message),
            status if status.is_server_error() => self.http(HttpError::Status {
                method: Method::GET,
                url: self.redacted(),
                status,
                message: text.message,
                body: bytes::Bytes::new(),
                retry_after: None,
            }),
            status => error_response::from_status(self.what.clone(), status, text),
        }
    }

    /// Without credentials more rights come from logging in.
    fn denied(&self, message: String) -> RegistryError {
        match self.has_credentials {
            true => RegistryError::Denied { what: self.what.clone(), message },
            false => self.unauthorized(),
        }
    }

    fn rate_limited(&self) -> RegistryError {
        let (method, url) = (Method::GET, self.redacted());
        self.http(HttpError::RateLimited { method, url, retry_after: None })
    }

    fn interrupted(&self, reason: String) -> RegistryError {
        let (method, url) = (Method::GET, self.redacted());
        self.http(HttpError::Interrupted { method, url, reason })
    }

    fn mismatch(&self, expected: &str, actual: &str) -> RegistryError {
        match (expected.parse(), actual.parse()) {
            (Ok(expected), Ok(actual)) => {
                RegistryError::DigestMismatch { what: self.what.clone(), expected, actual }
            }
            _ => RegistryError::Malformed {
                what: self.what.clone(),
                reason: format!("its digest is {actual}, not {expected}"),
            },
        }
    }

    fn http(&self, error: HttpError) -> RegistryError {
        RegistryError::from_http(self.repository.registry(), error)
    }

    fn redacted(&self) -> RedactedUrl {
        RedactedUrl::from(&self.url)
    }
}

/// The code as the distribution specification writes it.
fn code_text(code: &OciErrorCode) -> Option<String> {
    serde_json::to_value(code).ok()?.as_str().map(str::to_owned)
}

fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use image_ref::Digest;

    use super::*;

    fn error_of(error: OciDistributionError) -> RegistryError {
        let repository: Repository = "registry.example/team/app".parse().unwrap();
        let request = FailedRequest {
            what: "blob of registry.example/team/app".to_owned(),
            has_credentials: true,
            url: "https://registry.example/v2/team/app/blobs/x".parse().unwrap(),
            patience: Duration::from_secs(1),
            repository: &repository,
        };
        request.error(error)
    }

    fn server_error(code: u16, message: &str) -> OciDistributionError {
        OciDistributionError::ServerError { code, url: String::new(), message: message.to_owned() }
    }

    #[test]
    fn a_server_that_fails_may_be_asked_again_and_a_missing_part_not() {
        assert!(error_of(server_error(503, "")).may_pass());
        assert!(error_of(server_error(429, "")).may_pass());
        assert!(error_of(server_error(404, "")).is_not_found());
        assert!(matches!(error_of(server_error(403, "")), RegistryError::Denied { .. }));
    }

    #[test]
    fn a_page_made_for_browsers_is_not_repeated() {
        let error = error_of(server_error(418, "<html>canary</html>"));
        assert!(!error.to_string().contains("canary"), "{error}");
        assert!(error.to_string().contains("blob of registry.example/team/app"), "{error}");
    }

    #[test]
    fn a_wrong_digest_is_a_mismatch_in_a_body_as_in_a_manifest() {
        let [expected, actual] = [b"a", b"b"].map(|bytes| Digest::of(bytes).to_string());
        let mismatch = DigestError::VerificationError { expected, actual };
        let error = error_of(OciDistributionError::IoError(io::Error::other(mismatch)));
        assert!(matches!(error, RegistryError::DigestMismatch { .. }), "{error}");
    }
}
