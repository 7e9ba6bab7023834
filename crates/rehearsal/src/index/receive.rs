//! Reads a multipart upload: fields into memory, the file into a folder piece by piece.

use std::io::{self, Write as _};
use std::path::Path;

use bytes::Bytes;
use futures_util::stream::unfold;
use http::{HeaderMap, header};
use multer::{Field, Multipart};
use tempfile::{NamedTempFile, TempPath};
use tokio::sync::mpsc;

use super::digests::{FileDigests, FileHasher};
use super::error::UploadError;
use super::form::UploadForm;
use crate::server::Body;

/// The number of pieces that may wait for the disk; bounds the memory of an upload.
const MAX_PENDING_PIECES: usize = 16;

/// An upload as it arrived.
#[derive(Debug, Default)]
pub(super) struct ReceivedUpload {
    pub(super) form: UploadForm,
    pub(super) file: Option<ReceivedFile>,
}

/// The file of an upload.
#[derive(Debug)]
pub(super) struct ReceivedFile {
    pub(super) filename: String,
    pub(super) is_image: bool,
    pub(super) size: u64,
    pub(super) digests: FileDigests,
    /// The file with the bytes, which is deleted when this value is dropped.
    pub(super) path: TempPath,
}

/// Reads a whole upload; for a file larger than `limit`, only the size is meaningful.
pub(super) async fn receive_upload(
    headers: &HeaderMap,
    body: Body,
    folder: &Path,
    limit: u64,
) -> Result<ReceivedUpload, UploadError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = match content_type.map(multer::parse_boundary) {
        Some(Ok(boundary)) => boundary,
        _ => {
            let _ = body.discard().await;
            return Err(UploadError::NoFile);
        }
    };
    let pieces = unfold(body, |mut body| async move { Some((body.chunk().await?, body)) });
    let mut parts = Multipart::new(Box::pin(pieces), boundary);
    let mut received = ReceivedUpload::default();
    while let Some(field) = parts.next_field().await.map_err(unreadable_upload)? {
        received.add_part(field, folder, limit).await?;
    }
    Ok(received)
}

impl ReceivedUpload {
    async fn add_part(
        &mut self,
        field: Field<'_>,
        folder: &Path,
        limit: u64,
    ) -> Result<(), UploadError> {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(filename) if name == "content" => {
                self.file = Some(receive_file(field, filename, folder, limit).await?);
            }
            Some(_) if name != "gpg_signature" => {
                return Err(UploadError::Form(format!("{name}: Should not be a tuple.")));
            }
            _ => self.form.add_field(&name, field.text().await.map_err(unreadable_upload)?),
        }
        Ok(())
    }
}

async fn receive_file(
    mut field: Field<'_>,
    filename: String,
    folder: &Path,
    limit: u64,
) -> Result<ReceivedFile, UploadError> {
    let is_image = field.content_type().is_some_and(|media| media.type_() == "image");
    let folder = folder.to_owned();
    let (sender, receiver) = mpsc::channel(MAX_PENDING_PIECES);
    let spool = tokio::task::spawn_blocking(move || SpooledFile::write(receiver, &folder, limit));
    while let Some(piece) = field.chunk().await.map_err(unreadable_upload)? {
        if sender.send(piece).await.is_err() {
            break;
        }
    }
    drop(sender);
    let SpooledFile { size, digests, path } =
        spool.await.map_err(unreadable_upload)?.map_err(unreadable_upload)?;
    Ok(ReceivedFile { filename, is_image, size, digests, path })
}

/// A file in the folder of the index, with the size and digests of its bytes.
struct SpooledFile {
    size: u64,
    digests: FileDigests,
    path: TempPath,
}

impl SpooledFile {
    fn write(mut pieces: mpsc::Receiver<Bytes>, folder: &Path, limit: u64) -> io::Result<Self> {
        let mut file = NamedTempFile::new_in(folder)?;
        let mut hasher = FileHasher::default();
        let mut size = 0;
        while let Some(piece) = pieces.blocking_recv() {
            size += piece.len() as u64;
            if size <= limit {
                hasher.update(&piece);
                file.write_all(&piece)?;
            }
        }
        Ok(Self { size, digests: hasher.finish(), path: file.into_temp_path() })
    }
}

fn unreadable_upload(error: impl std::error::Error) -> UploadError {
    UploadError::Unreadable(error.to_string())
}
