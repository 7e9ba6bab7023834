//! The way of a dump into its file: hashed, compressed, encrypted, hashed and written in
//! one pass. Content is hashed on one thread while another one compresses.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use age::stream::StreamWriter;
use bytes::Bytes;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinHandle,
};

use crate::{Checked, Recipients, StoreError, digest::Tally};

/// As the zstd program has by default.
const LEVEL: i32 = 3;

/// Pieces that wait for a thread.
const WAITING: usize = 16;

/// A piece of the stream; without `End` the stream was given up.
pub(crate) enum Piece {
    Data(Bytes),
    End,
}

/// What became of a stream.
pub(crate) struct Written {
    pub(crate) content: Checked,
    pub(crate) stored: Checked,
}

/// Takes a stream and writes it into a file, on threads of its own.
pub(crate) struct Pipeline {
    to_hash: Sender<Bytes>,
    to_compress: Sender<Piece>,
    hashed: JoinHandle<Checked>,
    /// Nothing after it was waited for.
    stored: Option<JoinHandle<Result<Checked, StoreError>>>,
    path: PathBuf,
}

impl Pipeline {
    pub(crate) fn start(file: File, path: &Path, recipients: &Recipients) -> Self {
        let (to_hash, hash_input) = channel(WAITING);
        let (to_compress, compress_input) = channel(WAITING);
        let (path, recipients) = (path.to_owned(), recipients.clone());
        let hashed = tokio::task::spawn_blocking(move || hash(hash_input));
        let stored = tokio::task::spawn_blocking({
            let path = path.clone();
            move || {
                let failed = |source| StoreError::of_io("write", &path, source);
                let stored = compress(compress_input, file, &recipients).map_err(failed)?;
                stored.ok_or(StoreError::Interrupted { path })
            }
        });
        Self { to_hash, to_compress, hashed, stored: Some(stored), path }
    }

    /// Takes the next piece; waits while the threads have enough to do.
    pub(crate) async fn write(&mut self, piece: Bytes) -> Result<(), StoreError> {
        let hashing = self.to_hash.send(piece.clone()).await.is_ok();
        let compressing = self.to_compress.send(Piece::Data(piece)).await.is_ok();
        if hashing && compressing { Ok(()) } else { Err(self.failure().await) }
    }

    /// Ends the stream, and waits until all of it is on the disk.
    pub(crate) async fn finish(mut self) -> Result<Written, StoreError> {
        // Where that thread has ended already, its result says why.
        let _ = self.to_compress.send(Piece::End).await;
        let stored = self.stored_result().await?;
        drop(self.to_hash);
        let interrupted = |_| StoreError::Interrupted { path: self.path };
        let content = self.hashed.await.map_err(interrupted)?;
        Ok(Written { content, stored })
    }

    /// Why the thread that writes has ended.
    async fn failure(&mut self) -> StoreError {
        let interrupted = StoreError::Interrupted { path: self.path.clone() };
        self.stored_result().await.err().unwrap_or(interrupted)
    }

    async fn stored_result(&mut self) -> Result<Checked, StoreError> {
        let interrupted = || StoreError::Interrupted { path: self.path.clone() };
        let stored = self.stored.take().ok_or_else(interrupted)?;
        stored.await.map_err(|_| interrupted())?
    }
}

fn hash(mut pieces: Receiver<Bytes>) -> Checked {
    let mut tally = Tally::default();
    while let Some(piece) = pieces.blocking_recv() {
        tally.add(&piece);
    }
    tally.total()
}

/// `None` when the stream was given up.
fn compress(
    mut pieces: Receiver<Piece>,
    file: File,
    recipients: &Recipients,
) -> io::Result<Option<Checked>> {
    let mut encoder = zstd::Encoder::new(Output::new(file, recipients)?, LEVEL)?;
    encoder.include_checksum(true)?;
    loop {
        match pieces.blocking_recv() {
            Some(Piece::Data(piece)) => encoder.write_all(&piece)?,
            Some(Piece::End) => break,
            None => return Ok(None),
        }
    }
    let output = encoder.finish()?.finish()?;
    output.file.sync_all()?;
    Ok(Some(output.tally.total()))
}

/// Where compressed bytes go.
enum Output {
    Plain(CountedFile),
    Encrypted(StreamWriter<CountedFile>),
}

impl Output {
    fn new(file: File, recipients: &Recipients) -> io::Result<Self> {
        let file = CountedFile { file, tally: Tally::default() };
        match recipients.encryptor()? {
            Some(encryptor) => Ok(Self::Encrypted(encryptor.wrap_output(file)?)),
            None => Ok(Self::Plain(file)),
        }
    }

    fn finish(self) -> io::Result<CountedFile> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Encrypted(writer) => writer.finish(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Encrypted(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Encrypted(writer) => writer.flush(),
        }
    }
}

struct CountedFile {
    file: File,
    tally: Tally,
}

impl Write for CountedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.tally.add(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
