//! Restores whose old database is kept, and what interrupted ones have left.

use database::{PostgreSql, RestoreAction, RestoreId, RestoreState};
use operation::OperationError;

use crate::{DatabaseRestore, ProjectDatabaseError, adapter::Adapter};

/// A restore that is neither confirmed nor undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRestore {
    /// The restore.
    pub id: RestoreId,
    /// How far it is.
    pub state: RestoreState,
    /// What can be done with it.
    pub allowed: Vec<RestoreAction>,
}

impl DatabaseRestore<'_> {
    /// Restores that are neither confirmed nor undone, or were interrupted.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn open_restores(&self) -> Result<Vec<OpenRestore>, ProjectDatabaseError> {
        let Adapter::PostgreSql { server, database } = &self.database.adapter else {
            return Ok(Vec::new());
        };
        let mut restores = Vec::new();
        for id in server.restores(database).await.map_err(self.database.failed())? {
            let observed = server.observe(database, &id).await.map_err(self.database.failed())?;
            let (state, allowed) = (observed.state(), observed.allowed());
            restores.push(OpenRestore { id, state, allowed });
        }
        Ok(restores)
    }

    /// Refuses while an earlier restore is neither confirmed nor undone.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`]; when the server does not answer.
    pub async fn require_no_open_restore(&self) -> Result<(), ProjectDatabaseError> {
        self.leftovers().await.map(drop)
    }

    /// Ends what a restore has left that was interrupted: removes what it has not completed, and
    /// lets the server accept writes again.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`] when a complete restore waits; those of the server.
    pub async fn leave(&self) -> Result<(), ProjectDatabaseError> {
        let (server, database) = match &self.database.adapter {
            Adapter::PostgreSql { server, database } => (server, database),
            Adapter::InPlace(database) => {
                return database.leave_restore().await.map_err(self.database.failed());
            }
        };
        for id in self.leftovers().await? {
            server.discard(database, &id).await.map_err(self.database.failed())?;
        }
        Ok(())
    }

    /// Restores that were not completed. Whatever else is there is an error: a complete
    /// database beside the one that serves may have what users wrote before a restore was
    /// undone.
    async fn leftovers(&self) -> Result<Vec<RestoreId>, ProjectDatabaseError> {
        let mut leftovers = Vec::new();
        for open in self.open_restores().await? {
            let is_complete = open.state == RestoreState::Ready;
            if is_complete || !open.allowed.contains(&RestoreAction::Discard) {
                return Err(self.open_restore_error(&open).into());
            }
            leftovers.push(open.id);
        }
        Ok(leftovers)
    }

    fn open_restore_error(&self, open: &OpenRestore) -> OperationError {
        let (name, OpenRestore { id, state, .. }) = (&self.database.name, open);
        OperationError::precondition(
            format!("an earlier restore of database {name} ({id}) has not ended: {state}"),
            "end it with `restore-database --complete`, `--confirm`, `--undo` or `--discard`",
        )
    }

    /// Another restore has swapped, or waits to, since this one was prepared.
    pub(crate) async fn require_only(&self, id: &RestoreId) -> Result<(), ProjectDatabaseError> {
        let open = self.open_restores().await?;
        match open.iter().find(|other| other.id != *id) {
            Some(other) => Err(self.open_restore_error(other).into()),
            None => Ok(()),
        }
    }

    /// The restore for which something can be done, with the database that it concerns.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`] when there is none, or several; those of the server.
    pub async fn find(&self, ending: RestoreEnding) -> Result<EndedRestore, ProjectDatabaseError> {
        let mut found = match &self.database.adapter {
            Adapter::PostgreSql { database, .. } => self.find_restores(database, ending).await?,
            Adapter::InPlace(_) if ending != RestoreEnding::Confirm => {
                return Err(self.replaces_in_place().into());
            }
            Adapter::InPlace(database) => {
                let mut kept = database.kept().await.map_err(self.database.failed())?;
                // The identifier of a restore is its time: the oldest first.
                kept.sort();
                kept.into_iter().take(1).map(EndedRestore::of_kept).collect()
            }
        };
        match (found.pop(), found.is_empty()) {
            (Some(restore), true) => Ok(restore),
            (None, _) => Err(OperationError::precondition(
                format!(
                    "database {} has no restore for which this can be done",
                    self.database.name
                ),
                "`restore-database --dry-run` names a restore that has not ended",
            )
            .into()),
            (Some(last), false) => Err(self.several(&found, &last).into()),
        }
    }

    async fn find_restores(
        &self,
        database: &str,
        ending: RestoreEnding,
    ) -> Result<Vec<EndedRestore>, ProjectDatabaseError> {
        let open = self.open_restores().await?.into_iter();
        let open = open.filter(|restore| restore.allowed.contains(&ending.action()));
        Ok(open.map(|restore| ending.of_restore(database, restore.id)).collect())
    }

    fn several(&self, found: &[EndedRestore], last: &EndedRestore) -> OperationError {
        let names = found.iter().chain([last]).map(|restore| restore.database.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        OperationError::precondition(
            format!("several restores of database {} have left one: {names}", self.database.name),
            "look at them with the server's own client, and remove those that nobody needs",
        )
    }

    /// Ends a restore in this way.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn end(&self, restore: &EndedRestore) -> Result<(), ProjectDatabaseError> {
        let ended = match (&self.database.adapter, &restore.id, restore.ending) {
            (Adapter::PostgreSql { server, database }, Some(id), RestoreEnding::Complete) => {
                server.swap(database, id).await
            }
            (Adapter::PostgreSql { server, database }, Some(id), RestoreEnding::Undo) => {
                server.undo(database, id).await
            }
            (Adapter::PostgreSql { server, database }, Some(id), RestoreEnding::Confirm) => {
                server.drop_kept(database, id).await
            }
            (Adapter::PostgreSql { server, database }, Some(id), RestoreEnding::Discard) => {
                server.discard(database, id).await
            }
            (Adapter::InPlace(database), None, RestoreEnding::Confirm) => {
                database.drop_kept(&restore.database).await
            }
            _ => return Err(self.replaces_in_place().into()),
        };
        ended.map_err(self.database.failed())
    }

    pub(crate) fn postgresql(&self) -> Result<(&PostgreSql, &str), ProjectDatabaseError> {
        match &self.database.adapter {
            Adapter::PostgreSql { server, database } => Ok((server, database)),
            Adapter::InPlace(_) => Err(self.replaces_in_place().into()),
        }
    }

    fn replaces_in_place(&self) -> OperationError {
        OperationError::usage(
            format!(
                "database {} keeps nothing beside: a restore replaces its data",
                self.database.name
            ),
            "restore the backup that the restore made of the data before",
        )
    }
}

