//! The first exchange of a connection. What fails before the engine has answered is a failure to
//! connect, and no request is lost with it.

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{error::SshError, problem::SshProblem};

/// Every engine since 18.09 answers it without a body.
const REQUEST: &[u8] = b"HEAD /_ping HTTP/1.1\r\nHost: docker\r\n\r\n";
const END: &[u8] = b"\r\n\r\n";
const PROTOCOL: &[u8] = b"HTTP/1.";
/// Bytes of the longest answer.
const LIMIT: usize = 16 << 10;

/// Waits until the engine answers.
pub(super) async fn greet(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> Result<(), SshError> {
    // When ssh has ended, its output has the reason.
    let _ = stream.write_all(REQUEST).await;
    let _ = stream.flush().await;
    let mut answer = Vec::new();
    while !answer.ends_with(END) {
        let read = stream.read_buf(&mut answer).await.map_err(|error| SshError::from_io(&error))?;
        let length = answer.len().min(PROTOCOL.len());
        if answer[..length] != PROTOCOL[..length] || answer.len() > LIMIT {
            let output = String::from_utf8_lossy(&answer[..answer.len().min(200)]);
            let output = output.lines().next().unwrap_or_default().trim().to_owned();
            return Err(SshError { problem: SshProblem::OtherOutput, output });
        }
        if read == 0 {
            return Err(SshError { problem: SshProblem::NoAnswer, output: String::new() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn greeted_with(answer: &[u8]) -> Result<(), SshProblem> {
        let (mut near, mut far) = tokio::io::duplex(1 << 12);
        far.write_all(answer).await.unwrap();
        far.shutdown().await.unwrap();
        greet(&mut near).await.map_err(|error| error.problem)
    }

    #[tokio::test]
    async fn only_an_engine_greets() {
        assert_eq!(greeted_with(b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n\r\n").await, Ok(()));
        let other = greeted_with(b"Welcome to shop-1!\nHTTP/1.1 200 OK\r\n\r\n").await;
        assert_eq!(other, Err(SshProblem::OtherOutput));
        for answer in [&b""[..], b"HTTP/1.1 200 OK\r\n"] {
            assert_eq!(greeted_with(answer).await, Err(SshProblem::NoAnswer));
        }
    }
}
