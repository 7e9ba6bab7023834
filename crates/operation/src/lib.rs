#![doc = include_str!("../README.md")]

mod compose_selection;
mod destination_choice;
mod environment;
mod error;
mod failure;
mod failures;
mod interrupt;
mod local_project;
mod present;

pub use compose_selection::ComposeSelection;
pub use destination_choice::DestinationChoice;
pub use environment::{Confirm, Confirmation, Environment};
pub use error::OperationError;
pub use failure::{Failure, FailureKind, error_chain};
pub use failures::Failures;
pub use interrupt::until_interrupted;
pub use local_project::LocalProject;
pub use present::{Present, counted};

/// How this product identifies itself to servers.
pub const USER_AGENT: &str = concat!("tidegate/", env!("CARGO_PKG_VERSION"));