/// How a restore ends that has left a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreEnding {
    /// A complete database that an interrupted restore has left takes the name.
    Complete,
    /// The old database gets its name back; what was written since stays beside.
    Undo,
    /// The old database is removed for good.
    Confirm,
    /// The database that is beside the one that serves is removed.
    Discard,
}

/// A restore that is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedRestore {
    /// The database that gets the name, or is removed.
    pub database: String,
    /// The one in which the data is that served until then, after an undo.
    pub beside: String,
    /// `None` where the server has no restores.
    id: Option<RestoreId>,
    ending: RestoreEnding,
}

impl EndedRestore {
    /// Old data that a server has kept.
    fn of_kept(database: String) -> Self {
        Self { beside: database.clone(), database, id: None, ending: RestoreEnding::Confirm }
    }
}

impl RestoreEnding {
    fn action(self) -> RestoreAction {
        match self {
            Self::Complete => RestoreAction::Swap,
            Self::Undo => RestoreAction::Undo,
            Self::Confirm => RestoreAction::DropKept,
            Self::Discard => RestoreAction::Discard,
        }
    }

    fn of_restore(self, database: &str, id: RestoreId) -> EndedRestore {
        let beside = format!("{database}_tidegate_{id}");
        let database = match self {
            Self::Undo | Self::Confirm => format!("{database}_before_{id}"),
            Self::Complete | Self::Discard => beside.clone(),
        };
        EndedRestore { database, beside, id: Some(id), ending: self }
    }
}
