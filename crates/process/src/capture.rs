use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// Keeps the first half and the last half of a stream within `limit` bytes:
/// the beginning explains, the end has the error.
pub(crate) struct Capture {
    head: Vec<u8>,
    tail: std::collections::VecDeque<u8>,
    half: usize,
}

impl Capture {
    pub(crate) fn new(limit: usize) -> Self {
        Self { head: Vec::new(), tail: std::collections::VecDeque::new(), half: limit / 2 }
    }

    fn push(&mut self, bytes: &[u8]) {
        let room = self.half.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.tail.extend(&bytes[room..]);
        let excess = self.tail.len().saturating_sub(self.half);
        self.tail.drain(..excess);
    }

    fn finish(mut self) -> Vec<u8> {
        self.head.extend(self.tail);
        self.head
    }
}

/// Reads a stream to its end line by line, gives each to `on_line`, keeps what fits.
pub(crate) async fn read_lines(
    stream: Option<impl AsyncRead + Unpin>,
    mut capture: Capture,
    mut on_line: impl FnMut(&str),
) -> std::io::Result<Vec<u8>> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).await? > 0 {
        on_line(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        capture.push(&line);
        line.clear();
    }
    Ok(capture.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_and_end_survive_a_long_stream() {
        let mut capture = Capture::new(8);
        capture.push(b"abcdefgh");
        capture.push(b"ijkl");
        assert_eq!(capture.finish(), b"abcdijkl");
    }
}
