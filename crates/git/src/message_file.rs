use std::{io::Write as _, path::Path};

use tempfile::NamedTempFile;

use crate::GitError;

/// A file with the message of a commit or a tag. Read from a pipe, it would be cut off when this
/// process is killed, and git would take the rest for the whole.
pub(crate) fn message_file(message: &str) -> Result<NamedTempFile, GitError> {
    let folder = std::env::temp_dir();
    let written =
        NamedTempFile::with_prefix_in("tidegate-message-", &folder).and_then(|mut file| {
            file.write_all(message.as_bytes())?;
            Ok(file)
        });
    written.map_err(|source| GitError::Io { purpose: "write into", path: folder, source })
}

/// The option that names it.
pub(crate) fn file_option(file: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from("--file=");
    option.push(file);
    option
}
