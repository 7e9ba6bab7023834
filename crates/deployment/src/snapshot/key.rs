//! The keys of snapshots: age identities in files, as `age-keygen` makes them.

use std::{
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use age::{secrecy::ExposeSecret as _, x25519::Identity};
use operation::{Environment, LocalProject, OperationError};

/// The variable that names a file with a key, which wins over the configuration.
const VARIABLE: &str = "TIDEGATE_SNAPSHOT_KEY";

/// Where the keys of a project's snapshots are on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotKeys {
    /// A file that somebody has named, and operators may share.
    named: Option<PathBuf>,
    /// The file of this machine's own key, which is made when it is needed.
    own: PathBuf,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// Its file cannot be read.
    #[error("the key of snapshots cannot be read from {path}: {source}; `age-keygen` makes one")]
    Unreadable { path: PathBuf, source: io::Error },
    /// Its file has something else.
    #[error("{path} has no age identity (a line AGE-SECRET-KEY-1…), or one that is not X25519")]
    NoIdentity { path: PathBuf },
    /// It cannot be made.
    #[error("the key of snapshots cannot be written to {path}: {source}")]
    NotMade { path: PathBuf, source: io::Error },
}

impl SnapshotKeys {
    /// The keys of a project.
    ///
    /// # Errors
    /// When there is no folder for the state of this machine.
    pub(crate) fn new(
        project: &LocalProject,
        environment: &Environment,
    ) -> Result<Self, OperationError> {
        let root = project.root.as_deref().unwrap_or(Path::new("."));
        let configured = project.configuration.deploy.snapshot_key_file.clone();
        let named = environment.variable(VARIABLE).map(PathBuf::from).or(configured);
        let state = environment.state()?.project(&project.name(), &root.display().to_string());
        let own = state.operation("snapshots").path().join("key.txt");
        Ok(Self { named: named.map(|path| root.join(path)), own })
    }

    /// The key that new snapshots are made for; the machine's own one is made if it is not
    /// there yet.
    ///
    /// # Errors
    /// [`KeyError`].
    pub(super) fn sealing(&self) -> Result<Identity, KeyError> {
        if let Some(path) = &self.named {
            return first_identity(path);
        }
        match first_identity(&self.own) {
            Err(KeyError::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => {
                make_key(&self.own)
                    .map_err(|source| KeyError::NotMade { path: self.own.clone(), source })?;
                first_identity(&self.own)
            }
            found => found,
        }
    }

    /// Every key of this machine, and why one of them cannot be used.
    pub(super) fn opening(&self) -> (Vec<Identity>, Option<KeyError>) {
        let (mut keys, mut problem) = (Vec::new(), None);
        for path in self.named.iter().chain([&self.own]) {
            match identities(path) {
                Ok(found) => keys.extend(found),
                Err(KeyError::Unreadable { source, .. })
                    if source.kind() == ErrorKind::NotFound && *path == self.own => {}
                Err(error) => problem = Some(error),
            }
        }
        (keys, problem)
    }
}

fn first_identity(path: &Path) -> Result<Identity, KeyError> {
    let none = || KeyError::NoIdentity { path: path.to_owned() };
    identities(path)?.into_iter().next().ok_or_else(none)
}

/// Lines are identities, comments or empty.
fn identities(path: &Path) -> Result<Vec<Identity>, KeyError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| KeyError::Unreadable { path: path.to_owned(), source })?;
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parsed = lines.map(|line| {
        // Why it is none would show the line.
        line.parse().map_err(|_| KeyError::NoIdentity { path: path.to_owned() })
    });
    let identities = parsed.collect::<Result<Vec<Identity>, KeyError>>()?;
    match identities.is_empty() {
        true => Err(KeyError::NoIdentity { path: path.to_owned() }),
        false => Ok(identities),
    }
}

/// Whole or not at all, for its owner only. One that another process makes at the same time
/// wins.
fn make_key(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let identity = Identity::generate();
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "# The key of snapshots of configurations, made by tidegate.")?;
    writeln!(file, "# public key: {}", identity.to_public())?;
    writeln!(file, "{}", identity.to_string().expose_secret())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn keys(folder: &Path, named: Option<&str>) -> SnapshotKeys {
        let named = named.map(|name| folder.join(name));
        SnapshotKeys { named, own: folder.join("state/snapshots/key.txt") }
    }

    fn public(key: &Identity) -> String {
        key.to_public().to_string()
    }

    #[test]
    fn the_machines_own_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(folder.path(), None);
        assert!(keys.opening().0.is_empty() && keys.opening().1.is_none());
        let first = public(&keys.sealing().unwrap());
        assert_eq!(public(&keys.sealing().unwrap()), first);
        let mode = std::fs::metadata(&keys.own).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let files = std::fs::read_dir(keys.own.parent().unwrap()).unwrap();
        assert_eq!(files.count(), 1, "nothing else is left");
    }

    #[test]
    fn a_named_key_is_used_and_the_own_one_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let own = public(&keys(folder.path(), None).sealing().unwrap());
        make_key(&folder.path().join("shared.txt")).unwrap();
        let shared = keys(folder.path(), Some("shared.txt"));
        let sealing = public(&shared.sealing().unwrap());
        assert_ne!(sealing, own);
        let (opening, problem) = shared.opening();
        assert!(problem.is_none());
        assert_eq!(opening.iter().map(public).collect::<Vec<_>>(), [sealing, own]);
    }

    #[test]
    fn a_named_key_that_cannot_be_read_is_a_problem_that_shows_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let absent = keys(folder.path(), Some("absent.txt"));
        assert!(matches!(absent.sealing(), Err(KeyError::Unreadable { .. })));
        assert!(absent.opening().1.is_some());
        let line = "AGE-SECRET-KEY-1BROKEN";
        std::fs::write(folder.path().join("broken.txt"), line).unwrap();
        let error = keys(folder.path(), Some("broken.txt")).sealing().err().unwrap();
        assert!(error.to_string().contains("broken.txt has no age identity"), "{error}");
        assert!(!format!("{error} {error:?}").contains("BROKEN"));
    }
}
