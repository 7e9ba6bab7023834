//! What the errors of the client tools mean.

use crate::{container::ToolFailure, error::DatabaseError};

/// The server's numbers of errors (`mysqld_error.h`) and the client's (`errmsg.h`).
pub(super) fn interpret(failure: ToolFailure) -> DatabaseError {
    let ToolFailure { doing, tool, status, output } = failure;
    let number = error_number(&output);
    let output = without_values(number, output);
    match number {
        Some(1045 | 1698) => DatabaseError::LoginRefused { doing, output },
        Some(1044 | 1142 | 1143 | 1227 | 1370) => DatabaseError::PermissionDenied { doing, output },
        Some(1049) => {
            let database = quoted(&output).unwrap_or_default().to_owned();
            DatabaseError::DatabaseMissing { doing, database }
        }
        Some(1021 | 1114) => DatabaseError::DiskFull { doing, output },
        Some(1205 | 1213) => DatabaseError::Locked { doing, output },
        Some(1053 | 2002 | 2003 | 2006 | 2013 | 2026) => {
            DatabaseError::ServerGone { doing, output }
        }
        _ if is_disk_full(&output) => DatabaseError::DiskFull { doing, output },
        _ => DatabaseError::ToolFailed { doing, tool, status, output },
    }
}

/// Some messages have values of rows, or the beginning of a statement.
fn without_values(number: Option<u32>, output: String) -> String {
    match number {
        Some(number @ (1062 | 1064 | 1264 | 1292 | 1366 | 1406 | 1452)) => {
            let place = output.split_once(" at line ").map(|(_, rest)| rest);
            let line = place.and_then(|rest| rest.split(':').next()).unwrap_or("?");
            format!("ERROR {number} at line {line}, without the values in the message")
        }
        _ => output,
    }
}

fn is_disk_full(output: &str) -> bool {
    ["No space left on device", "Errcode: 28", "errno: 28"].iter().any(|part| output.contains(part))
}

/// `ERROR 1045 (28000): Access denied …`, `mariadb-dump: Got error: 1049: "Unknown database …"`.
fn error_number(output: &str) -> Option<u32> {
    let (_, rest) = output.split_once("ERROR ").or_else(|| output.split_once("error: "))?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The text between the first two single quotes.
fn quoted(output: &str) -> Option<&str> {
    output.split('\'').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_a_caller_can_act_on_have_variants() {
        use DatabaseError as E;
        let interpreted = |output: &str| {
            let (doing, tool, output) = ("d".to_owned(), "mariadb".to_owned(), output.to_owned());
            interpret(ToolFailure { doing, tool, status: 1, output })
        };
        let refused = "ERROR 1045 (28000): Access denied for user 'root'@'localhost'";
        assert!(matches!(interpreted(refused), E::LoginRefused { .. }));
        let missing = "mariadb-dump: Got error: 1049: \"Unknown database 'shop'\" when selecting the database";
        assert!(
            matches!(interpreted(missing), E::DatabaseMissing { database, .. } if database == "shop")
        );
        let full = "ERROR 3 (HY000) at line 1: Error writing file (Errcode: 28 \"No space left\")";
        assert!(matches!(interpreted(full), E::DiskFull { .. }));
        let gone = "ERROR 2002 (HY000): Can't connect to local server through socket";
        assert!(interpreted(gone).is_passing());
        assert!(matches!(interpreted("something else"), E::ToolFailed { .. }));
        let row = "ERROR 1062 (23000) at line 7: Duplicate entry 'ada@example.org' for key 'mail'";
        let shown = interpreted(row).to_string();
        assert!(shown.contains("ERROR 1062 at line 7") && !shown.contains("ada@"), "{shown}");
    }
}
