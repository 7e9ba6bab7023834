//! The three digests that PyPI computes of every file, in one pass over it.

use std::{
    fmt::Write as _,
    io::{self, Read},
    sync::{Arc, mpsc},
};

use blake2::{Blake2b, digest::consts::U32};
use md5::Md5;
use sha2::{Digest as _, Sha256};

/// Bytes read at once; a few of these exist at a time.
const CHUNK: usize = 512 << 10;

/// Chunks that may wait for the slower half.
const AHEAD: usize = 4;

/// Digests of one file in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Digests {
    /// MD5, which the JSON API still lists.
    pub md5: String,
    /// SHA-256, which every index lists.
    pub sha256: String,
    /// BLAKE2b with 256 bits, by which PyPI recognises a file.
    pub blake2_256: String,
}

/// Reads `file` to its end; returns its size and digests. Memory stays below 4 MiB.
pub(crate) fn of_reader(mut file: impl Read) -> io::Result<(u64, Digests)> {
    let first = read_chunk(&mut file)?;
    let mut here = Here::default();
    let mut beside = Beside::default();
    if first.len() < CHUNK {
        // Not worth a thread.
        here.update(&first);
        beside.update(&first);
        return Ok(here.finish(beside));
    }
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<Arc<[u8]>>(AHEAD);
        let other = scope.spawn(move || {
            receive.iter().for_each(|chunk| beside.update(&chunk));
            beside
        });
        let mut chunk = first;
        while !chunk.is_empty() {
            // A closed channel means that the thread panicked; join says so.
            let _ = send.send(chunk.clone());
            here.update(&chunk);
            chunk = read_chunk(&mut file)?;
        }
        drop(send);
        let beside = other.join().map_err(|_| io::Error::other("a hashing thread panicked"))?;
        Ok(here.finish(beside))
    })
}

fn read_chunk(file: &mut impl Read) -> io::Result<Arc<[u8]>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk.into())
}

/// What the reading thread computes; MD5 takes as long as the other two together.
#[derive(Default)]
struct Here {
    size: u64,
    md5: Md5,
}

#[derive(Default)]
struct Beside {
    sha256: Sha256,
    blake2: Blake2b<U32>,
}

impl Here {
    fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
    }

    fn finish(self, beside: Beside) -> (u64, Digests) {
        let digests = Digests {
            md5: hex(&self.md5.finalize()),
            sha256: hex(&beside.sha256.finalize()),
            blake2_256: hex(&beside.blake2.finalize()),
        };
        (self.size, digests)
    }
}

impl Beside {
    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.blake2.update(bytes);
    }
}

/// SHA-256 of bytes in memory.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_digests_of_abc() {
        let (size, digests) = of_reader(&b"abc"[..]).unwrap();
        assert_eq!((size, digests.md5.as_str()), (3, "900150983cd24fb0d6963f7d28e17f72"));
        assert!(digests.sha256.starts_with("ba7816bf8f01cfea"));
        assert!(digests.blake2_256.starts_with("bddd813c63423972"));
    }

    #[test]
    fn a_file_of_several_chunks_has_the_digest_of_its_whole() {
        let bytes: Vec<u8> = (0..3 * CHUNK + 17).map(|i| (i % 251) as u8).collect();
        let (size, digests) = of_reader(&bytes[..]).unwrap();
        assert_eq!(size, bytes.len() as u64);
        assert_eq!(digests.sha256, sha256(&bytes));
    }
}
