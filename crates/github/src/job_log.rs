//! The end of a log of GitHub Actions.

use std::collections::VecDeque;

/// Lines that are kept.
const LINES: usize = 20;

/// Longest line, in bytes; the rest of it is left out. It is longer than what anyone shows:
/// half a secret could not be found.
const LONGEST_LINE: usize = 8192;

/// Marks of the runner, and how the web page shows them.
const MARKS: [(&str, &str); 5] = [
    ("##[error]", "Error: "),
    ("##[warning]", "Warning: "),
    ("##[notice]", "Notice: "),
    ("##[group]", ""),
    ("[command]", ""),
];

/// The last lines of a log that comes in pieces. A log may have gigabytes.
#[derive(Debug, Default)]
pub(crate) struct LogEnd {
    last: VecDeque<String>,
    /// The last lines up to the last error.
    up_to_error: Option<VecDeque<String>>,
    /// A line whose end has not come yet.
    line: Vec<u8>,
}

impl LogEnd {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|&byte| byte == b'\n');
        self.extend_line(parts.next().unwrap_or_default());
        for part in parts {
            self.end_line();
            self.extend_line(part);
        }
    }

    pub(crate) fn into_lines(mut self) -> Vec<String> {
        self.end_line();
        self.up_to_error.unwrap_or(self.last).into()
    }

    fn extend_line(&mut self, part: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = plain(&String::from_utf8_lossy(&line));
        let line = without_time(&line);
        if line.trim().is_empty() || line == "##[endgroup]" {
            return;
        }
        if self.last.len() == LINES {
            self.last.pop_front();
        }
        self.last.push_back(readable(line));
        if line.starts_with("##[error]") {
            self.up_to_error = Some(self.last.clone());
        }
    }
}

/// Without colours and other control sequences (ECMA-48), which a terminal would obey.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.peek() == Some(&'[') => {
                // Up to the final byte.
                chars.next();
                let _ = chars.find(|c| ('@'..='~').contains(c));
            }
            '\t' => plain.push(c),
            c if c.is_control() || c == '\u{feff}' => {}
            c => plain.push(c),
        }
    }
    plain
}

/// Without the time of the line: `2026-01-02T03:04:05.0000000Z `.
fn without_time(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, rest)) if is_time(time) => rest,
        None if is_time(line) => "",
        _ => line,
    }
}

fn is_time(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | 'T' | 'Z');
    text.len() >= 20 && text.ends_with('Z') && text.contains('T') && text.chars().all(is_part)
}

fn readable(line: &str) -> String {
    let marked = MARKS.iter().find_map(|(mark, shown)| Some((line.strip_prefix(mark)?, shown)));
    marked.map_or_else(|| line.to_owned(), |(rest, shown)| format!("{shown}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(log: &str, piece: usize) -> Vec<String> {
        let mut end = LogEnd::default();
        log.as_bytes().chunks(piece).for_each(|chunk| end.add(chunk));
        end.into_lines()
    }

    #[test]
    fn the_lines_before_the_last_error_are_kept_and_not_the_cleanup() {
        let mut log = "\u{feff}2026-01-02T03:04:05.1234567Z ##[group]Run pytest\r\n".to_owned();
        for number in 1..=30 {
            log += &format!("2026-01-02T03:04:06.0000000Z \u{1b}[31mline {number}\u{1b}[0m\r\n");
        }
        log += "2026-01-02T03:04:06.0000000Z \r\n\
                2026-01-02T03:04:06.0000000Z ##[endgroup]\r\n\
                2026-01-02T03:04:07.0000000Z ##[error]Process completed with exit code 1.\r\n\
                2026-01-02T03:04:08.0000000Z Post job cleanup.\r\n";
        for piece in [1, 7, 4096] {
            let lines = end(&log, piece);
            assert_eq!(lines.len(), LINES);
            assert_eq!(lines[0], "line 12");
            assert_eq!(lines[19], "Error: Process completed with exit code 1.");
        }
    }

    #[test]
    fn a_log_without_an_error_is_shown_to_its_end() {
        assert_eq!(
            end("[command]/usr/bin/git version\ngit 2\nno line end", 5),
            ["/usr/bin/git version", "git 2", "no line end"]
        );
        assert_eq!(end("", 1), [""; 0]);
    }

    #[test]
    fn long_lines_and_control_characters_are_left_out() {
        let lines = end(&format!("{}\na\u{7}b\u{1b}]0;title\n", "é".repeat(9000)), 4096);
        assert!(lines[0].len() <= LONGEST_LINE + 3, "{}", lines[0].len());
        assert_eq!(lines[1], "ab]0;title");
    }
}
