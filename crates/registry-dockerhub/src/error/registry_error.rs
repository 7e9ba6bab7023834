use std::{path::PathBuf, time::Duration};

use image_ref::{Digest, ImageTag, Platform, Registry, Repository};
use oci_image::ImageError;
use transport::{HttpError, StatusCode};

use super::parts;
use crate::auth::Right;

/// Why a registry did not do what it was asked for. Texts read after a colon;
/// [`RegistryError::hint`] says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// No credentials were found, or the registry does not accept them.
    #[error("{registry} {}{}", parts::accepted(*.has_credentials), parts::in_parentheses(.message))]
    Unauthorized {
        /// Registry that refuses.
        registry: Registry,
        /// Whether credentials were sent.
        has_credentials: bool,
        /// The server's message.
        message: String,
    },
    /// The credentials are good and do not include this right.
    #[error("the token lacks `{right}` on {repository}{}", parts::in_parentheses(.message))]
    MissingRight {
        /// The right that is missing.
        right: Right,
        /// Where it is missing.
        repository: Repository,
        /// The server's message.
        message: String,
    },
    /// The server refuses (403) although the rights seem to be there.
    #[error("{what}: refused{}", parts::in_parentheses(.message))]
    Denied {
        /// What was asked for.
        what: String,
        /// The server's message.
        message: String,
    },
    /// There is no such repository, tag, manifest or blob.
    #[error("{what}: not found")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The registry cannot do this or has it switched off (405).
    #[error("{what}: not supported by this registry{}", parts::in_parentheses(.message))]
    Unsupported {
        /// What was asked for.
        what: String,
        /// The server's message.
        message: String,
    },
    /// Any other answer that says no.
    #[error("{what}: answered {status}{}{}", parts::code(.code), parts::in_parentheses(.message))]
    Refused {
        /// What was asked for.
        what: String,
        /// Status of the answer.
        status: StatusCode,
        /// Error code of the distribution specification, such as `DIGEST_INVALID`.
        code: Option<String>,
        /// The server's message.
        message: String,
    },
    /// Too many requests, and the wait is longer than allowed.
    #[error("{registry} turns requests away for now{}", parts::wait(*.retry_after))]
    RateLimited {
        /// Registry that refuses.
        registry: Registry,
        /// The wait that it asks for.
        retry_after: Option<Duration>,
        /// The request.
        #[source]
        source: Box<HttpError>,
    },
    /// The server failed (5xx) after all repetitions.
    #[error("{registry} failed by itself")]
    ServerFailed {
        /// Registry that failed.
        registry: Registry,
        /// Request and answer.
        #[source]
        source: Box<HttpError>,
    },
    /// No connection.
    #[error("{registry} cannot be reached")]
    Unreachable {
        /// Registry that was asked.
        registry: Registry,
        /// The request.
        #[source]
        source: Box<HttpError>,
    },
    /// The connection broke before the whole answer came.
    #[error("the connection to {registry} broke")]
    Interrupted {
        /// Registry that was asked.
        registry: Registry,
        /// The request.
        #[source]
        source: Box<HttpError>,
    },
    /// No answer in time.
    #[error("{registry} did not answer in time")]
    TimedOut {
        /// Registry that was asked.
        registry: Registry,
        /// The request.
        #[source]
        source: Box<HttpError>,
    },
    /// The answer is not of the protocol: a proxy or another service answers here.
    #[error("{registry} does not answer like a registry")]
    Garbage {
        /// Registry that was asked.
        registry: Registry,
        /// Request and reason.
        #[source]
        source: Box<HttpError>,
    },
    /// The request could not be made.
    #[error("no request to {registry} could be made")]
    Request {
        /// Registry that was to be asked.
        registry: Registry,
        /// The reason.
        #[source]
        source: Box<HttpError>,
    },
    /// The registry wants credentials to be sent to a place that is not safe.
    #[error("{registry} names `{realm}` as its token server, which {reason}")]
    UntrustedRealm {
        /// Registry that named it.
        registry: Registry,
        /// The address, without its query.
        realm: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Content does not have the digest that it was asked for by.
    #[error("{what}: expected {expected}, got {actual}")]
    DigestMismatch {
        /// Which content.
        what: String,
        /// The digest asked for.
        expected: Digest,
        /// The digest of what came.
        actual: Digest,
    },
    /// A tag is not where the plan saw it: somebody else moved it.
    #[error("tag `{tag}` of {repository} was moved meanwhile: expected {}, found {}",
        parts::digest(.expected.as_ref()), parts::digest(.actual.as_ref()))]
    TagMoved {
        /// Repository.
        repository: Repository,
        /// Tag.
        tag: ImageTag,
        /// Where the plan saw it; `None` means absent.
        expected: Option<Digest>,
        /// Where it is.
        actual: Option<Digest>,
    },
    /// The registry accepted a tag and does not show it.
    #[error("tag `{tag}` of {repository} was accepted for {expected}, and shows {}",
        parts::digest(.actual.as_ref()))]
    NotVisible {
        /// Repository.
        repository: Repository,
        /// Tag.
        tag: ImageTag,
        /// The digest written.
        expected: Digest,
        /// The digest shown.
        actual: Option<Digest>,
    },
    /// The image does not exist for this platform.
    #[error("{what}: no image for {wanted}; there is {}", parts::list(.available))]
    PlatformMissing {
        /// Which image.
        what: String,
        /// Platform asked for.
        wanted: Platform,
        /// Platforms that exist.
        available: Vec<Platform>,
    },
    /// Content that cannot be read as what it should be.
    #[error("{what} cannot be read: {reason}")]
    Malformed {
        /// Which content.
        what: String,
        /// The reason.
        reason: String,
    },
    /// An image or its layout cannot be used.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The independent client failed in a way that our own does not have.
    #[error("{what}: the independent client cannot pull it")]
    IndependentPull {
        /// Which content.
        what: String,
        /// Its reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A credential file cannot be read.
    #[error("credentials in `{}` cannot be read: {reason}", .path.display())]
    CredentialFile {
        /// The file, or the name of the variable.
        path: PathBuf,
        /// The reason; nothing of the content.
        reason: String,
    },
    /// A credential helper did not answer.
    #[error("credential helper `{helper}` gave nothing for `{server}`: {reason}")]
    CredentialHelper {
        /// Name of the program.
        helper: String,
        /// Server asked about.
        server: String,
        /// The reason; nothing that the helper printed.
        reason: String,
    },
    /// Downloaded content cannot be stored where the caller wants it.
    #[error("cannot store {what}")]
    NotStored {
        /// Which content.
        what: String,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
}

impl RegistryError {
    pub(crate) fn from_http(registry: &Registry, source: HttpError) -> Self {
        let (registry, source) = (registry.clone(), Box::new(source));
        match *source {
            HttpError::RateLimited { retry_after, .. } => {
                Self::RateLimited { registry, retry_after, source }
            }
            HttpError::Status { status, .. } if status.is_server_error() => {
                Self::ServerFailed { registry, source }
            }
            HttpError::Connect { .. } => Self::Unreachable { registry, source },
            HttpError::Interrupted { .. } => Self::Interrupted { registry, source },
            HttpError::TimedOut { .. } => Self::TimedOut { registry, source },
            HttpError::Garbage { .. } => Self::Garbage { registry, source },
            _ => Self::Request { registry, source },
        }
    }

    /// Whether the registry may have acted although no proper answer came:
    /// probe before you call it failed or send again.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::ServerFailed { .. }
                | Self::Interrupted { .. }
                | Self::TimedOut { .. }
                | Self::Garbage { .. }
        )
    }

    /// Whether nothing is wrong with request and rights: the registry could not
    /// be asked now.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.is_ambiguous() || matches!(self, Self::Unreachable { .. } | Self::RateLimited { .. })
    }

    /// Whether the thing asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}
