use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use reqwest::{Method, header};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
    time::timeout,
};
use url::Url;

use crate::{Fetched, HttpError, RedactedUrl, root_cause::root_cause};

/// Requests an address once, over a connection that is there already, such as a tunnel. No
/// redirect is followed; every status is a result.
///
/// # Errors
/// [`HttpError::Interrupted`], [`HttpError::TimedOut`], [`HttpError::TooLong`].
pub async fn get_over<S>(
    stream: S,
    url: &Url,
    limit: usize,
    patience: Duration,
) -> Result<Fetched, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (method, redacted) = (Method::GET, RedactedUrl::from(url));
    let exchanged = timeout(patience, exchange(stream, url, limit)).await;
    match exchanged {
        Ok(Ok(fetched)) => Ok(fetched),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(HttpError::TooLong { method, url: redacted, limit })
        }
        Ok(Err(error)) => {
            let reason = root_cause(&*error);
            Err(HttpError::Interrupted { method, url: redacted, reason })
        }
        Err(_) => Err(HttpError::TimedOut { method, url: redacted, waited: patience }),
    }
}

type ExchangeError = Box<dyn std::error::Error + Send + Sync>;

async fn exchange<S>(stream: S, url: &Url, limit: usize) -> Result<Fetched, ExchangeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Ends with this function, in whatever way.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = hyper::Request::get(path).header(header::HOST, host);
    let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, limit).collect().await?.to_bytes();
    Ok(Fetched {
        method: Method::GET,
        url: url.clone(),
        status: head.status,
        reason: None,
        headers: head.headers,
        body,
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    async fn answered_with(answer: &'static [u8]) -> (Result<Fetched, HttpError>, String) {
        let (near, mut far) = duplex(1 << 12);
        let server = async move {
            let mut request = vec![0; 1 << 12];
            let length = far.read(&mut request).await.unwrap();
            far.write_all(answer).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        };
        let url: Url = "http://172.18.0.2:8080/health?a=b".parse().unwrap();
        tokio::join!(get_over(near, &url, 16, Duration::from_secs(5)), server)
    }

    #[tokio::test]
    async fn any_status_is_a_result() {
        let answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
        let (fetched, request) = answered_with(answer).await;
        let fetched = fetched.unwrap();
        assert_eq!((fetched.status.as_u16(), &fetched.body[..]), (503, &b"busy"[..]));
        assert!(request.starts_with("GET /health?a=b HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("host: 172.18.0.2:8080\r\n"), "{request}");
    }

    #[tokio::test]
    async fn a_connection_that_ends_and_a_long_body_are_errors() {
        let (ended, _) = answered_with(b"").await;
        assert!(matches!(ended, Err(HttpError::Interrupted { .. })), "{ended:?}");
        let long = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n01234567890123456";
        let (long, _) = answered_with(long).await;
        assert!(matches!(long, Err(HttpError::TooLong { limit: 16, .. })), "{long:?}");
    }
}
