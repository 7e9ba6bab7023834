use bollard::container::LogOutput;

/// Bytes of each output stream that are kept.
const LIMIT: usize = 1 << 20;

/// How a container ended and what it printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOutcome {
    /// Exit code; 128 and the signal's number after a signal.
    pub code: i64,
    /// Standard output, the first MiB.
    pub stdout: Vec<u8>,
    /// Standard error, the first MiB.
    pub stderr: Vec<u8>,
}

impl RunOutcome {
    /// Whether the exit code is 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.code == 0
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

    pub(super) fn add(&mut self, output: LogOutput) {
        let (kept, bytes) = match output {
            LogOutput::StdErr { message } => (&mut self.stderr, message),
            LogOutput::StdOut { message }
            | LogOutput::Console { message }
            | LogOutput::StdIn { message } => (&mut self.stdout, message),
        };
        let room = LIMIT.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..room]);
    }

    /// runc starts the container, cannot execute the foreign program, and
    /// says so on the container's own standard error.
    pub(super) fn could_not_be_executed(&self) -> bool {
        let last = self.stderr_text();
        let last = last.lines().last().unwrap_or_default().trim_end();
        !self.success()
            && last.ends_with("exec format error")
            && (last.starts_with("exec ") || last.starts_with("standard_init_linux.go"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_program_is_told_from_one_that_fails() {
        let outcome = |code, text: &str| RunOutcome {
            code,
            stderr: text.as_bytes().to_vec(),
            ..RunOutcome::default()
        };
        assert!(outcome(1, "exec /hello: exec format error\n").could_not_be_executed());
        assert!(!outcome(1, "error: no exec format\n").could_not_be_executed());
        assert!(!outcome(0, "exec /hello: exec format error").could_not_be_executed());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut outcome = RunOutcome::default();
        for _ in 0..3 {
            outcome.add(LogOutput::StdOut { message: vec![b'x'; LIMIT / 2 + 1].into() });
        }
        assert_eq!(outcome.stdout.len(), LIMIT);
    }
}
