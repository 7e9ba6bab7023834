use bollard::container::LogOutput;

/// Bytes of each output stream that are kept.
const OUTPUT_LIMIT: usize = 1 << 20;

/// Exit code and output of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOutcome {
    /// Exit code; after a signal 128 plus its number.
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

    pub(super) fn append_output(&mut self, output: LogOutput) {
        let (kept, bytes) = match output {
            LogOutput::StdErr { message } => (&mut self.stderr, message),
            LogOutput::StdOut { message }
            | LogOutput::Console { message }
            | LogOutput::StdIn { message } => (&mut self.stdout, message),
        };
        let room = OUTPUT_LIMIT.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..room]);
    }

    /// runc starts the container, cannot execute the foreign program, and
    /// reports that on the container's standard error.
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
    fn a_foreign_program_is_distinguished_from_one_that_fails() {
        for (code, text, expected) in [
            (1, "exec /hello: exec format error\n", true),
            (1, "error: no exec format\n", false),
            (0, "exec /hello: exec format error", false),
        ] {
            let stderr = text.as_bytes().to_vec();
            let outcome = RunOutcome { code, stderr, ..RunOutcome::default() };
            assert_eq!(outcome.could_not_be_executed(), expected, "{code} {text}");
        }
    }

    #[test]
    fn the_kept_output_is_bounded() {
        let mut outcome = RunOutcome::default();
        for _ in 0..3 {
            outcome.append_output(LogOutput::StdOut {
                message: vec![b'x'; OUTPUT_LIMIT / 2 + 1].into(),
            });
        }
        assert_eq!(outcome.stdout.len(), OUTPUT_LIMIT);
    }
}
