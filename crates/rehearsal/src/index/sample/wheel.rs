//! Writes the wheel of a sample.

use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Sample, SampleFile};

pub(super) fn build(sample: &Sample) -> SampleFile {
    let mut files = members(sample);
    files.retain(|(path, _)| sample.keeps(path));
    let record = format!("{}.dist-info/RECORD", sample.stem());
    if sample.keeps(&record) {
        let content = record_of(&files, &record);
        files.push((record, content.into_bytes()));
    }
    SampleFile { filename: format!("{}-py3-none-any.whl", sample.stem()), bytes: zipped(&files) }
}

fn members(sample: &Sample) -> Vec<(String, Vec<u8>)> {
    let package = sample.package();
    let info = format!("{}.dist-info", sample.stem());
    let wheel =
        "Wheel-Version: 1.0\nGenerator: rehearsal\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let commands = format!("[console_scripts]\n{} = {package}:main\n", sample.name);
    let mut files = vec![
        (format!("{package}/__init__.py"), sample.source().into_bytes()),
        (format!("{info}/METADATA"), sample.core_metadata().into_bytes()),
        (format!("{info}/WHEEL"), wheel.into()),
        (format!("{info}/entry_points.txt"), commands.into_bytes()),
    ];
    if sample.payload > 0 {
        files.push((format!("{package}/payload.bin"), sample.payload_bytes()));
    }
    files
}

/// The list of files with their digests (PEP 376, as the wheel format asks).
fn record_of(files: &[(String, Vec<u8>)], record: &str) -> String {
    let mut text = String::new();
    for (path, content) in files {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(content));
        text += &format!("{path},sha256={digest},{}\n", content.len());
    }
    text + &format!("{record},,\n")
}

fn zipped(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (path, content) in files {
        archive
            .start_file(path.as_str(), options)
            .and_then(|()| Ok(archive.write_all(content)?))
            .expect("an archive in memory takes every file");
    }
    archive.finish().expect("an archive in memory can be finished").into_inner()
}
