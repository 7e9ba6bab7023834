//! Sends bytes between an asynchronous and a blocking side, a few parts at a time.
//! When either side is dropped, the other ends.

use std::io::{self, Read, Write};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Parts in transit at most; with parts of up to [`PART`] bytes this bounds memory.
const DEPTH: usize = 8;
/// Bytes that a writer collects before it sends them.
const PART: usize = 1 << 18;

/// The asynchronous side sends, the blocking side reads.
pub(crate) fn to_blocking() -> (Sender<Bytes>, ChannelReader) {
    let (sender, receiver) = channel(DEPTH);
    (sender, ChannelReader { receiver, part: Bytes::new() })
}

pub(crate) struct ChannelReader {
    receiver: Receiver<Bytes>,
    part: Bytes,
}

impl Read for ChannelReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() {
            match self.receiver.blocking_recv() {
                Some(part) => self.part = part,
                None => return Ok(0),
            }
        }
        let length = out.len().min(self.part.len());
        self.part.copy_to_slice(&mut out[..length]);
        Ok(length)
    }
}

/// The blocking side writes, the asynchronous side has a stream.
pub(crate) fn from_blocking()
-> (ChannelWriter, impl Stream<Item = io::Result<Bytes>> + Send + 'static) {
    let (sender, receiver) = channel(DEPTH);
    let parts = stream::unfold(receiver, |mut receiver: Receiver<io::Result<Bytes>>| async {
        receiver.recv().await.map(|part| (part, receiver))
    });
    (ChannelWriter { sender, part: BytesMut::with_capacity(PART) }, parts)
}

pub(crate) struct ChannelWriter {
    sender: Sender<io::Result<Bytes>>,
    part: BytesMut,
}

impl ChannelWriter {
    /// Ends the stream with an error, so that the reader does not take what it got
    /// so far for everything.
    pub(crate) fn abort(self) {
        // It does not matter if the reader was dropped already.
        let _ = self.sender.blocking_send(Err(io::ErrorKind::Interrupted.into()));
    }
}

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PART.saturating_sub(self.part.len()).max(1).min(bytes.len());
        self.part.extend_from_slice(&bytes[..room]);
        if self.part.len() >= PART {
            self.flush()?;
        }
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        let part = self.part.split().freeze();
        self.sender.blocking_send(Ok(part)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt as _;

    #[tokio::test]
    async fn bytes_written_on_one_side_are_read_on_the_other() {
        let (mut writer, parts) = from_blocking();
        let content: Vec<u8> = (0..=255).cycle().take(3 * PART + 5).collect();
        let copy = content.clone();
        let writing = tokio::task::spawn_blocking(move || {
            writer.write_all(&copy).and_then(|()| writer.flush())
        });
        let parts: Vec<Bytes> = parts.try_collect().await.unwrap();
        writing.await.unwrap().unwrap();
        assert_eq!(parts.concat(), content);
    }

    #[tokio::test]
    async fn a_writer_ends_when_the_reader_is_dropped() {
        let (mut writer, parts) = from_blocking();
        drop(parts);
        let writing = tokio::task::spawn_blocking(move || writer.write_all(&[0; 2 * PART]));
        assert_eq!(writing.await.unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn an_aborted_writer_is_distinguished_from_a_finished_one() {
        let (writer, parts) = from_blocking();
        tokio::task::spawn_blocking(move || writer.abort()).await.unwrap();
        assert!(parts.try_collect::<Vec<_>>().await.is_err());
    }

    #[tokio::test]
    async fn a_reader_sees_the_end_when_the_sender_is_dropped() {
        let (sender, mut reader) = to_blocking();
        sender.send(Bytes::from_static(b"abc")).await.unwrap();
        drop(sender);
        let read = tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).map(|_| text)
        });
        assert_eq!(read.await.unwrap().unwrap(), "abc");
    }
}
