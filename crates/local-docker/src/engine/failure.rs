//! The client library's errors as ours.

use std::{error::Error, io};

use bollard::errors::Error as ClientError;

use crate::{Address, Endpoint, EngineError, error::Cause};

/// What the kernel says when a disk is full, and the engine passes on.
const NO_SPACE: &str = "no space left on device";

pub(crate) fn from_client(error: ClientError, doing: String, endpoint: &Endpoint) -> EngineError {
    match error {
        ClientError::DockerResponseServerError { status_code, message } => {
            refused(doing, Some(status_code), message)
        }
        ClientError::DockerStreamError { error } => refused(doing, None, error),
        ClientError::RequestTimeoutError => EngineError::NoAnswer { doing },
        ClientError::JsonDataError { .. } | ClientError::JsonSerdeError { .. } => {
            EngineError::InvalidResponse { doing, source: error.into() }
        }
        error => unreached(error, doing, endpoint),
    }
}

pub(crate) fn refused(doing: String, status: Option<u16>, message: String) -> EngineError {
    if message.contains(NO_SPACE) {
        return EngineError::NoSpace { doing, message };
    }
    EngineError::Refused { doing, status, message }
}

fn unreached(error: ClientError, doing: String, endpoint: &Endpoint) -> EngineError {
    let absent = matches!(error, ClientError::SocketNotFoundError(_)) || is_connect(&error);
    let kind = of_system(&error).map(io::Error::kind);
    let source = cause(error);
    match kind {
        Some(io::ErrorKind::PermissionDenied) => {
            EngineError::PermissionDenied { socket: socket_of(endpoint), source }
        }
        Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            EngineError::EngineAbsent { endpoint: endpoint.to_string(), source }
        }
        _ if absent => EngineError::EngineAbsent { endpoint: endpoint.to_string(), source },
        _ => EngineError::EngineGone { doing, source },
    }
}

/// The innermost words, mostly the operating system's: those of the layers of
/// clients around them tell users nothing.
fn cause(error: ClientError) -> Cause {
    match innermost(&error) {
        Some(innermost) => innermost.to_string().into(),
        None => error.into(),
    }
}

fn innermost(error: &ClientError) -> Option<&(dyn Error + 'static)> {
    let mut innermost = error.source()?;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    Some(innermost)
}

fn socket_of(endpoint: &Endpoint) -> String {
    match &endpoint.address {
        Address::Unix(path) => path.display().to_string(),
        Address::Tcp(host) => host.clone(),
    }
}

fn is_connect(error: &ClientError) -> bool {
    matches!(error, ClientError::HyperLegacyError { err } if err.is_connect())
}

/// The operating system's error at the end of the chain.
fn of_system(error: &ClientError) -> Option<&io::Error> {
    if let ClientError::IOError { err } = error {
        return Some(err);
    }
    innermost(error)?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        Endpoint { address: Address::Unix("/run/d.sock".into()), context: None, tls: None }
    }

    fn of_io(kind: io::ErrorKind) -> EngineError {
        let error = ClientError::IOError { err: kind.into() };
        from_client(error, "list images".to_owned(), &endpoint())
    }

    #[test]
    fn permission_and_absence_are_told_apart() {
        let denied = of_io(io::ErrorKind::PermissionDenied);
        assert!(denied.advice().is_some_and(|advice| advice.contains("group")));
        assert!(
            matches!(denied, EngineError::PermissionDenied { socket, .. } if socket == "/run/d.sock")
        );
        assert!(matches!(of_io(io::ErrorKind::NotFound), EngineError::EngineAbsent { .. }));
        assert!(matches!(of_io(io::ErrorKind::ConnectionReset), EngineError::EngineGone { .. }));
    }

    #[test]
    fn a_full_disk_is_its_own_outcome() {
        let message = "write /layer.tar: no space left on device".to_owned();
        let error = ClientError::DockerResponseServerError { status_code: 500, message };
        let error = from_client(error, "load an image".to_owned(), &endpoint());
        assert!(matches!(error, EngineError::NoSpace { .. }));
    }
}
