//! The three digests that PyPI computes of every file, in one pass.

use std::{
    fmt::Write as _,
    io::{self, Read},
    sync::{Arc, mpsc},
};

use blake2::{Blake2b, digest::consts::U32};
use md5::Md5;
use sha2::{Digest as _, Sha256};

/// Bytes read at once; a few chunks exist at a time.
const CHUNK: usize = 512 << 10;

/// Chunks that may wait for the slower thread.
const AHEAD: usize = 4;

/// Digests of one file in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Digests {
    /// MD5, which the JSON API still lists.
    pub md5: String,
    /// SHA-256, which every index lists.
    pub sha256: String,
    /// BLAKE2b with 256 bits, by which PyPI identifies a file.
    pub blake2_256: String,
}

/// Reads `file` to its end; returns its size and digests. Uses less than 4 MiB
/// of memory.
pub(crate) fn hash_reader(mut file: impl Read) -> io::Result<(u64, Digests)> {
    let first = read_chunk(&mut file)?;
    let mut md5 = SizedMd5::default();
    let mut sha_and_blake = ShaAndBlake::default();
    if first.len() < CHUNK {
        // Not worth a thread.
        md5.update(&first);
        sha_and_blake.update(&first);
        return Ok(finish(md5, sha_and_blake));
    }
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<Arc<[u8]>>(AHEAD);
        let thread = scope.spawn(move || {
            receive.iter().for_each(|chunk| sha_and_blake.update(&chunk));
            sha_and_blake
        });
        let mut chunk = first;
        while !chunk.is_empty() {
            // A closed channel means that the thread panicked; join reports it.
            let _ = send.send(chunk.clone());
            md5.update(&chunk);
            chunk = read_chunk(&mut file)?;
        }
        drop(send);
        let joined = thread.join();
        let sha_and_blake = joined.map_err(|_| io::Error::other("a hashing thread panicked"))?;
        Ok(finish(md5, sha_and_blake))
    })
}

fn read_chunk(file: &mut impl Read) -> io::Result<Arc<[u8]>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk.into())
}

/// Computed by the reading thread; MD5 takes as long as the other two together.
#[derive(Default)]
struct SizedMd5 {
    size: u64,
    md5: Md5,
}

#[derive(Default)]
struct ShaAndBlake {
    sha256: Sha256,
    blake2: Blake2b<U32>,
}

impl SizedMd5 {
    fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
    }
}

impl ShaAndBlake {
    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.blake2.update(bytes);
    }
}

fn finish(md5: SizedMd5, sha_and_blake: ShaAndBlake) -> (u64, Digests) {
    let digests = Digests {
        md5: hex(&md5.md5.finalize()),
        sha256: hex(&sha_and_blake.sha256.finalize()),
        blake2_256: hex(&sha_and_blake.blake2.finalize()),
    };
    (md5.size, digests)
}

/// SHA-256 of bytes in memory.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
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
    fn the_digests_of_abc_are_the_published_ones() {
        let (size, digests) = hash_reader(&b"abc"[..]).unwrap();
        assert_eq!((size, digests.md5.as_str()), (3, "900150983cd24fb0d6963f7d28e17f72"));
        assert!(digests.sha256.starts_with("ba7816bf8f01cfea"));
        assert!(digests.blake2_256.starts_with("bddd813c63423972"));
    }

    #[test]
    fn a_file_of_several_chunks_has_the_digest_of_its_whole() {
        let bytes: Vec<u8> = (0..3 * CHUNK + 17).map(|i| (i % 251) as u8).collect();
        let (size, digests) = hash_reader(&bytes[..]).unwrap();
        assert_eq!(size, bytes.len() as u64);
        assert_eq!(digests.sha256, sha256_hex(&bytes));
    }
}
