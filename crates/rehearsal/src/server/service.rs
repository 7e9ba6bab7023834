//! What a server serves, and the messages that it exchanges.

use super::body::Body;

/// A request whose body arrives as it is read.
pub type Request = http::Request<Body>;
/// A response whose body is sent as it is produced.
pub type Response = http::Response<Body>;

/// The application behind a [`Server`](super::Server).
#[async_trait::async_trait]
pub trait Service: Send + Sync + 'static {
    /// Answers one request.
    ///
    /// The request's extensions hold [`crate::fault::Stale`] when the response should come from an
    /// older state.
    async fn respond(&self, request: Request) -> Response;
}
