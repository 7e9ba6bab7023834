//! Reads a multipart upload: fields into memory, the file into a folder, piece by piece.

use std::io::{self, Write as _};
use std::path::Path;

use bytes::Bytes;
use futures_util::stream::unfold;
use http::{HeaderMap, header};
use multer::{Field, Multipart};
use tempfile::{NamedTempFile, TempPath};
use tokio::sync::mpsc;

use super::digests::{Digests, Hasher};
use super::form::Form;
use super::refusal::Refusal;
use crate::server::Body;

/// Pieces that may wait for the disk; bounds the memory of one upload.
const WAITING_PIECES: usize = 16;

/// An upload as it came.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) form: Form,
    pub(crate) file: Option<ReceivedFile>,
}

/// The file of an upload.
#[derive(Debug)]
pub(crate) struct ReceivedFile {
    pub(crate) filename: String,
    pub(crate) is_image: bool,
    pub(crate) size: u64,
    pub(crate) digests: Digests,
    /// Where the bytes lie; the file goes away with this value.
    pub(crate) place: TempPath,
}

/// Reads a whole upload; of a file larger than `limit` only the size is right.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: Body,
    folder: &Path,
    limit: u64,
) -> Result<Received, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = match content_type.map(multer::parse_boundary) {
        Some(Ok(boundary)) => boundary,
        _ => {
            let _ = body.discard().await;
            return Err(Refusal::NoFile);
        }
    };
    let pieces = unfold(body, |mut body| async move { Some((body.chunk().await?, body)) });
    let mut parts = Multipart::new(Box::pin(pieces), boundary);
    let mut received = Received::default();
    while let Some(field) = parts.next_field().await.map_err(unreadable)? {
        received.take(field, folder, limit).await?;
    }
    Ok(received)
}

impl Received {
    async fn take(&mut self, field: Field<'_>, folder: &Path, limit: u64) -> Result<(), Refusal> {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(filename) if name == "content" => {
                self.file = Some(receive_file(field, filename, folder, limit).await?);
            }
            Some(_) if name != "gpg_signature" => {
                return Err(Refusal::Form(format!("{name}: Should not be a tuple.")));
            }
            _ => self.form.add(&name, field.text().await.map_err(unreadable)?),
        }
        Ok(())
    }
}

async fn receive_file(
    mut field: Field<'_>,
    filename: String,
    folder: &Path,
    limit: u64,
) -> Result<ReceivedFile, Refusal> {
    let is_image = field.content_type().is_some_and(|media| media.type_() == "image");
    let folder = folder.to_owned();
    let (sender, receiver) = mpsc::channel(WAITING_PIECES);
    let spool = tokio::task::spawn_blocking(move || Spooled::write(receiver, &folder, limit));
    while let Some(piece) = field.chunk().await.map_err(unreadable)? {
        if sender.send(piece).await.is_err() {
            break;
        }
    }
    drop(sender);
    let spooled = spool.await.map_err(unreadable)?.map_err(unreadable)?;
    let Spooled { size, digests, place } = spooled;
    Ok(ReceivedFile { filename, is_image, size, digests, place })
}

struct Spooled {
    size: u64,
    digests: Digests,
    place: TempPath,
}

impl Spooled {
    fn write(mut pieces: mpsc::Receiver<Bytes>, folder: &Path, limit: u64) -> io::Result<Self> {
        let mut file = NamedTempFile::new_in(folder)?;
        let mut hasher = Hasher::default();
        let mut size = 0;
        while let Some(piece) = pieces.blocking_recv() {
            size += piece.len() as u64;
            if size <= limit {
                hasher.update(&piece);
                file.write_all(&piece)?;
            }
        }
        Ok(Self { size, digests: hasher.finish(), place: file.into_temp_path() })
    }
}

fn unreadable(error: impl std::error::Error) -> Refusal {
    Refusal::Unreadable(error.to_string())
}
