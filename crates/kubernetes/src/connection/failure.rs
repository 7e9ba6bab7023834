use std::{error::Error, io};

use super::way::ProxyError;

/// Why nothing came back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The two sides do not trust each other.
    Tls(String),
    /// The connection failed or broke.
    Connection(String),
}

/// Looks through an error of `kube` and its sources for the one that says why.
/// Only errors of the operating system, of TLS and of HTTP's framing are put
/// into words; others could hold what was sent.
pub(super) fn explain(error: &(dyn Error + 'static)) -> Failure {
    let mut reason = None;
    let mut behind_proxy = false;
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Failure::Tls(tls.to_string());
        }
        behind_proxy |= error.is::<ProxyError>();
        reason = words(error).or(reason);
        next = inside(error);
    }
    let reason = reason.unwrap_or_else(|| "the connection failed".to_owned());
    Failure::Connection(if behind_proxy { format!("through its proxy: {reason}") } else { reason })
}

fn words(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return error.raw_os_error().map(|_| error.to_string()).or_else(|| of_library(error));
    }
    let http = error.downcast_ref::<hyper::Error>()?;
    let broken = http.is_incomplete_message() || http.is_closed() || http.is_canceled();
    if http.is_parse() {
        return Some("what answers there does not speak HTTP".to_owned());
    }
    broken.then(|| "the connection broke".to_owned())
}

/// Errors that do not come from the operating system. Name resolution has no
/// kind of its own, so its text is looked at.
fn of_library(error: &io::Error) -> Option<String> {
    if error.to_string().starts_with("failed to lookup address information") {
        return Some("its name is not known".to_owned());
    }
    (error.kind() != io::ErrorKind::Other).then(|| error.kind().to_string())
}

/// An [`io::Error`] that wraps another error gives that one's source as its own.
fn inside<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
