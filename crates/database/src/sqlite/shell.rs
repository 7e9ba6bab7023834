//! The program in the container that reads and writes a file of SQLite.

use crate::{
    container::{Container, Session, Tool, ToolFailure},
    error::DatabaseError,
};

/// Printed after the answer to a question.
const MARK: &str = "tidegate-answered";

/// `$3` is the file. The program is `sqlite3`, else the module of Python, which is in every
/// image of Python and gets the same input: a statement or a command of `sqlite3` on each line.
const SHELL: &str = r#"if command -v sqlite3 >/dev/null 2>&1; then
    exec sqlite3 -batch -bail -noheader -list -init /dev/null "$3"
fi
for python in python3 python; do
    if "$python" -c 'import sqlite3' 2>/dev/null; then exec "$python" -c "$2" "$3"; fi
done
echo "no program sqlite3, and no Python with its module" >&2
exit 127"#;

/// What `sqlite3` does with the lines that are sent to it.
const PYTHON: &str = include_str!("shell.py");

/// How long a lock of the application is waited for, in milliseconds.
const LOCK_TIMEOUT: u32 = 30_000;

/// A file of SQLite in a container, as a program there has opened it.
pub(super) struct Shell {
    session: Session,
}

impl Shell {
    /// Opens a file; one that is not in place is made as soon as something is written.
    pub(super) async fn open(
        container: &Container,
        doing: &str,
        file: &str,
    ) -> Result<Self, DatabaseError> {
        let arguments = ["sh", "-c", SHELL, "sqlite3", "", PYTHON, file];
        let session = Session::start(container, tool(doing, &arguments)).await?;
        let mut shell = Self { session };
        shell.ask(&format!(".timeout {LOCK_TIMEOUT}")).await?;
        Ok(shell)
    }

    /// Sends one line; the lines that it prints.
    pub(super) async fn ask(&mut self, line: &str) -> Result<Vec<String>, DatabaseError> {
        self.session.ask(&format!("{line}\n.print {MARK}\n"), MARK).await
    }
}

/// A program whose messages are those of SQLite.
pub(super) fn tool(doing: &str, arguments: &[&str]) -> Tool {
    Tool::new(doing, arguments, interpret)
}

/// Messages of SQLite (`sqlite3ErrStr` in `main.c`).
fn interpret(failure: ToolFailure) -> DatabaseError {
    let ToolFailure { doing, status, output, .. } = failure;
    let has = |parts: &[&str]| parts.iter().any(|part| output.contains(part));
    if has(&["database or disk is full", "No space left on device"]) {
        return DatabaseError::DiskFull { doing, output };
    }
    if has(&["is locked", "is busy"]) {
        return DatabaseError::Locked { doing, output };
    }
    if has(&["unable to open database", "readonly database", "Permission denied"]) {
        return DatabaseError::PermissionDenied { doing, output };
    }
    if has(&["file is not a database", "disk image is malformed"]) {
        return DatabaseError::NotAnArchive { doing, reason: output };
    }
    DatabaseError::ToolFailed { doing, tool: "sqlite3".to_owned(), status, output }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_a_caller_can_act_on_have_variants() {
        use DatabaseError as E;
        let interpreted = |output: &str| {
            let (doing, tool, output) = ("d".to_owned(), "sh".to_owned(), output.to_owned());
            interpret(ToolFailure { doing, tool, status: 1, output })
        };
        assert!(matches!(interpreted("Error: database is locked"), E::Locked { .. }));
        assert!(matches!(interpreted("Error: source database is busy"), E::Locked { .. }));
        let full = "Runtime error near line 1: database or disk is full (13)";
        assert!(matches!(interpreted(full), E::DiskFull { .. }));
        let other = "Error: file is not a database";
        assert!(matches!(interpreted(other), E::NotAnArchive { .. }));
        assert!(matches!(interpreted("Parse error: near \"x\""), E::ToolFailed { .. }));
    }
}
