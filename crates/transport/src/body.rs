use std::{fmt, io, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _, stream};

use crate::{FilePart, Multipart};

/// Called with the number of bytes handed to the connection since the last call.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// Bytes in memory that are handed to the connection at once, so that progress moves.
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
        let progress = progress.cloned();
        match self {
            Self::Empty => reqwest::Body::default(),
            Self::Bytes(bytes) if progress.is_none() => bytes.clone().into(),
            Self::Bytes(bytes) => wrap(stream::iter(in_chunks(bytes)), progress),
            Self::File(part) => wrap(part.stream(), progress),
            Self::Multipart(form) => wrap(form.stream(), progress),
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<FilePart> for Body {
    fn from(part: FilePart) -> Self {
        Self::File(part)
    }
}

impl From<Multipart> for Body {
    fn from(form: Multipart) -> Self {
        Self::Multipart(Arc::new(form))
    }
}

fn in_chunks(bytes: &Bytes) -> Vec<io::Result<Bytes>> {
    let starts = (0..bytes.len()).step_by(CHUNK);
    starts.map(|start| Ok(bytes.slice(start..bytes.len().min(start + CHUNK)))).collect()
}

fn wrap(
    chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    progress: Option<Progress>,
) -> reqwest::Body {
    reqwest::Body::wrap_stream(chunks.inspect_ok(move |chunk| {
        if let Some(progress) = &progress {
            progress(chunk.len() as u64);
        }
    }))
}
