#![doc = include_str!("../README.md")]

mod error;
mod journal;
mod lock;
mod record;
mod records;
mod state;

pub use error::{JournalError, LockError};
pub use journal::Journal;
pub use lock::{Holder, Lock};
pub use record::{Entry, FORMAT, Record};
pub use records::Records;
pub use state::{OperationFolder, ProjectState, StateFolder};
