#![doc = include_str!("../README.md")]

mod error;
mod holder;
mod journal;
mod lock;
mod record;
mod records;
mod state;

pub use error::{JournalError, LockError};
pub use holder::Holder;
pub use journal::Journal;
pub use lock::{Lock, LockState};
pub use record::{Entry, FORMAT, Record};
pub use records::Records;
pub use state::{OperationFolder, ProjectState, StateFolder};
