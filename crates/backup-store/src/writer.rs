use std::{collections::BTreeMap, io, pin::pin};

use backup_retention::BackupId;
use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::{
    Backup, Compression, Encryption, EncryptionMethod, FORMAT, Manifest, NewBackup, StoreError,
    commit::Reservation,
    pipeline::{Pipeline, Written},
};

/// Bytes read from a stream at once.
const PIECE: usize = 128 << 10;

/// Writes a backup. Nothing is listed before [`BackupWriter::finish`] has returned, and a
/// writer that is dropped, or that fails, leaves nothing.
pub struct BackupWriter {
    pipeline: Pipeline,
    reservation: Reservation,
    new: NewBackup,
    created: Timestamp,
}

impl std::fmt::Debug for BackupWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BackupWriter({} of {})", self.id(), self.new.database)
    }
}

impl BackupWriter {
    pub(crate) fn start(
        reservation: Reservation,
        new: NewBackup,
        created: Timestamp,
    ) -> Result<Self, StoreError> {
        let (file, path) = reservation.create_content(!new.recipients.is_empty())?;
        let pipeline = Pipeline::start(file, &path, &new.recipients);
        Ok(Self { pipeline, reservation, new, created })
    }

    /// The identifier that the backup will have.
    #[must_use]
    pub fn id(&self) -> BackupId {
        self.reservation.id()
    }

    /// Takes the next bytes of the dump; waits while the disk or the compressor is busy.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], [`StoreError::Denied`], [`StoreError::Io`].
    pub async fn write(&mut self, piece: Bytes) -> Result<(), StoreError> {
        self.pipeline.write(piece).await
    }

    /// Takes a whole stream, and gives how many bytes it had.
    ///
    /// # Errors
    /// As [`BackupWriter::write`], and [`StoreError::Source`] when the stream breaks off.
    pub async fn copy_from(&mut self, stream: impl AsyncRead) -> Result<u64, StoreError> {
        let mut stream = pin!(stream);
        let broke_off = |database, source: io::Error| StoreError::Source { database, source };
        let mut bytes = 0;
        let mut piece = BytesMut::with_capacity(PIECE);
        loop {
            piece.reserve(PIECE);
            let read = stream.read_buf(&mut piece).await;
            let read = read.map_err(|source| broke_off(self.new.database.clone(), source))?;
            if read == 0 || piece.len() >= PIECE / 2 {
                self.pipeline.write(piece.split().freeze()).await?;
            }
            if read == 0 {
                return Ok(bytes);
            }
            bytes += read as u64;
        }
    }

    /// Completes the backup: everything is on the disk and listed when this returns. Call
    /// it only after the program that dumped has ended well. `facts` is what else was
    /// observed, such as the rows of each table.
    ///
    /// # Errors
    /// [`StoreError::Empty`] when no byte came; as [`BackupWriter::write`].
    pub async fn finish(self, facts: BTreeMap<String, Value>) -> Result<Backup, StoreError> {
        let Self { pipeline, reservation, new, created } = self;
        let written = pipeline.finish().await?;
        if written.content.bytes == 0 {
            return Err(StoreError::Empty { database: new.database });
        }
        let manifest = manifest_of(reservation.id(), new, created, written, facts);
        commit(reservation, manifest).await
    }
}

/// Completes a backup on a thread that may wait for the disk.
pub(crate) async fn commit(
    reservation: Reservation,
    manifest: Manifest,
) -> Result<Backup, StoreError> {
    let path = reservation.path();
    let committed = tokio::task::spawn_blocking(move || {
        reservation.commit(&manifest).map(|()| Backup { manifest })
    });
    committed.await.map_err(|_| StoreError::Interrupted { path })?
}

fn manifest_of(
    id: BackupId,
    new: NewBackup,
    created: Timestamp,
    written: Written,
    facts: BTreeMap<String, Value>,
) -> Manifest {
    let recipients = new.recipients.texts();
    let encryption = (!recipients.is_empty())
        .then_some(Encryption { method: EncryptionMethod::Age, recipients });
    Manifest {
        format: FORMAT,
        database: new.database,
        id,
        kind: id.kind(),
        created,
        engine: new.engine,
        origin: new.origin,
        content: written.content,
        stored: written.stored,
        compression: Compression::Zstd,
        encryption,
        facts,
        deployment: new.deployment,
        image: new.image,
        performer: new.performer,
        verifications: Vec::new(),
        pins: Vec::new(),
        copies: Vec::new(),
    }
}
