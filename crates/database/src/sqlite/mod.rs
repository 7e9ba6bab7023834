//! SQLite, through `sqlite3` or Python's module in the container that uses the file.

mod counting;
mod restoring;
mod scratch_file;
mod shell;

use async_trait::async_trait;
use bytes::Bytes;
use local_docker::{ContainerId, Engine};

use crate::{
    archive::{ArchiveSource, Dump, Manifest},
    container::{self, Container},
    error::DatabaseError,
    facts::Facts,
    in_place::InPlaceDatabase,
};
use scratch_file::{Purpose, ScratchFile};
use shell::Shell;

/// A file of SQLite in a container that runs. What is done with it is done by a program in the
/// container, which sees the locks of the application.
#[derive(Debug, Clone)]
pub struct Sqlite {
    container: Container,
    file: String,
}

impl Sqlite {
    /// Looks for the container; nothing is run in it yet. `file` is an absolute path in the
    /// container.
    ///
    /// # Errors
    /// `ContainerMissing`, `ContainerStopped`, or when the engine does not answer.
    pub async fn in_container(
        engine: &Engine,
        container: &ContainerId,
        file: &str,
    ) -> Result<Self, DatabaseError> {
        let container = Container::find(engine, container, Vec::new()).await?;
        Ok(Self { container, file: file.to_owned() })
    }

    fn doing(&self, act: &str) -> String {
        format!("{act} {} in container {}", self.file, self.container.name())
    }

    async fn require_file(&self, doing: &str) -> Result<(), DatabaseError> {
        if ScratchFile::at(&self.container, doing, &self.file).exists().await? {
            return Ok(());
        }
        let (doing, database) = (doing.to_owned(), self.file.clone());
        Err(DatabaseError::DatabaseMissing { doing, database })
    }

    /// Loads an archive into a file of its own, and compares what that contains.
    async fn load(
        &self,
        into: &ScratchFile<'_>,
        doing: &str,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        into.write(archive, manifest).await?;
        restoring::checked(&self.container, doing, &into.path, manifest).await
    }

    /// Copies the database as one transaction sees it; what is in the copy.
    async fn copy_to(&self, doing: &str, file: &str) -> Result<Facts, DatabaseError> {
        let mut shell = Shell::open(&self.container, doing, &self.file).await?;
        for line in ["BEGIN;", "SELECT count(*) FROM sqlite_master;"] {
            shell.ask(line).await?;
        }
        shell.ask(&format!(".backup '{file}'")).await?;
        shell.ask("COMMIT;").await?;
        drop(shell);
        // The copy is what was seen; writers need not wait until it is counted.
        let mut copy = Shell::open(&self.container, doing, file).await?;
        counting::facts(&mut copy, doing, &self.file).await
    }
}

#[async_trait(?Send)]
impl InPlaceDatabase for Sqlite {
    fn engine_name(&self) -> &'static str {
        "sqlite"
    }

    async fn identify(&self) -> Result<(), DatabaseError> {
        let doing = self.doing("open");
        self.require_file(&doing).await?;
        let mut shell = Shell::open(&self.container, &doing, &self.file).await?;
        let asked = shell.ask("SELECT count(*) FROM sqlite_master;").await;
        asked.map(drop).map_err(of_live_file)
    }

    async fn facts(&self) -> Result<Facts, DatabaseError> {
        let doing = self.doing("count the rows of");
        self.require_file(&doing).await?;
        let mut shell = Shell::open(&self.container, &doing, &self.file).await?;
        counting::facts(&mut shell, &doing, &self.file).await.map_err(of_live_file)
    }

    async fn dump(&self) -> Result<Dump, DatabaseError> {
        let doing = self.doing("dump");
        self.require_file(&doing).await?;
        let scratch = ScratchFile::new(&self.container, &doing, Purpose::Dump);
        let reading = scratch.reading_once();
        scratch_file::remove_abandoned(&self.container, &doing).await?;
        let facts = match self.copy_to(&doing, &scratch.path).await.map_err(of_live_file) {
            Ok(facts) => facts,
            failed => scratch.removed_after(failed).await?,
        };
        let (stream, digest) =
            container::dump(&self.container, reading, None, Bytes::new()).await?;
        Ok(Dump { facts, stream, digest })
    }

    async fn verify_by_restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        let doing = self.doing("verify the backup of");
        let scratch = ScratchFile::new(&self.container, &doing, Purpose::Verify);
        let loaded = self.load(&scratch, &doing, archive, manifest).await;
        scratch.removed_after(loaded).await
    }

    async fn restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Option<String>, DatabaseError> {
        let doing = self.doing("restore");
        let scratch = ScratchFile::new(&self.container, &doing, Purpose::Restore);
        let replacing = async {
            self.load(&scratch, &doing, archive, manifest).await?;
            restoring::replace(&self.container, &doing, &self.file, &scratch).await
        };
        let replaced = replacing.await;
        // What stays is removed by the next restore.
        let _ = scratch.removed_after(Ok(())).await;
        replaced.map(|()| None)
    }

    async fn restore_into(
        &self,
        name: &str,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        let doing = self.doing("restore a copy of");
        if !name.starts_with('/') {
            let reason = format!("`{name}` is no absolute path of a file in the container");
            return Err(DatabaseError::Unsupported { doing, reason });
        }
        let copy = ScratchFile::at(&self.container, &doing, name);
        if copy.exists().await? {
            let state = format!("there is a file {name} already");
            return Err(DatabaseError::WrongState { doing, state });
        }
        // In the same folder, so that it gets its name at once when it is complete.
        let loading = format!("{name}.tidegate-{:08x}", fastrand::u32(..));
        let loading = ScratchFile::at(&self.container, &doing, &loading);
        let loaded = async {
            let facts = self.load(&loading, &doing, archive, manifest).await?;
            loading.move_to(name).await?;
            Ok(facts)
        };
        let loaded = loaded.await;
        loading.removed_after(loaded).await
    }

    async fn leave_restore(&self) -> Result<(), DatabaseError> {
        scratch_file::remove_leftovers(&self.container, &self.doing("clean up after")).await
    }
}

/// The file of the application is damaged, and no archive.
fn of_live_file(error: DatabaseError) -> DatabaseError {
    match error {
        DatabaseError::NotAnArchive { doing, reason } => {
            let state = format!(
                "the file is damaged: {reason}\nmove it and its -wal, -shm and -journal away; a restore \
                 then makes it again"
            );
            DatabaseError::WrongState { doing, state }
        }
        error => error,
    }
}
