//! The way of content out of its file: the reverse of the pipeline, with every size and
//! hash compared.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use rustix::fs::{FlockOperation, flock};

use crate::{
    Backup, Damage, Identities, StoreError,
    digest::Tally,
    files,
    key_error::KeyError,
    layout::{self, DatabaseFolder},
};

/// Bytes that are decoded at once.
const PIECE: usize = 128 << 10;

/// The largest window that is decoded, as a power of two: 8 MiB. The writer's is 2 MiB;
/// a file that asks for more memory is none of its own.
const WINDOW: u32 = 23;

/// The file of a backup, opened; as long as it lives, the backup is not removed.
pub(crate) struct ContentFile {
    backup: Backup,
    file: File,
    path: PathBuf,
}

impl ContentFile {
    pub(crate) fn open(folder: &DatabaseFolder, backup: Backup) -> Result<Self, StoreError> {
        let name = layout::content_name(backup.manifest.encryption.is_some());
        let path = folder.backup(backup.id()).join(name);
        let file = files::open_regular(&path);
        let file = file.map_err(|error| StoreError::of_io("open", &path, error))?;
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(Self { backup, file, path }),
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let (database, id) = (folder.database.clone(), backup.id());
                Err(StoreError::NotFound { database, id })
            }
            Err(error) => Err(StoreError::of_io("lock", &path, error.into())),
        }
    }

    pub(crate) fn backup(&self) -> &Backup {
        &self.backup
    }

    /// Another handle of the file, for one reader at a time.
    pub(crate) fn reopen(&self) -> Result<File, StoreError> {
        self.file.try_clone().map_err(|error| self.unreadable(error))
    }

    /// The error of a file that cannot be read.
    pub(crate) fn unreadable(&self, error: io::Error) -> StoreError {
        StoreError::of_io("read", &self.path, error)
    }

    /// Compares bytes that were read from the file with those that were written.
    pub(crate) fn check_tally(&self, read: Tally) -> Result<(), StoreError> {
        check_stored(&self.backup, read)
    }

    /// Reads the file to its end and compares it with what was written.
    pub(crate) fn check(mut self) -> Result<Backup, StoreError> {
        let mut tally = Tally::default();
        let mut piece = vec![0; PIECE];
        loop {
            match read_piece(&mut self.file, &mut piece) {
                Ok(0) => break,
                Ok(read) => tally.add(&piece[..read]),
                Err(error) => return Err(self.unreadable(error)),
            }
        }
        check_stored(&self.backup, tally)?;
        Ok(self.backup)
    }

    /// Decodes the file and hands its content on, piece by piece, until `hand_on` returns
    /// false. The last piece is handed on after everything was compared.
    pub(crate) fn decode(
        self,
        identities: &Identities,
        mut hand_on: impl FnMut(Bytes) -> bool,
    ) -> Result<(), StoreError> {
        let Self { backup, file, path } = self;
        let passed = Passed::default();
        let counted = CountedFile { file, passed: passed.clone() };
        let mut decoder = decoder(&backup, counted, identities)
            .map_err(|error| passed.failure(&backup, &path, error))?;
        let mut content = Tally::default();
        let mut last = Bytes::new();
        loop {
            let mut piece = vec![0; PIECE];
            let read = read_piece(&mut decoder, &mut piece);
            let read = read.map_err(|error| passed.failure(&backup, &path, error.into()))?;
            if read == 0 {
                break;
            }
            piece.truncate(read);
            content.add(&piece);
            check_length(&backup, content.bytes())?;
            if !last.is_empty() && !hand_on(std::mem::take(&mut last)) {
                return Err(StoreError::Interrupted { path });
            }
            last = piece.into();
        }
        check_content(&backup, content)?;
        check_stored(&backup, passed.state().tally.clone())?;
        if hand_on(last) { Ok(()) } else { Err(StoreError::Interrupted { path }) }
    }
}

/// Fills `piece` as far as there is something to read.
fn read_piece(source: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < piece.len() {
        match source.read(&mut piece[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn decoder(
    backup: &Backup,
    file: CountedFile,
    identities: &Identities,
) -> Result<Box<dyn Read>, DecodeError> {
    let input: Box<dyn Read> = match &backup.manifest.encryption {
        Some(encryption) => Box::new(identities.decrypt(file, &encryption.recipients)?),
        None => Box::new(file),
    };
    let mut decoder = zstd::Decoder::new(input)?;
    decoder.window_log_max(WINDOW)?;
    Ok(Box::new(decoder))
}

/// Why a file cannot be decoded.
enum DecodeError {
    Key(KeyError),
    Io(io::Error),
}

impl From<KeyError> for DecodeError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<io::Error> for DecodeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What was read of a file so far; decoders keep the file itself.
#[derive(Clone, Default)]
struct Passed(Arc<Mutex<PassedState>>);

#[derive(Default)]
struct PassedState {
    tally: Tally,
    /// Why the file could not be read further.
    error: Option<io::Error>,
}

impl Passed {
    fn state(&self) -> MutexGuard<'_, PassedState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a decoder's error means: a disk that cannot be read, a key that does not fit,
    /// or a file with other bytes than were written.
    fn failure(&self, backup: &Backup, path: &Path, error: DecodeError) -> StoreError {
        if let Some(source) = self.state().error.take() {
            return StoreError::of_io("read", path, source);
        }
        match error {
            DecodeError::Key(source) => StoreError::Key {
                database: backup.manifest.database.clone(),
                id: backup.id(),
                source,
            },
            DecodeError::Io(error) => damaged(backup, Damage::Undecodable(error.to_string())),
        }
    }
}

struct CountedFile {
    file: File,
    passed: Passed,
}

impl Read for CountedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.file.read(buffer) {
            Ok(read) => {
                self.passed.state().tally.add(&buffer[..read]);
                Ok(read)
            }
            Err(error) => {
                let copy = io::Error::from(error.kind());
                self.passed.state().error = Some(error);
                Err(copy)
            }
        }
    }
}

fn damaged(backup: &Backup, damage: Damage) -> StoreError {
    let database = backup.manifest.database.clone();
    StoreError::Damaged { database, id: backup.id(), damage }
}

/// More content than was dumped is refused as soon as it comes.
fn check_length(backup: &Backup, found: u64) -> Result<(), StoreError> {
    let expected = backup.manifest.content.bytes;
    if found <= expected {
        return Ok(());
    }
    Err(damaged(backup, Damage::ContentSize { expected, found }))
}

fn check_content(backup: &Backup, content: Tally) -> Result<(), StoreError> {
    let (expected, found) = (backup.manifest.content, content.total());
    if found.bytes != expected.bytes {
        let (expected, found) = (expected.bytes, found.bytes);
        return Err(damaged(backup, Damage::ContentSize { expected, found }));
    }
    if found.sha256 != expected.sha256 {
        return Err(damaged(backup, Damage::ContentHash));
    }
    Ok(())
}

fn check_stored(backup: &Backup, stored: Tally) -> Result<(), StoreError> {
    let (expected, found) = (backup.manifest.stored, stored.total());
    if found.bytes != expected.bytes {
        let (expected, found) = (expected.bytes, found.bytes);
        return Err(damaged(backup, Damage::Size { expected, found }));
    }
    if found.sha256 != expected.sha256 {
        return Err(damaged(backup, Damage::StoredHash));
    }
    Ok(())
}
