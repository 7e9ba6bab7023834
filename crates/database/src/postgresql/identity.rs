//! Which server this is, and whether its tools suit it.

use serde::{Deserialize, Serialize};

use super::server::Server;
use crate::{container::parse, error::DatabaseError};

/// A PostgreSQL server and what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerIdentity {
    /// The server's version, such as `15.18`.
    pub server_version: String,
    /// The version of `pg_dump` in its container.
    pub client_version: String,
    /// The database that the container's variables name.
    pub default_database: String,
    /// The databases, without templates, by name.
    pub databases: Vec<DatabaseSummary>,
}

/// A database of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseSummary {
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Bytes on the server's disk.
    pub bytes: u64,
}

#[derive(Deserialize)]
struct Answer {
    version: String,
    number: u32,
    database: String,
    databases: Vec<DatabaseSummary>,
}

const QUESTION: &str = "SELECT json_build_object(
    'version', split_part(current_setting('server_version'), ' ', 1),
    'number', current_setting('server_version_num')::int,
    'database', current_database(),
    'databases', (SELECT coalesce(json_agg(json_build_object('name', datname,
        'owner', pg_get_userbyid(datdba), 'bytes', pg_database_size(oid)) ORDER BY datname), '[]')
        FROM pg_database WHERE NOT datistemplate));\n";

pub(super) async fn identify(server: &Server) -> Result<ServerIdentity, DatabaseError> {
    let doing = format!("identify the server in container {}", server.container.name());
    let version = server.tool(&doing, "", &["pg_dump", "--version"]);
    let (answer, printed) =
        tokio::try_join!(server.execute(&doing, "", QUESTION), server.container.run(&version, ""))?;
    let answer: Answer = parse(&doing, &answer)?;
    let invalid = || DatabaseError::InvalidAnswer {
        doing: doing.clone(),
        reason: format!("`pg_dump --version` printed {printed:?}"),
    };
    let client = client_version(&printed).ok_or_else(invalid)?;
    // Since 10, the major version is the first number (server_version_num: 150018).
    if major(client).ok_or_else(invalid)? < answer.number / 10_000 {
        let container = server.container.name().to_owned();
        let (client, server) = (client.to_owned(), answer.version);
        return Err(DatabaseError::ClientOlder { container, client, server });
    }
    Ok(ServerIdentity {
        server_version: answer.version,
        client_version: client.to_owned(),
        default_database: answer.database,
        databases: answer.databases,
    })
}

/// `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
fn client_version(printed: &str) -> Option<&str> {
    printed.split_once("(PostgreSQL) ")?.1.split_whitespace().next()
}

/// Of `15.18`, `17beta1` and the like.
fn major(version: &str) -> Option<u32> {
    let end = version.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_every_form_are_read() {
        for (printed, expected) in [
            ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("pg_dump (PostgreSQL) 17beta1\n", Some(17)),
            ("pg_dump (PostgreSQL) 9.6.24\n", Some(9)),
            ("something else", None),
        ] {
            assert_eq!(client_version(printed).and_then(major), expected, "{printed}");
        }
    }
}
