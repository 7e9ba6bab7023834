use std::time::Duration;

/// Why a child program did not do what it was started for. The texts read
/// after "cannot " or a colon.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// No such program on `PATH`.
    #[error("{summary}: program `{program}` was not found; install it or put it on PATH")]
    NotFound {
        /// What the program was needed for.
        summary: String,
        /// Name of the program.
        program: String,
    },
    /// The program exists and could not be started, or its pipes broke.
    #[error("{summary}: `{program}` could not be run")]
    Io {
        /// What the program was needed for.
        summary: String,
        /// Name of the program.
        program: String,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The program ended with another exit code than 0, or by a signal.
    #[error("{summary}: `{program}` ended with {}{}", ending(*.code), tail_of(.tail))]
    Failed {
        /// What the program was needed for.
        summary: String,
        /// Name of the program.
        program: String,
        /// Exit code; `None` when a signal ended it.
        code: Option<i32>,
        /// The last lines it printed, standard error first choice.
        tail: String,
    },
    /// The program ran longer than allowed and was killed.
    #[error("{summary}: `{program}` did not end within {} s and was stopped", .limit.as_secs())]
    TimedOut {
        /// What the program was needed for.
        summary: String,
        /// Name of the program.
        program: String,
        /// The time it had.
        limit: Duration,
    },
}

fn ending(code: Option<i32>) -> String {
    code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"))
}

fn tail_of(tail: &str) -> String {
    if tail.is_empty() { String::new() } else { format!(":\n{tail}") }
}
