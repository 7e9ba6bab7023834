//! Files beside the database in its container.

use super::shell::tool;
use crate::{
    archive::{ArchiveSource, Manifest},
    container::{Container, Tool},
    error::DatabaseError,
};

/// `$1` is the file. What comes from the input is written to it, with access for its owner.
const WRITE: &str = r#"umask 077
exec cat >"$1""#;

/// `$1` is the file. It is removed before it is read, so that nothing is left behind when the
/// reader ends.
const READ_ONCE: &str = r#"exec <"$1" && rm -f "$1" && exec cat"#;

/// What a scratch file is for, which is in its name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Dump,
    Verify,
    Restore,
}

impl Purpose {
    fn prefix(self) -> &'static str {
        match self {
            Self::Dump => "/tmp/tidegate-dump-",
            Self::Verify => "/tmp/tidegate-verify-",
            Self::Restore => "/tmp/tidegate-restore-",
        }
    }
}

/// A database in a file of its own.
pub(super) struct ScratchFile<'a> {
    container: &'a Container,
    doing: &'a str,
    pub(super) path: String,
}

impl<'a> ScratchFile<'a> {
    /// A new name in the folder for temporary files.
    pub(super) fn new(container: &'a Container, doing: &'a str, purpose: Purpose) -> Self {
        let path = format!("{}{:016x}", purpose.prefix(), fastrand::u64(..));
        Self { container, doing, path }
    }

    /// A file of this path.
    pub(super) fn at(container: &'a Container, doing: &'a str, path: &str) -> Self {
        Self { container, doing, path: path.to_owned() }
    }

    pub(super) async fn exists(&self) -> Result<bool, DatabaseError> {
        let look = r#"if [ -e "$1" ]; then echo yes; fi"#;
        let answer = self.container.run(&self.tool(&["sh", "-c", look, "sh"]), "").await?;
        Ok(!answer.is_empty())
    }

    /// Writes an archive into the file and compares its hash.
    pub(super) async fn write(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<(), DatabaseError> {
        manifest.require_content(self.doing)?;
        let writing = self.tool(&["sh", "-c", WRITE, "sh"]);
        self.container.feed(&writing, archive).await?.check(self.doing, manifest)
    }

    /// Gives it another name, which nothing must have.
    pub(super) async fn move_to(&self, path: &str) -> Result<(), DatabaseError> {
        let moving = r#"if [ -e "$2" ]; then echo "$2 exists" >&2; exit 1; fi; exec mv "$1" "$2""#;
        let arguments = ["sh", "-c", moving, "sh", &self.path, path];
        self.container.run(&tool(self.doing, &arguments), "").await.map(drop)
    }

    /// The tool that writes the file to its output, and removes it.
    pub(super) fn reading_once(&self) -> Tool {
        self.tool(&["sh", "-c", READ_ONCE, "sh"])
    }

    /// Removes it, and what SQLite keeps beside it; `outcome` is what was done with it.
    pub(super) async fn removed_after<T>(
        self,
        outcome: Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let files = ["", "-wal", "-shm", "-journal"].map(|end| format!("{}{end}", self.path));
        let removing = ["rm", "-f"].into_iter().chain(files.iter().map(String::as_str));
        let removing = tool(self.doing, &removing.collect::<Vec<_>>());
        let removed = self.container.run(&removing, "").await;
        // What failed before matters more.
        outcome.and_then(|value| removed.map(|_| value))
    }

    fn tool(&self, arguments: &[&str]) -> Tool {
        tool(self.doing, &[arguments, &[&self.path]].concat())
    }
}

/// Removes what interrupted runs have left, after hours: a younger one may go on.
pub(super) async fn remove_abandoned(
    container: &Container,
    doing: &str,
) -> Result<(), DatabaseError> {
    let removing =
        "find /tmp -maxdepth 1 -name 'tidegate-*' -mmin +360 -exec rm -f {} + 2>/dev/null; :";
    container.run(&tool(doing, &["sh", "-c", removing]), "").await.map(drop)
}

/// Removes what interrupted restores have left.
pub(super) async fn remove_leftovers(
    container: &Container,
    doing: &str,
) -> Result<(), DatabaseError> {
    let removing = format!("rm -f {}*", Purpose::Restore.prefix());
    container.run(&tool(doing, &["sh", "-c", &removing]), "").await.map(drop)
}
