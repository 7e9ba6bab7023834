//! How many bytes removing images frees: shared layers are counted once.

mod alignment;
mod freed_bytes;
mod history;
mod layer_sizes;
mod needed_histories;

pub use freed_bytes::{FreedBytes, freed_bytes};
pub use history::HistoryEntry;
pub use needed_histories::needed_histories;
