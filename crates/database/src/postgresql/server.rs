//! One server and its client tools.

use super::{failure::interpret, login::PostgreSqlLogin};
use crate::{
    container::{Container, Tool},
    error::DatabaseError,
};

/// Printed after the answer to a question in a session.
pub(super) const MARK: &str = "tidegate-answered";

#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) container: Container,
    pub(super) login: PostgreSqlLogin,
}

impl Server {
    /// A tool that is connected to `database`; an empty name is the container's default.
    pub(super) fn tool(&self, doing: &str, database: &str, arguments: &[&str]) -> Tool {
        Tool {
            prelude: self.login.prelude(),
            subject: database.to_owned(),
            secrets: self.login.lines(),
            ..Tool::new(doing, arguments, interpret)
        }
    }

    /// The SQL client, which ends at the first error.
    pub(super) fn psql(&self, doing: &str, database: &str) -> Tool {
        let arguments = [
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--no-align",
            "--tuples-only",
            "--no-password",
            "--set=ON_ERROR_STOP=1",
        ];
        self.tool(doing, database, &arguments)
    }

    /// Runs statements; what they printed.
    pub(super) async fn execute(
        &self,
        doing: &str,
        database: &str,
        statements: &str,
    ) -> Result<String, DatabaseError> {
        self.container.run(&self.psql(doing, database), statements).await
    }

    /// Runs statements about databases, connected to another one than `database`.
    pub(super) async fn administer(
        &self,
        doing: &str,
        database: &str,
        statements: &str,
    ) -> Result<String, DatabaseError> {
        if database != "postgres" {
            match self.execute(doing, "postgres", statements).await {
                Err(DatabaseError::DatabaseMissing { .. }) => {}
                answered => return answered,
            }
        }
        self.execute(doing, "template1", statements).await
    }
}
