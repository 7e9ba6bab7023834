//! Databases whose data is replaced where it is: every test with a real server, or a real file,
//! in a container of the machine's engine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod commands;
mod mariadb;
mod sqlite;
mod support;
