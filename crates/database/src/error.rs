use local_docker::EngineError;

use crate::facts::Difference;

/// Why something could not be done with a database. See [`DatabaseError::advice`] for what to
/// do about it. No error contains a password or a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages explain the fields")]
pub enum DatabaseError {
    /// The Docker Engine failed or was lost; how the tool ended is not known.
    #[error("{doing}: {source}")]
    Engine { doing: String, source: Box<EngineError> },
    /// The container does not exist.
    #[error("container `{container}` does not exist")]
    ContainerMissing { container: String },
    /// The container does not run.
    #[error("container `{container}` does not run")]
    ContainerStopped { container: String },
    /// The container has no such program.
    #[error("{doing}: container `{container}` has no program `{tool}`")]
    ToolMissing { doing: String, container: String, tool: String },
    /// The container's client tools are older than its server, whose databases they cannot
    /// dump.
    #[error(
        "the client tools in container `{container}` have version {client}, its server {server}: \
         older tools cannot dump it"
    )]
    ClientOlder { container: String, client: String, server: String },

    /// The server refused the user.
    #[error("{doing}: the server refuses the login:\n{output}")]
    LoginRefused { doing: String, output: String },
    /// The user may not do this.
    #[error("{doing}: the user lacks a right:\n{output}")]
    PermissionDenied { doing: String, output: String },
    /// The server has no such database.
    #[error("{doing}: the server has no database `{database}`")]
    DatabaseMissing { doing: String, database: String },
    /// A disk of the server is full.
    #[error("{doing}: the server's disk is full:\n{output}")]
    DiskFull { doing: String, output: String },
    /// The server ended the connection, or does not accept any at the moment.
    #[error("{doing}: the server ended the connection or does not accept any:\n{output}")]
    ServerGone { doing: String, output: String },
    /// Somebody else holds a lock for too long.
    #[error("{doing}: a lock is held by another session:\n{output}")]
    Locked { doing: String, output: String },
    /// Another failure of a tool.
    #[error("{doing}: `{tool}` failed with status {status}{}", printed(.output))]
    ToolFailed { doing: String, tool: String, status: i64, output: String },
    /// The output of a tool that succeeded is not whole.
    #[error("{doing}: the output of `{tool}` is incomplete")]
    Incomplete { doing: String, tool: String },
    /// The output of a tool cannot be read.
    #[error("{doing}: cannot read the answer of the server: {reason}")]
    InvalidAnswer { doing: String, reason: String },

    /// The archive cannot be read from where it is stored.
    #[error("{doing}: cannot read the archive")]
    Source { doing: String, source: std::io::Error },
    /// The archive has no bytes.
    #[error("{doing}: the archive is empty")]
    ArchiveEmpty { doing: String },
    /// It is something else than an archive.
    #[error("{doing}: this is not an archive of the database: {reason}")]
    NotAnArchive { doing: String, reason: String },
    /// The archive ends too early.
    #[error("{doing}: the archive is truncated:\n{output}")]
    ArchiveTruncated { doing: String, output: String },
    /// The archive is not what was dumped.
    #[error("{doing}: the archive is damaged: {found}, but {expected} was dumped")]
    ArchiveDamaged { doing: String, expected: String, found: String },
    /// The archive is one of another database.
    #[error("{doing}: the archive is of database `{found}`, not of `{expected}`")]
    OtherDatabase { doing: String, expected: String, found: String },
    /// The archive was written by newer tools.
    #[error("{doing}: the archive was written by newer tools:\n{output}")]
    ArchiveTooNew { doing: String, output: String },
    /// What was restored is not what was dumped.
    #[error("{doing}: the restored database differs from the manifest: {}", listed(.differences))]
    FactsDiffer { doing: String, differences: Vec<Difference> },

    /// A name that the server would cut off.
    #[error("database name `{name}` is too long: at most {limit} bytes leave room for a restore")]
    NameTooLong { name: String, limit: usize },
    /// The identifier of a restore is not one.
    #[error("`{id}` is not the identifier of a restore: 1 to 16 of a-z and 0-9")]
    InvalidId { id: String },
    /// The databases are not in the state that this needs.
    #[error("{doing}: {state}")]
    WrongState { doing: String, state: String },
    /// The restore failed after it had begun to replace the data.
    #[error("the data may be neither the old nor the restored: {source}")]
    HalfReplaced { source: Box<DatabaseError> },
    /// An error while something was undone after another error.
    #[error("{first}; and cleaning up failed: {cleanup}")]
    CleanupFailed { first: Box<DatabaseError>, cleanup: Box<DatabaseError> },
    /// This database cannot be treated so.
    #[error("{doing}: {reason}")]
    Unsupported { doing: String, reason: String },
}

/// What a tool printed, if it printed anything.
pub(crate) fn printed(output: &str) -> String {
    if output.is_empty() { String::new() } else { format!(":\n{output}") }
}

/// A few differences, and how many more there are.
fn listed(differences: &[Difference]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = differences.iter().take(SHOWN).map(ToString::to_string).collect();
    match differences.len().checked_sub(SHOWN) {
        None | Some(0) => shown.join("; "),
        Some(more) => format!("{}; and {more} more", shown.join("; ")),
    }
}

impl DatabaseError {
    /// What the user can do about it, where that is known.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Engine { source, .. } => return source.advice(),
            Self::CleanupFailed { first, .. } => return first.advice(),
            Self::HalfReplaced { source } => return source.advice(),
            Self::ContainerMissing { .. } => "`docker ps --all` lists the containers",
            Self::ContainerStopped { .. } => "start it, then run the same command again",
            Self::ToolMissing { .. } => {
                "use an image that has the server's own client tools and a shell"
            }
            Self::ClientOlder { .. } => "use the client tools of the server's own image",
            Self::LoginRefused { .. } => {
                "check the container's variables: a changed POSTGRES_PASSWORD has no effect on an \
                 existing database"
            }
            Self::PermissionDenied { .. } => "use the owner of the database or a superuser",
            Self::DiskFull { .. } => "make room where the server keeps its data",
            Self::ServerGone { .. } => {
                "look into the container's log, then run the same command again"
            }
            Self::Locked { .. } => "let the other session finish, then run the same command again",
            Self::ArchiveEmpty { .. }
            | Self::NotAnArchive { .. }
            | Self::ArchiveTruncated { .. }
            | Self::ArchiveDamaged { .. }
            | Self::OtherDatabase { .. }
            | Self::FactsDiffer { .. } => "restore another backup; nothing was replaced",
            Self::ArchiveTooNew { .. } => "restore into a server of the version it was dumped from",
            _ => return None,
        })
    }

    /// Whether the same may succeed when it is tried again without a change.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::ServerGone { .. } | Self::Locked { .. } => true,
            Self::CleanupFailed { first, .. } => first.is_passing(),
            Self::Engine { source, .. } => matches!(
                source.as_ref(),
                EngineError::ConnectionLost { .. }
                    | EngineError::EngineGone { .. }
                    | EngineError::NoAnswer { .. }
            ),
            _ => false,
        }
    }
}

/// So that a stream of a dump can be read where an `io::Error` is expected; the
/// [`DatabaseError`] is inside.
impl From<DatabaseError> for std::io::Error {
    fn from(error: DatabaseError) -> Self {
        Self::other(error)
    }
}
