use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::fs::{FlockOperation, flock};

use crate::{Holder, LockError};

/// Keeps other operations away from a project as long as it lives. The file is
/// opened close-on-exec, so that no child program keeps the lock.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or reports its holder.
    ///
    /// # Errors
    /// [`LockError::Held`] with the holder, [`LockError::Io`].
    pub fn acquire(path: &Path, holder: &Holder) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { path: path.to_owned(), source };
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(LockError::Held(read_holder(&mut file)));
            }
            Err(errno) => return Err(failed(errno.into())),
        }
        write_holder(&mut file, holder).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Who holds a lock, without taking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockState {
    /// Nobody does.
    Free,
    /// Another operation does; one that has just taken it is not known by name yet.
    Held(Option<Holder>),
}

impl Lock {
    /// Whether another operation holds the lock.
    ///
    /// # Errors
    /// [`LockError::Io`].
    pub fn state(path: &Path) -> Result<LockState, LockError> {
        let failed = |source| LockError::Io { path: path.to_owned(), source };
        let mut file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(LockState::Free),
            file => file.map_err(failed)?,
        };
        // Released at once; who wants the lock at this moment tries again.
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(LockState::Free),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(LockState::Held(read_holder(&mut file))),
            Err(errno) => Err(failed(errno.into())),
        }
    }
}

fn write_holder(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(serde_json::to_string(holder)?.as_bytes())
}

/// The holder writes its name right after it took the lock; in between there is
/// nothing to read.
fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_second_operation_learns_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let holder = Holder {
            operation: "full-release 1.2.0".to_owned(),
            user: "ada".to_owned(),
            host: "engine".to_owned(),
            process: 7,
            since: Timestamp::UNIX_EPOCH,
        };
        let lock = Lock::acquire(&path, &holder).unwrap();
        let error = Lock::acquire(&path, &holder).unwrap_err();
        assert_eq!(
            error.to_string(),
            "another operation works on this project: `full-release 1.2.0` by ada on engine \
             (process 7) since 1970-01-01T00:00:00Z; wait for it or stop it"
        );
        assert_eq!(Lock::state(&path).unwrap(), LockState::Held(Some(holder.clone())));
        drop(lock);
        assert_eq!(Lock::state(&path).unwrap(), LockState::Free);
        assert_eq!(Lock::state(&folder.path().join("none")).unwrap(), LockState::Free);
        assert!(Lock::acquire(&path, &holder).is_ok());
    }
}
