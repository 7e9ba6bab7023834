#![doc = include_str!("../README.md")]

mod capture;
mod child;
mod child_stream;
mod command;
mod command_line;
mod environment;
mod error;
mod find_program;
mod output;
mod publishing_credentials;
mod trace;

pub use child_stream::ChildStream;
pub use command::Command;
pub use error::ProcessError;
pub use find_program::find_program;
pub use output::{Line, Output};
pub use publishing_credentials::is_publishing_credential;
