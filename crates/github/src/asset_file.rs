use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::GitHubError;

/// A file to attach to a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetFile {
    /// Name of the asset.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of its content in hexadecimal digits.
    pub sha256: String,
}

impl AssetFile {
    /// Reads size and hash of a file, whose name the asset gets. Blocks while
    /// it reads.
    ///
    /// # Errors
    /// [`GitHubError::File`].
    pub fn read(path: &Path) -> Result<Self, GitHubError> {
        let (size, sha256) = hash_file(path)
            .map_err(|source| GitHubError::File { path: path.to_owned(), source })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, path: path.to_owned(), size, sha256 })
    }

    /// Media type by the file extension; the service requires one.
    pub(crate) fn content_type(&self) -> &'static str {
        match Path::new(&self.name).extension().and_then(|extension| extension.to_str()) {
            Some("gz" | "tgz") => "application/gzip",
            Some("whl" | "zip") => "application/zip",
            Some("json") => "application/json",
            Some("txt" | "sha256" | "md") => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

fn hash_file(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = std::fs::File::open(path)?;
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 256 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((size, hex(&hash.finalize()))),
            count => {
                hash.update(&buffer[..count]);
                size += count as u64;
            }
        }
    }
}

pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_hash_and_name_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a-1.0.tar.gz");
        std::fs::write(&path, "abc").unwrap();
        let file = AssetFile::read(&path).unwrap();
        assert_eq!((file.name.as_str(), file.size), ("a-1.0.tar.gz", 3));
        assert!(file.sha256.starts_with("ba7816bf8f01cfea"));
        assert_eq!(file.content_type(), "application/gzip");
        assert!(AssetFile::read(Path::new("/no/such")).is_err());
    }
}
