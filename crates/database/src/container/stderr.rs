//! The last lines that a tool printed, without secrets and rows.

use std::collections::VecDeque;

use secrecy::{ExposeSecret as _, SecretString};

/// Lines that are kept.
const LINES: usize = 12;
/// Bytes of a line that are kept.
const LENGTH: usize = 400;
/// What stands for a secret.
const MASK: &str = "***";

/// How a tool failed.
pub(crate) struct ToolFailure {
    pub(crate) doing: String,
    pub(crate) tool: String,
    pub(crate) status: i64,
    pub(crate) output: String,
}

/// Collects what a tool prints on standard error.
pub(crate) struct StderrTail {
    lines: VecDeque<String>,
    partial: Vec<u8>,
    secrets: Vec<SecretString>,
    in_details: bool,
}

impl StderrTail {
    pub(super) fn new(secrets: Vec<SecretString>) -> Self {
        Self { lines: VecDeque::new(), partial: Vec::new(), secrets, in_details: false }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.partial);
                self.keep(&line);
            }
            // A line without an end must not fill the memory.
            self.partial.truncate(1 << 16);
        }
    }

    fn keep(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line).trim_end().to_owned();
        if is_message(&line) {
            self.in_details = false;
        } else if shows_content(&line) {
            self.in_details = true;
        }
        if self.in_details || line.is_empty() {
            return;
        }
        self.lines.push_back(shortened(&line));
        if self.lines.len() > LINES {
            self.lines.pop_front();
        }
    }

    /// The last lines, with secrets masked.
    pub(crate) fn text(&self) -> String {
        let mut copy = Self {
            lines: self.lines.clone(),
            partial: Vec::new(),
            secrets: self.secrets.clone(),
            in_details: self.in_details,
        };
        copy.keep(&self.partial);
        let text = Vec::from(copy.lines).join("\n");
        self.secrets.iter().fold(text, |text, secret| text.replace(secret.expose_secret(), MASK))
    }
}

fn shortened(line: &str) -> String {
    match line.char_indices().find(|(position, _)| *position >= LENGTH) {
        Some((position, _)) => format!("{} …", &line[..position]),
        None => line.to_owned(),
    }
}

/// The beginning of a message of a tool, after which nothing of a statement follows.
fn is_message(line: &str) -> bool {
    ["pg_", "psql:", "ERROR", "FATAL", "PANIC", "HINT:", "mariadb", "mysql", "sh:", "cat:"]
        .iter()
        .any(|prefix| line.starts_with(prefix))
        && !line.contains("Command was:")
}

/// Statements and rows of users: PostgreSQL prints them with errors.
fn shows_content(line: &str) -> bool {
    ["DETAIL:", "CONTEXT:", "STATEMENT:", "QUERY:", "LINE ", "Command was:"]
        .iter()
        .any(|part| line.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(output: &str, secrets: &[&str]) -> String {
        let mut tail = StderrTail::new(secrets.iter().map(|secret| (*secret).into()).collect());
        output.as_bytes().chunks(7).for_each(|part| tail.push(part));
        tail.text()
    }

    #[test]
    fn rows_and_statements_are_left_out() {
        let output = "pg_restore: error: COPY failed for table \"users\": ERROR:  duplicate key\n\
                      DETAIL:  Key (mail)=(a@example.org) already exists.\nCONTEXT:  COPY users, line 1\n\
                      secret row\npg_restore: from TOC entry 7\nCommand was: CREATE ROLE x\nPASSWORD 'p';\n";
        let text = text_of(output, &[]);
        assert_eq!(
            text,
            "pg_restore: error: COPY failed for table \"users\": ERROR:  duplicate key\n\
             pg_restore: from TOC entry 7"
        );
    }

    #[test]
    fn secrets_are_masked_and_only_the_last_lines_are_kept() {
        let output: String = (0..40).map(|line| format!("line {line} hush\n")).collect();
        let text = text_of(&(output + "the end hush"), &["hush"]);
        assert_eq!(text.lines().count(), LINES);
        assert!(text.ends_with("line 39 ***\nthe end ***"), "{text}");
    }

    #[test]
    fn a_long_line_is_shortened() {
        assert!(text_of(&"é".repeat(4000), &[]).len() < 2 * LENGTH);
    }
}
