use transport::{Fetched, HeaderMap, Response, StatusCode, Url};

/// Longest error text of a registry that is read.
const ERROR_LIMIT: usize = 64 << 10;

/// What a response states before its body is read, whether the body was fetched
/// with it or not.
pub(super) trait ServerResponse: Sized {
    fn status(&self) -> StatusCode;
    fn headers(&self) -> &HeaderMap;
    fn url(&self) -> &Url;
    /// The body of an error; empty when it cannot be read.
    fn error_body(self) -> impl Future<Output = bytes::Bytes> + Send;
}

impl ServerResponse for Fetched {
    fn status(&self) -> StatusCode {
        self.status
    }
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }
    fn url(&self) -> &Url {
        &self.url
    }
    async fn error_body(self) -> bytes::Bytes {
        self.body
    }
}

impl ServerResponse for Response {
    fn status(&self) -> StatusCode {
        self.status()
    }
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
    fn url(&self) -> &Url {
        self.url()
    }
    async fn error_body(self) -> bytes::Bytes {
        self.collect(ERROR_LIMIT).await.map(|fetched| fetched.body).unwrap_or_default()
    }
}
