//! Gzip with several threads, and always the same bytes for the same input:
//! nothing of the machine, the time or the number of threads is in them.

use std::{
    io::{self, Read, Write},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use flate2::{Compress, Compression, Crc, FlushCompress};
use image_ref::Digest;
use sha2::{Digest as _, Sha256};

/// Input of one independent piece; part of what makes the output what it is.
const PIECE: usize = 1 << 20;
/// Level; part of what makes the output what it is.
const LEVEL: u32 = 6;
/// Deflate, no name, no time, no hint about the level, unknown system (RFC 1952).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty last block with fixed codes (RFC 1951).
const LAST_BLOCK: [u8; 2] = [3, 0];

/// Compresses all of `input` into one gzip member, and returns the digest of
/// what was read. Memory is bounded by a few pieces for each thread.
///
/// # Errors
/// Those of `input` and `output`.
pub fn gzip_layer(
    input: impl Read,
    output: &mut (impl Write + Send),
    threads: usize,
) -> io::Result<Digest> {
    let threads = threads.max(1);
    let (jobs, waiting) = sync_channel::<Job>(threads);
    let (order, finished) = sync_channel::<Receiver<Piece>>(2 * threads);
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&waiting));
        }
        let writing = scope.spawn(move || write_in_order(output, &finished));
        let read = read_pieces(input, &jobs, &order);
        // The threads end when nobody can send any more.
        drop((jobs, order));
        let output = writing.join().unwrap_or_else(|_| Err(io::Error::other("writer panicked")))?;
        let (digest, checksum) = read?;
        output.write_all(&trailer(&checksum))?;
        Ok(digest)
    })
}

type Piece = io::Result<Vec<u8>>;

struct Job {
    input: Vec<u8>,
    done: SyncSender<Piece>,
}

/// Reads the input and hands it out. Ends early when the writer gave up; the
/// writer's error is then the one that counts.
fn read_pieces(
    mut input: impl Read,
    jobs: &SyncSender<Job>,
    order: &SyncSender<Receiver<Piece>>,
) -> io::Result<(Digest, Crc)> {
    let (mut hash, mut checksum) = (Sha256::new(), Crc::new());
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        input.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        if piece.is_empty() {
            break;
        }
        hash.update(&piece);
        checksum.update(&piece);
        let (done, result) = sync_channel(1);
        if order.send(result).is_err() || jobs.send(Job { input: piece, done }).is_err() {
            break;
        }
    }
    Ok((Digest::from_sha256(hash.finalize().into()), checksum))
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    let mut deflate = Compress::new(Compression::new(LEVEL), false);
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A writer that gave up does not wait for the piece.
        let _ = job.done.send(deflate_piece(&mut deflate, &job.input));
    }
}

/// Blocks that end at a byte boundary and refer to nothing before them.
fn deflate_piece(deflate: &mut Compress, input: &[u8]) -> Piece {
    deflate.reset();
    let mut output = Vec::with_capacity(input.len() / 2);
    loop {
        // Room in the end means that nothing more is pending.
        output.reserve(64 << 10);
        let consumed = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        deflate.compress_vec(&input[consumed..], &mut output, FlushCompress::Sync)?;
        let consumed = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        if consumed == input.len() && output.len() < output.capacity() {
            return Ok(output);
        }
    }
}

fn write_in_order<'a, W: Write>(
    output: &'a mut W,
    finished: &Receiver<Receiver<Piece>>,
) -> io::Result<&'a mut W> {
    output.write_all(&HEADER)?;
    for piece in finished {
        let piece = piece.recv().map_err(|_| io::Error::other("compression was interrupted"))?;
        output.write_all(&piece?)?;
    }
    Ok(output)
}

fn trailer(checksum: &Crc) -> Vec<u8> {
    let parts = [checksum.sum().to_le_bytes(), checksum.amount().to_le_bytes()];
    [LAST_BLOCK.as_slice(), parts.as_flattened()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gzip(input: &[u8], threads: usize) -> Vec<u8> {
        let mut output = Vec::new();
        let digest = gzip_layer(input, &mut output, threads).unwrap();
        assert_eq!(digest, Digest::of(input));
        output
    }

    fn gunzip(input: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        // Not the decoder for several members: there must be one.
        let mut decoder = flate2::read::GzDecoder::new(input);
        decoder.read_to_end(&mut output).unwrap();
        output
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(7);
        (0..length).map(|_| random.u8(..)).collect()
    }

    #[test]
    fn the_bytes_do_not_depend_on_the_number_of_threads() {
        let input = [noise(3 * PIECE / 2), vec![b'x'; 2 * PIECE]].concat();
        let one = gzip(&input, 1);
        assert_eq!(one, gzip(&input, 4));
        assert_eq!(gunzip(&one), input);
    }

    #[test]
    fn the_bytes_are_the_same_in_every_build_of_this_version() {
        let digest = Digest::of(&gzip(b"tidegate", 2));
        assert_eq!(
            digest.as_str(),
            "sha256:1a57b967f4d6c486a257c12a61b26ad490f8a5179fbfcbe4a09f7194f6ac5788"
        );
    }

    #[test]
    fn a_writer_that_fails_ends_everything() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = gzip_layer(noise(20 * PIECE).as_slice(), &mut Full, 2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_reader_that_fails_is_not_a_short_input() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let error = gzip_layer(b"begin".chain(Broken), &mut Vec::new(), 2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn what_is_compressed_comes_out_again(
            seed in any::<u8>(), length in prop_oneof![0..100usize, PIECE - 2..PIECE + 2]
        ) {
            let input: Vec<u8> = noise(length).iter().map(|b| b & seed).collect();
            prop_assert_eq!(gunzip(&gzip(&input, 2)), input);
        }
    }
}
