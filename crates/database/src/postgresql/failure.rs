//! What failures of PostgreSQL's tools mean.

use crate::{container::ToolFailure, error::DatabaseError};

/// What is searched for in the output of tools, whose messages are English (`LC_ALL=C`); those
/// of the server are as its `lc_messages`, which is English in the official images. An unknown
/// message is passed on.
pub(super) fn interpret(failure: ToolFailure) -> DatabaseError {
    let ToolFailure { doing, tool, status, output } = failure;
    let has = |parts: &[&str]| parts.iter().any(|part| output.contains(part));
    if has(&["No space left on device", "Disk quota exceeded"]) {
        return DatabaseError::DiskFull { doing, output };
    }
    if has(&["password authentication failed", "no password supplied", "pg_hba.conf"])
        || (has(&["FATAL:  role "]) && has(&["does not exist", "not permitted to log in"]))
    {
        return DatabaseError::LoginRefused { doing, output };
    }
    if let Some(database) = missing_database(&output) {
        return DatabaseError::DatabaseMissing { doing, database };
    }
    if has(GONE) {
        return DatabaseError::ServerGone { doing, output };
    }
    if has(&[
        "permission denied",
        "must be owner",
        "must be superuser",
        "must be member",
        "must be able to SET ROLE",
    ]) {
        return DatabaseError::PermissionDenied { doing, output };
    }
    if has(&["due to lock timeout", "due to statement timeout"]) {
        return DatabaseError::Locked { doing, output };
    }
    if tool == "pg_restore" {
        return archive_failure(doing, tool, status, output);
    }
    DatabaseError::ToolFailed { doing, tool, status, output }
}

const GONE: &[&str] = &[
    "server closed the connection unexpectedly",
    "terminating connection due to",
    "the database system is",
    "could not connect to server",
    "connection to server on socket",
    "connection to server was lost",
    "no connection to the server",
];

/// `FATAL:  database "app" does not exist`
fn missing_database(output: &str) -> Option<String> {
    let (_, rest) = output.split_once("FATAL:  database \"")?;
    let (name, rest) = rest.split_once('"')?;
    rest.trim_start().starts_with("does not exist").then(|| name.to_owned())
}

/// Messages of `pg_backup_archiver.c` and `pg_backup_custom.c`.
fn archive_failure(doing: String, tool: String, status: i64, output: String) -> DatabaseError {
    let has = |parts: &[&str]| parts.iter().any(|part| output.contains(part));
    if has(&["unsupported version"]) {
        return DatabaseError::ArchiveTooNew { doing, output };
    }
    if has(&[
        "end of file",
        "input file is too short",
        "could not find block ID",
        "could not find header",
    ]) {
        return DatabaseError::ArchiveTruncated { doing, output };
    }
    if has(&[
        "does not appear to be a valid archive",
        "did not find magic string",
        "unrecognized data block type",
        "found unexpected block ID",
        "unexpected data offset flag",
        "entry ID",
        "sanity check on integer size",
    ]) {
        return DatabaseError::NotAnArchive { doing, reason: output };
    }
    DatabaseError::ToolFailed { doing, tool, status, output }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreted(tool: &str, output: &str) -> DatabaseError {
        let (doing, tool, output) = ("d".to_owned(), tool.to_owned(), output.to_owned());
        interpret(ToolFailure { doing, tool, status: 1, output })
    }

    #[test]
    fn messages_that_a_caller_can_act_on_have_variants() {
        use DatabaseError as E;
        let missing = "psql: error: connection to server on socket \"/s\" failed: FATAL:  database \"a b\" does not exist";
        assert!(
            matches!(interpreted("psql", missing), E::DatabaseMissing { database, .. } if database == "a b")
        );
        let refused = "psql: error: connection to server on socket \"/s\" failed: FATAL:  role \"x\" does not exist";
        assert!(matches!(interpreted("psql", refused), E::LoginRefused { .. }));
        let role = "ERROR:  role \"x\" does not exist";
        assert!(matches!(interpreted("pg_restore", role), E::ToolFailed { .. }));
        let cut = "pg_restore: error: could not read from input file: end of file";
        assert!(matches!(interpreted("pg_restore", cut), E::ArchiveTruncated { .. }));
        assert!(matches!(interpreted("psql", cut), E::ToolFailed { .. }));
        let full = "ERROR:  could not extend file \"base/1/2\": No space left on device";
        assert!(matches!(interpreted("pg_restore", full), E::DiskFull { .. }));
        let shut = "FATAL:  the database system is shutting down";
        assert!(interpreted("psql", shut).is_passing());
    }
}
