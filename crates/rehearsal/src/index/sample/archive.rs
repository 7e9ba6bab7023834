//! Packs files into a wheel or a source distribution.

use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The path and the content of a file in an archive.
pub(super) type ArchiveMember = (String, Vec<u8>);

/// The content of `RECORD`: all files with their digests (PEP 376, as the wheel format requires).
pub(super) fn wheel_record(files: &[ArchiveMember], record_path: &str) -> String {
    let mut text = String::new();
    for (path, content) in files {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(content));
        text += &format!("{path},sha256={digest},{}\n", content.len());
    }
    text + &format!("{record_path},,\n")
}

pub(crate) fn zip_archive(files: &[ArchiveMember]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (path, content) in files {
        archive
            .start_file(path.as_str(), options)
            .and_then(|()| Ok(archive.write_all(content)?))
            .expect("writing to memory cannot fail");
    }
    archive.finish().expect("writing to memory cannot fail").into_inner()
}

/// A `.tar.gz` archive with all files in `folder`.
pub(super) fn tar_gz_archive(folder: &str, files: &[ArchiveMember]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, format!("{folder}/{path}"), content.as_slice())
            .expect("writing to memory cannot fail");
    }
    let encoder = archive.into_inner().expect("writing to memory cannot fail");
    encoder.finish().expect("writing to memory cannot fail")
}
