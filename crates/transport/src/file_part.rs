use std::{io, path::PathBuf};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

/// Bytes read from disk at once while a file is sent.
const CHUNK: usize = 128 << 10;

/// A range of a file on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The file.
    pub path: PathBuf,
    /// First byte.
    pub offset: u64,
    /// Number of bytes; the file must not get shorter while it is sent.
    pub length: u64,
}

impl FilePart {
    pub(crate) fn stream(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let part = self.clone();
        let opened = async move {
            let mut file = tokio::fs::File::open(&part.path).await?;
            file.seek(io::SeekFrom::Start(part.offset)).await?;
            Ok::<_, io::Error>(ReaderStream::with_capacity(file.take(part.length), CHUNK))
        };
        stream::once(opened).try_flatten()
    }
}
