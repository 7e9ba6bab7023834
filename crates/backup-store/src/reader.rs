use bytes::Bytes;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    sync::mpsc::{Receiver, channel},
};

use crate::{Backup, Identities, StoreError, content_file::ContentFile};

/// Pieces that wait for the reader.
const WAITING: usize = 16;

/// Reads the content of a backup. As long as it lives, the backup is not removed.
pub struct BackupReader {
    backup: Backup,
    pieces: Receiver<Result<Bytes, StoreError>>,
}

impl std::fmt::Debug for BackupReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BackupReader({} of {})", self.backup.id(), self.backup.manifest.database)
    }
}

impl BackupReader {
    /// Decodes on a thread of its own.
    pub(crate) fn start(content: ContentFile, backup: Backup, identities: Identities) -> Self {
        let (sender, pieces) = channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let result =
                content.decode(&identities, |piece| sender.blocking_send(Ok(piece)).is_ok());
            // The end of a good one is an empty piece: a thread that ends in another way
            // must not look like it.
            let _ = sender.blocking_send(result.map(|()| Bytes::new()));
        });
        Self { backup, pieces }
    }

    /// The backup that is read.
    #[must_use]
    pub fn backup(&self) -> &Backup {
        &self.backup
    }

    /// The next bytes of the dump. `None` only after all of it was compared with what was
    /// dumped; until then whoever takes the bytes must be able to give them up.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Key`], [`StoreError::Io`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let interrupted = || StoreError::Interrupted { path: self.backup.id().to_string().into() };
        let piece = self.pieces.recv().await.ok_or_else(interrupted)??;
        Ok((!piece.is_empty()).then_some(piece))
    }

    /// Writes all of the dump into `target`, and gives how many bytes it had. After an
    /// error, what `target` got is no dump.
    ///
    /// # Errors
    /// As [`BackupReader::next`], and [`StoreError::Io`] when `target` does not take it.
    pub async fn copy_to(
        mut self,
        target: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, StoreError> {
        let mut bytes = 0;
        while let Some(piece) = self.next().await? {
            bytes += piece.len() as u64;
            let written = target.write_all(&piece).await;
            written.map_err(|error| self.refused(error))?;
        }
        let flushed = target.flush().await;
        flushed.map_err(|error| self.refused(error))?;
        Ok(bytes)
    }

    fn refused(&self, error: std::io::Error) -> StoreError {
        StoreError::of_io("pass on", self.backup.id().to_string(), error)
    }
}
