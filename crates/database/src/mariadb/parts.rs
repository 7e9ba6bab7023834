//! An archive in its parts.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};

use crate::archive::{ArchiveDigest, ArchiveSource, Meter};

/// What follows the tables of an archive, once all of it was read.
#[derive(Clone, Default)]
pub(super) struct Rest(Arc<Mutex<Read>>);

#[derive(Default)]
struct Read {
    meter: Meter,
    rest: BytesMut,
}

impl Rest {
    /// The digest of the whole archive, and what follows its tables.
    pub(super) fn read(&self) -> (ArchiveDigest, Bytes) {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (read.meter.digest(), read.rest.clone().freeze())
    }

    /// Keeps what follows the first `left` bytes; those are returned.
    fn add(&self, mut part: Bytes, left: u64) -> Bytes {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.meter.add(&part);
        let first = usize::try_from(left).unwrap_or(usize::MAX).min(part.len());
        let rest = part.split_off(first);
        read.rest.extend_from_slice(&rest);
        part
    }
}

/// The first bytes of an archive as a stream of their own, which reads the rest, too.
pub(super) fn first_bytes(archive: ArchiveSource, count: u64) -> (ArchiveSource, Rest) {
    let rest = Rest::default();
    let state = (archive, count, rest.clone());
    let first = stream::unfold(state, |(mut archive, left, rest)| async move {
        let part = match archive.next().await? {
            Ok(part) => rest.add(part, left),
            Err(error) => return Some((Err(error), (archive, left, rest))),
        };
        let left = left - part.len() as u64;
        Some((Ok(part), (archive, left, rest)))
    });
    (first.boxed(), rest)
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    #[tokio::test]
    async fn the_rest_of_an_archive_is_kept_wherever_its_pieces_end() {
        for size in 1..8 {
            let pieces: Vec<_> =
                b"tablesrest".chunks(size).map(|part| Ok(Bytes::copy_from_slice(part))).collect();
            let (first, rest) = first_bytes(stream::iter(pieces).boxed(), 6);
            let first: Vec<Bytes> = first.try_collect().await.unwrap();
            assert_eq!(first.concat(), b"tables", "{size}");
            let (digest, rest) = rest.read();
            assert_eq!((digest.bytes, rest.as_ref()), (10, b"rest".as_slice()), "{size}");
        }
    }
}
