//! One server and its client tools.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::failure::interpret;
use crate::{
    container::{Container, Tool, parse},
    error::DatabaseError,
};

/// Variables of the official images (docker-library: `docker-entrypoint.sh`) to the ones and the
/// options of the client tools. The password does not leave the container, and is no argument.
const LOGIN: &str = include_str!("login.sh");

#[derive(Debug, Clone)]
pub(super) struct MariaDbServer {
    pub(super) container: Container,
}

impl MariaDbServer {
    /// A tool that is logged in: `mariadb`, `mariadb-dump` and their older names.
    pub(super) fn tool(&self, doing: &str, arguments: &[impl AsRef<str>]) -> Tool {
        Tool { prelude: LOGIN, ..Tool::new(doing, arguments, interpret) }
    }

    /// The SQL client, which ends at the first error. `database` may be empty.
    pub(super) fn client(&self, doing: &str, database: &str) -> Tool {
        let mut arguments = vec![
            "mariadb",
            "--batch",
            "--raw",
            "--skip-column-names",
            "--default-character-set=utf8mb4",
        ];
        let database = format!("--database={database}");
        if database != "--database=" {
            arguments.push(&database);
        }
        self.tool(doing, &arguments)
    }

    /// Runs statements; what they printed.
    pub(super) async fn execute(
        &self,
        doing: &str,
        database: &str,
        statements: &str,
    ) -> Result<String, DatabaseError> {
        self.container.run(&self.client(doing, database), statements).await
    }

    /// Runs queries; one JSON value on each line of the answer.
    pub(super) async fn rows<T: DeserializeOwned>(
        &self,
        doing: &str,
        queries: &str,
    ) -> Result<Vec<T>, DatabaseError> {
        let answer = self.execute(doing, "", queries).await?;
        answer.lines().map(|line| parse(doing, line)).collect()
    }

    /// The definitions that `mariadb-dump` prints, each in the character set it was made in. No table
    /// is locked.
    pub(super) async fn definitions(
        &self,
        doing: &str,
        arguments: &[&str],
    ) -> Result<Vec<u8>, DatabaseError> {
        let options = [
            "mariadb-dump",
            "--default-character-set=utf8mb4",
            "--single-transaction",
            "--skip-lock-tables",
            "--no-data",
        ];
        let tool = self.tool(doing, &[&options[..], arguments].concat());
        Ok(without_database(self.container.output_of(&tool, Bytes::new()).await?))
    }

    /// Runs a part of an archive.
    pub(super) async fn run(
        &self,
        doing: &str,
        database: &str,
        statements: Bytes,
    ) -> Result<(), DatabaseError> {
        self.container.output_of(&self.client(doing, database), statements).await.map(drop)
    }

    /// The database that the container's variables name.
    pub(super) async fn default_database(&self, doing: &str) -> Result<String, DatabaseError> {
        let printed = self.container.run(&self.tool(doing, &["echo"]), "").await?;
        match printed.trim() {
            "" => Err(DatabaseError::Unsupported {
                doing: doing.to_owned(),
                reason: "no variable of the container names the database (MARIADB_DATABASE)"
                    .to_owned(),
            }),
            name => Ok(name.to_owned()),
        }
    }
}

/// Around what was made while the database had another character set, `mariadb-dump` changes that of
/// the database by its name (`switch_db_collation`), also when it is run in another one.
fn without_database(definitions: Vec<u8>) -> Vec<u8> {
    let lines = definitions.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|line| !line.starts_with(b"ALTER DATABASE ")).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_never_change_the_database_itself() {
        let dumped = b"SET x = 1;\nALTER DATABASE `app` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;\nDELIMITER ;;\n";
        assert_eq!(without_database(dumped.to_vec()), b"SET x = 1;\nDELIMITER ;;\n");
    }
}
