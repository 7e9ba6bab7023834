//! Converts the client library's errors into ours.

use std::{error::Error, io};

use bollard::errors::Error as ClientError;

use crate::{
    error::{Cause, EngineError},
    locate::{Address, Endpoint},
    ssh::{SshError, process_error},
};

/// What the kernel reports when a disk is full, and the engine passes on.
const NO_SPACE: &str = "no space left on device";

pub(super) fn engine_error(error: ClientError, doing: &str, endpoint: &Endpoint) -> EngineError {
    let doing = doing.to_owned();
    match error {
        ClientError::DockerResponseServerError { status_code, message } => {
            refusal(doing, Some(status_code), message)
        }
        ClientError::DockerStreamError { error } => refusal(doing, None, error),
        ClientError::RequestTimeoutError => EngineError::NoAnswer { doing },
        ClientError::JsonDataError { .. } | ClientError::JsonSerdeError { .. } => {
            EngineError::InvalidResponse { doing, source: innermost_error(error) }
        }
        error if is_certificate_error(&error) => EngineError::Certificates {
            endpoint: endpoint.to_string(),
            source: innermost_error(error),
        },
        error => connection_error(error, doing, endpoint),
    }
}

fn is_certificate_error(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::NoHomePathError
            | ClientError::CertPathError { .. }
            | ClientError::CertMultipleKeys { .. }
            | ClientError::CertParseError { .. }
            | ClientError::NoNativeCertsError { .. }
            | ClientError::LoadNativeCertsErrors { .. }
    )
}

fn refusal(doing: String, status: Option<u16>, message: String) -> EngineError {
    if message.contains(NO_SPACE) {
        return EngineError::NoSpace { doing, message };
    }
    EngineError::Refused { doing, status, message }
}

fn connection_error(error: ClientError, doing: String, endpoint: &Endpoint) -> EngineError {
    if let Some(SshError { problem, output }) = found_in(&error) {
        let (endpoint, output) = (endpoint.to_string(), output.clone());
        return EngineError::Ssh { endpoint, problem: *problem, output };
    }
    if let Some(lost) = found_in(&error).and_then(process_error) {
        return EngineError::ConnectionLost { doing, source: lost.to_string().into() };
    }
    let not_connected =
        matches!(error, ClientError::SocketNotFoundError(_)) || is_connect_error(&error);
    let kind = system_error(&error).map(io::Error::kind);
    let source = innermost_error(error);
    match kind {
        Some(io::ErrorKind::PermissionDenied) => {
            EngineError::PermissionDenied { socket: socket_of(endpoint), source }
        }
        Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            EngineError::EngineAbsent { endpoint: endpoint.to_string(), source }
        }
        _ if not_connected => EngineError::EngineAbsent { endpoint: endpoint.to_string(), source },
        _ => EngineError::EngineGone { doing, source },
    }
}

/// Mostly the operating system's message: those of the client's layers around it do
/// not help users.
fn innermost_error(error: ClientError) -> Cause {
    match innermost_source(&error) {
        Some(innermost) => innermost.to_string().into(),
        None => error.into(),
    }
}

fn innermost_source(error: &ClientError) -> Option<&(dyn Error + 'static)> {
    let mut innermost = error.source()?;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    Some(innermost)
}

/// The first error of this type in the chain.
fn found_in<T: Error + 'static>(error: &ClientError) -> Option<&T> {
    if let ClientError::IOError { err } = error
        && let Some(found) = (err as &(dyn Error + 'static)).downcast_ref()
    {
        return Some(found);
    }
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn socket_of(endpoint: &Endpoint) -> String {
    match &endpoint.address {
        Address::Unix(path) => path.display().to_string(),
        other => other.to_string(),
    }
}

fn is_connect_error(error: &ClientError) -> bool {
    matches!(error, ClientError::HyperLegacyError { err } if err.is_connect())
}

/// The operating system's error at the end of the chain.
fn system_error(error: &ClientError) -> Option<&io::Error> {
    if let ClientError::IOError { err } = error {
        return Some(err);
    }
    innermost_source(error)?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        Endpoint { address: Address::Unix("/run/d.sock".into()), context: None, tls: None }
    }

    fn io_failure(kind: io::ErrorKind) -> EngineError {
        let error = ClientError::IOError { err: kind.into() };
        engine_error(error, "list images", &endpoint())
    }

    #[test]
    fn a_missing_permission_is_distinguished_from_an_absent_engine() {
        let denied = io_failure(io::ErrorKind::PermissionDenied);
        assert!(denied.advice().is_some_and(|advice| advice.contains("group")));
        assert!(
            matches!(denied, EngineError::PermissionDenied { socket, .. } if socket == "/run/d.sock")
        );
        assert!(matches!(io_failure(io::ErrorKind::NotFound), EngineError::EngineAbsent { .. }));
        assert!(matches!(
            io_failure(io::ErrorKind::ConnectionReset),
            EngineError::EngineGone { .. }
        ));
    }

    #[test]
    fn missing_certificates_are_reported_with_their_path() {
        let error = ClientError::CertPathError { path: "/certs/ca.pem".into() };
        let error = engine_error(error, "list images", &endpoint());
        let EngineError::Certificates { source, .. } = &error else { panic!("{error:?}") };
        assert!(source.to_string().contains("/certs/ca.pem"), "{source}");
    }

    #[test]
    fn a_full_disk_has_a_variant_of_its_own() {
        let message = "write /layer.tar: no space left on device".to_owned();
        let error = ClientError::DockerResponseServerError { status_code: 500, message };
        let error = engine_error(error, "load an image", &endpoint());
        assert!(matches!(error, EngineError::NoSpace { .. }));
    }
}
