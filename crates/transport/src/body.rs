use std::{fmt, path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use crate::Multipart;

/// Is told how many bytes were handed to the connection since the last call.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// Bytes read from disk at once while a file is sent.
const CHUNK: usize = 128 << 10;

/// What a request carries. Every kind can be sent again: files are opened anew.
#[derive(Clone, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// Bytes in memory.
    Bytes(Bytes),
    /// Part of a file, streamed.
    File(FilePart),
    /// A form with fields and one file, streamed (RFC 7578).
    Multipart(Arc<Multipart>),
}

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

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::File(part) => part.fmt(f),
            Self::Multipart(form) => write!(f, "Multipart({})", form.length()),
        }
    }
}

impl Body {
    /// Length in bytes, as sent in `Content-Length`.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(part) => part.length,
            Self::Multipart(form) => form.length(),
        }
    }

    pub(crate) fn to_reqwest(&self, progress: Option<&Progress>) -> reqwest::Body {
        let told = progress.cloned();
        match self {
            Self::Empty => reqwest::Body::default(),
            Self::Bytes(bytes) if told.is_none() => bytes.clone().into(),
            Self::Bytes(bytes) => wrap(stream::iter(in_chunks(bytes)), told),
            Self::File(part) => wrap(part.stream(), told),
            Self::Multipart(form) => {
                let (head, tail) = (form.head(), form.tail());
                let around = |bytes: Bytes| stream::once(async move { Ok(bytes) });
                wrap(around(head).chain(form.file().stream()).chain(around(tail)), told)
            }
        }
    }
}

fn in_chunks(bytes: &Bytes) -> Vec<std::io::Result<Bytes>> {
    let starts = (0..bytes.len()).step_by(CHUNK);
    starts.map(|start| Ok(bytes.slice(start..bytes.len().min(start + CHUNK)))).collect()
}

fn wrap(
    chunks: impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    progress: Option<Progress>,
) -> reqwest::Body {
    reqwest::Body::wrap_stream(chunks.inspect_ok(move |chunk| {
        if let Some(progress) = &progress {
            progress(chunk.len() as u64);
        }
    }))
}

impl FilePart {
    fn stream(&self) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send + 'static {
        let part = self.clone();
        let opened = async move {
            let mut file = tokio::fs::File::open(&part.path).await?;
            file.seek(std::io::SeekFrom::Start(part.offset)).await?;
            Ok::<_, std::io::Error>(ReaderStream::with_capacity(file.take(part.length), CHUNK))
        };
        stream::once(opened).try_flatten()
    }
}
