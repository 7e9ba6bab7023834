//! A large wheel costs little memory. Alone in its program, because memory is
//! counted for the whole process; the index is another one.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{fs::File, io::Write as _, path::Path};

use registry_pypi::{Distribution, UploadOutcome};
use support::{pypiserver, writer};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const MIB: usize = 1 << 20;
const PAYLOAD: usize = 90 * MIB;

/// A field of `/proc/self/status` in KiB.
fn status(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Written piece by piece, so that the test itself needs no memory for it.
fn write_large_wheel(path: &Path) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let metadata = "Metadata-Version: 2.1\nName: large\nVersion: 1.0\n";
    for (name, text) in [("METADATA", metadata), ("WHEEL", "Wheel-Version: 1.0\n"), ("RECORD", "")]
    {
        zip.start_file(format!("large-1.0.dist-info/{name}"), options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.start_file("large/payload.bin", options.large_file(false)).unwrap();
    let piece: Vec<u8> = (0..MIB).map(|i| (i * 31 % 251) as u8).collect();
    for _ in 0..PAYLOAD / MIB {
        zip.write_all(&piece).unwrap();
    }
    zip.finish().unwrap();
}

#[tokio::test]
async fn a_large_wheel_is_hashed_and_uploaded_in_a_few_mebibytes() {
    let index = pypiserver();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large-1.0-py3-none-any.whl");
    write_large_wheel(&path);
    let writer = writer(&index.endpoints);
    let before = status("VmHWM");

    let started = std::time::Instant::now();
    let wheel = Distribution::open(&path).unwrap();
    let read = started.elapsed();
    let uploaded = writer.upload(&wheel, &index.credentials, None).await.unwrap();

    let after = status("VmHWM");
    println!("read {read:?}, all {:?}, memory {before} KiB, then {after} KiB", started.elapsed());
    assert_eq!(uploaded.outcome, UploadOutcome::Accepted);
    assert!(wheel.size() > PAYLOAD as u64);
    assert!(after - before < 12 << 10, "{before} KiB, then {after} KiB");
}
