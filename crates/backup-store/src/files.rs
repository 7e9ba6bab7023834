//! Files and folders that only their owner reads, are never reached by a symbolic link,
//! and survive a power cut.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};

use crate::StoreError;

const NO_FOLLOW: i32 = OFlags::NOFOLLOW.bits() as i32;

/// Makes a folder with mode 0700 unless there is one; whether it is new.
pub(crate) fn ensure_folder(path: &Path) -> Result<bool, StoreError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            sync_folder(path.parent().unwrap_or(path))?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            require_folder(path).map(|()| false)
        }
        Err(error) => Err(StoreError::of_io("create folder", path, error)),
    }
}

/// Refuses anything but a folder, a link to one included.
pub(crate) fn require_folder(path: &Path) -> Result<(), StoreError> {
    let found = path.symlink_metadata();
    let found = found.map_err(|error| StoreError::of_io("read folder", path, error))?;
    if found.is_symlink() {
        return Err(StoreError::Symlink { path: path.to_owned() });
    }
    if !found.is_dir() {
        return Err(StoreError::WrongFileType { path: path.to_owned(), expected: "a folder" });
    }
    Ok(())
}

/// Refuses a link or a folder in the place of a file that may be missing.
pub(crate) fn require_file_or_nothing(path: &Path) -> Result<(), StoreError> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::of_io("read", path, error)),
        Ok(found) if found.is_symlink() => Err(StoreError::Symlink { path: path.to_owned() }),
        Ok(found) if !found.is_file() => {
            Err(StoreError::WrongFileType { path: path.to_owned(), expected: "a regular file" })
        }
        Ok(_) => Ok(()),
    }
}

/// Makes a file with mode 0600 that did not exist.
pub(crate) fn create_file(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).custom_flags(NO_FOLLOW);
    options.open(path).map_err(|error| StoreError::of_io("create", path, error))
}

/// Opens a regular file; a link in its place is an error (`ELOOP`). It does not wait for
/// the other end of a pipe that is in its place.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let flags = NO_FOLLOW | OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(file)
}

/// The whole of a small file.
pub(crate) fn read_small(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open_regular(path)?.take(limit + 1).read_to_end(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "it is longer than any of its kind"));
    }
    Ok(text)
}

/// Makes a file with this content, flushed to the disk.
pub(crate) fn write_new(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let mut file = create_file(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.map_err(|error| StoreError::of_io("write", path, error))
}

/// Puts `content` in the place of a file: all of it, or the old one stays. `partial` is in
/// the same folder, and whatever an interrupted run left in it is replaced.
pub(crate) fn replace_file(path: &Path, partial: &Path, content: &[u8]) -> Result<(), StoreError> {
    match std::fs::remove_file(partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(StoreError::of_io("remove", partial, error));
        }
        _ => write_new(partial, content)?,
    }
    let renamed = std::fs::rename(partial, path);
    renamed.map_err(|error| StoreError::of_io("write", path, error))?;
    sync_folder(path.parent().unwrap_or(path))
}

/// Renames a folder; what is in the place of the new name stays, and the rename fails.
pub(crate) fn rename_folder(from: &Path, to: &Path) -> Result<(), StoreError> {
    let renamed = match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // A file system without that flag: a folder that is not empty is not replaced either.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => std::fs::rename(from, to),
        renamed => renamed.map_err(io::Error::from),
    };
    renamed.map_err(|error| StoreError::of_io("rename", from, error))
}

/// Makes names in a folder survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(|error| StoreError::of_io("flush folder", path, error))
}

/// Removes a folder with what is in it; links in it are removed and not followed.
pub(crate) fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::of_io("remove", path, error))
        }
        _ => Ok(()),
    }
}
