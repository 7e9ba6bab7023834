#![doc = include_str!("../README.md")]

mod error;
mod file;
mod lock;
mod place;
mod record;

pub use error::{JournalError, LockError};
pub use file::{Journal, Records};
pub use lock::{Holder, Lock};
pub use place::{OperationPlace, StateFolder};
pub use record::{Entry, Record};
