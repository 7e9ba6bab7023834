//! PostgreSQL: every test with a real server in the machine's engine.

#![expect(clippy::print_stderr, clippy::unwrap_used, reason = "a test may panic and explain it")]

mod accidents;
mod backups;
mod load;
mod restores;
mod support;
mod swaps;
