use std::{error::Error, io};

use super::proxy_connector::ProxyError;

/// Why there was no response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ConnectionFailure {
    /// The two sides do not trust each other.
    Tls(String),
    /// The connection failed or broke.
    Other(String),
}

impl ConnectionFailure {
    /// Searches an error of `kube` and its sources for the reason. Only errors of the
    /// operating system, of TLS and of HTTP's framing are shown; others could contain
    /// what was sent.
    pub(super) fn from_error(error: &(dyn Error + 'static)) -> Self {
        let mut reason = None;
        let mut is_behind_proxy = false;
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Self::Tls(tls.to_string());
            }
            is_behind_proxy |= error.is::<ProxyError>();
            reason = harmless_reason(error).or(reason);
            next = inner_error(error);
        }
        let reason = reason.unwrap_or_else(|| "the connection failed".to_owned());
        let prefix = if is_behind_proxy { "through its proxy: " } else { "" };
        Self::Other(format!("{prefix}{reason}"))
    }
}

fn harmless_reason(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return match error.raw_os_error() {
            Some(_) => Some(error.to_string()),
            None => library_reason(error),
        };
    }
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_parse() {
        Some("the server does not speak HTTP".to_owned())
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        Some("the connection was closed".to_owned())
    } else {
        None
    }
}

/// Errors that do not come from the operating system. Name resolution has no kind of
/// its own and is recognised by its text.
fn library_reason(error: &io::Error) -> Option<String> {
    if error.to_string().starts_with("failed to lookup address information") {
        return Some("its host name cannot be resolved".to_owned());
    }
    (error.kind() != io::ErrorKind::Other).then(|| error.kind().to_string())
}

/// An [`io::Error`] that wraps another error returns that error's source as its own.
fn inner_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
