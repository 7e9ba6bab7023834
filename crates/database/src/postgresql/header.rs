//! The beginning of an archive of `pg_dump -Fc` (PostgreSQL `pg_backup_archiver.c`, `ReadHead`).

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};

use crate::{archive::ArchiveSource, error::DatabaseError};

/// Bytes that certainly contain the header: names have at most 63.
const LENGTH: usize = 1024;
const MAGIC: &[u8] = b"PGDMP";
/// The letter for the custom format.
const CUSTOM: u8 = 1;

/// Which database an archive is of; the rest of the header is for `pg_restore`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) database: String,
}

/// Reads the header; the archive can still be read from its beginning.
///
/// # Errors
/// `ArchiveEmpty`, `NotAnArchive`, `ArchiveTruncated`, `OtherDatabase`, `Source`.
pub(super) async fn checked(
    doing: &str,
    archive: ArchiveSource,
    database: &str,
) -> Result<ArchiveSource, DatabaseError> {
    // A short one ends in here, and not every stream may be asked again then.
    let mut archive = archive.fuse();
    let mut start = BytesMut::new();
    while start.len() < LENGTH {
        match archive.next().await {
            Some(Ok(part)) => start.extend_from_slice(&part),
            Some(Err(source)) => {
                return Err(DatabaseError::Source { doing: doing.to_owned(), source });
            }
            None => break,
        }
    }
    let start = start.freeze();
    let header = Header::parse(doing, &start)?;
    if header.database != database {
        let (expected, found) = (database.to_owned(), header.database);
        return Err(DatabaseError::OtherDatabase { doing: doing.to_owned(), expected, found });
    }
    Ok(stream::iter([Ok::<Bytes, std::io::Error>(start)]).chain(archive).boxed())
}

impl Header {
    fn parse(doing: &str, start: &[u8]) -> Result<Self, DatabaseError> {
        let doing = doing.to_owned();
        if start.is_empty() {
            return Err(DatabaseError::ArchiveEmpty { doing });
        }
        if !start.starts_with(&MAGIC[..start.len().min(MAGIC.len())]) {
            let reason = "it does not begin like one of pg_dump's custom format".to_owned();
            return Err(DatabaseError::NotAnArchive { doing, reason });
        }
        match Reader(&start[MAGIC.len().min(start.len())..]).header() {
            Some(Ok(header)) => Ok(header),
            Some(Err(reason)) => Err(DatabaseError::NotAnArchive { doing, reason: reason.into() }),
            None if start.len() < LENGTH => {
                let output = format!("it has {} bytes", start.len());
                Err(DatabaseError::ArchiveTruncated { doing, output })
            }
            None => {
                let reason = "its header is not readable".to_owned();
                Err(DatabaseError::NotAnArchive { doing, reason })
            }
        }
    }
}

/// What is not read yet. `None` is the end.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn header(&mut self) -> Option<Result<Header, &'static str>> {
        let (major, minor, _revision) = (self.byte()?, self.byte()?, self.byte()?);
        if major != 1 || minor < 12 {
            return Some(Err("its format is older than PostgreSQL 9 or unknown"));
        }
        let (int_size, _offset_size, format) = (self.byte()?, self.byte()?, self.byte()?);
        if format != CUSTOM || int_size != 4 {
            return Some(Err("it has another format than pg_dump's custom one"));
        }
        // Since 1.15 (PostgreSQL 16) the compression is one letter.
        if minor >= 15 {
            self.byte()?;
        } else {
            self.int()?;
        }
        for _ in 0..7 {
            self.int()?; // the time
        }
        let length = self.int()?;
        let Some(length) = length.filter(|length| *length > 0) else {
            return Some(Err("it has no name of a database"));
        };
        let name = self.take(length)?;
        let name = std::str::from_utf8(name).map_err(|_| "the name of its database is not UTF-8");
        Some(name.map(|name| Header { database: name.to_owned() }))
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// A sign, then four bytes with the lowest first; `Some(None)` is negative.
    fn int(&mut self) -> Option<Option<usize>> {
        let sign = self.byte()?;
        let bytes: [u8; 4] = self.take(4)?.try_into().ok()?;
        Some((sign == 0).then_some(u32::from_le_bytes(bytes) as usize))
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(minor: u8, name: &str) -> Vec<u8> {
        let mut bytes = b"PGDMP\x01".to_vec();
        bytes.extend([minor, 0, 4, 8, 1]);
        bytes.extend_from_slice(if minor >= 15 { &[0] } else { &[0, 0, 0, 0, 0] });
        for _ in 0..7 {
            bytes.extend([0, 1, 0, 0, 0]);
        }
        bytes.push(0);
        bytes.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes
    }

    /// The archive of an empty database is shorter than what is looked at.
    #[tokio::test]
    async fn a_short_archive_is_handed_on_from_a_stream_that_must_not_be_asked_again() {
        let whole = header(15, "shop");
        let once = |left: Option<Vec<u8>>| async { Some((Ok(left?.into()), None)) };
        let archive = stream::unfold(Some(whole.clone()), once).boxed();
        let mut archive = checked("d", archive, "shop").await.unwrap();
        let mut read = Vec::new();
        while let Some(part) = archive.next().await {
            read.extend(part.unwrap());
        }
        assert_eq!(read, whole);
    }

    proptest! {
        #[test]
        fn every_name_is_read_in_every_format(minor in 12u8..20, name in "\\PC{1,20}") {
            let parsed = Header::parse("d", &header(minor, &name)).unwrap();
            prop_assert_eq!(parsed.database, name);
        }

        #[test]
        fn a_header_that_is_cut_off_is_never_accepted(minor in 12u8..20, cut in 0usize..50) {
            let whole = header(minor, "application");
            let cut = cut.min(whole.len() - 1);
            let error = Header::parse("d", &whole[..cut]).unwrap_err();
            let expected = match error {
                DatabaseError::ArchiveEmpty { .. } => cut == 0,
                DatabaseError::ArchiveTruncated { .. } => cut > 0,
                _ => false,
            };
            prop_assert!(expected, "{error:?}");
        }

        #[test]
        fn any_bytes_are_an_error_or_a_header(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Header::parse("d", &bytes);
            let mut with_magic = MAGIC.to_vec();
            with_magic.extend(bytes);
            let _ = Header::parse("d", &with_magic);
        }
    }
}
