//! Restores whose old database is kept, and what interrupted ones have left.

use database::{PostgreSql, Redis, RestoreAction, RestoreId, RestoreState};
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

    /// What a restore has left that was not completed is removed.
    pub(crate) async fn discard_leftovers(&self) -> Result<(), ProjectDatabaseError> {
        let (server, database) = match &self.database.adapter {
            Adapter::PostgreSql { server, database } => (server, database),
            Adapter::Redis(server) => return self.leave_interrupted(server).await,
        };
        for id in self.leftovers().await? {
            server.discard(database, &id).await.map_err(self.database.failed())?;
        }
        Ok(())
    }

    /// A server whose restore was interrupted refuses writes until it is left.
    async fn leave_interrupted(&self, server: &Redis) -> Result<(), ProjectDatabaseError> {
        if server.identify().await.map_err(self.database.failed())?.is_replica {
            server.leave_restore().await.map_err(self.database.failed())?;
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
            "end it with `restore-database --confirm`, `--undo` or `--discard`",
        )
    }

    /// Removes the database that an interrupted restore, or one that was undone, has left
    /// beside the one that serves.
    ///
    /// # Errors
    /// As [`DatabaseRestore::undo`].
    pub async fn discard(&self) -> Result<(), ProjectDatabaseError> {
        let (server, database) = self.postgresql("discard")?;
        let id = self.only_restore(RestoreAction::Discard).await?;
        server.discard(database, &id).await.map_err(self.database.failed())
    }

    /// Gives the old database its name back; what was written since the restore stays in
    /// another one, whose name this returns.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`] when there is no restore to undo; those of the
    /// server.
    pub async fn undo(&self) -> Result<String, ProjectDatabaseError> {
        let (server, database) = self.postgresql("undo")?;
        let id = self.only_restore(RestoreAction::Undo).await?;
        server.undo(database, &id).await.map_err(self.database.failed())?;
        Ok(format!("{database}_tidegate_{id}"))
    }

    /// Removes the old database for good.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`] when there is no restore to confirm; those of the
    /// server.
    pub async fn confirm(&self) -> Result<(), ProjectDatabaseError> {
        let (server, database) = self.postgresql("confirm")?;
        let id = self.only_restore(RestoreAction::DropKept).await?;
        server.drop_kept(database, &id).await.map_err(self.database.failed())
    }

    pub(crate) fn postgresql(
        &self,
        act: &str,
    ) -> Result<(&PostgreSql, &str), ProjectDatabaseError> {
        match &self.database.adapter {
            Adapter::PostgreSql { server, database } => Ok((server, database)),
            Adapter::Redis(_) => Err(OperationError::usage(
                format!(
                    "database {} has no restore to {act}: Redis replaces its data",
                    self.database.name
                ),
                "restore the backup that the restore made of the data before",
            )
            .into()),
        }
    }

    async fn only_restore(&self, action: RestoreAction) -> Result<RestoreId, ProjectDatabaseError> {
        let open = self.open_restores().await?.into_iter();
        let open = open.filter(|restore| restore.allowed.contains(&action));
        let mut ids: Vec<RestoreId> = open.map(|restore| restore.id).collect();
        match (ids.pop(), ids.is_empty()) {
            (Some(id), true) => Ok(id),
            (None, _) => Err(OperationError::precondition(
                format!(
                    "database {} has no restore for which this can be done",
                    self.database.name
                ),
                "`restore-database --dry-run` names a restore that has not ended",
            )
            .into()),
            (Some(_), false) => Err(OperationError::precondition(
                format!("database {} has several restores that have not ended", self.database.name),
                "remove those that you do not need with `DROP DATABASE`",
            )
            .into()),
        }
    }
}
