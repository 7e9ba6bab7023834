/// What a child program printed and how it ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output, bounded by the command's limit.
    pub stdout: Vec<u8>,
    /// Standard error, bounded by the command's limit.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether the exit code is 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The last lines of standard error, or of standard output when that is
    /// empty: what a person needs to see of a failure.
    #[must_use]
    pub fn tail(&self) -> String {
        let text = if self.stderr.is_empty() { self.stdout_text() } else { self.stderr_text() };
        last_lines(&text)
    }
}

/// As many of the last lines as a person reads.
pub(crate) fn last_lines(text: &str) -> String {
    const LINES: usize = 12;
    let lines: Vec<&str> =
        text.trim_end().lines().map(|line| line.trim_end_matches('\r')).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// One line of a running child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Printed on standard output.
    Stdout(&'a str),
    /// Printed on standard error.
    Stderr(&'a str),
}

impl<'a> Line<'a> {
    /// The line without its end.
    #[must_use]
    pub fn text(self) -> &'a str {
        match self {
            Self::Stdout(text) | Self::Stderr(text) => text,
        }
    }
}
