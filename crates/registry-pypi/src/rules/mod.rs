//! The upload rules of PyPI, applied before the first byte is sent.
//!
//! Sources: `warehouse/forklift/legacy.py` and `metadata.py` of pypi/warehouse.
//! Only PyPI can decide whether a description renders, whether a classifier
//! exists, and which quotas were raised.

mod contents;
mod distribution;
mod finding;
mod listed;
mod metadata;
mod name;
mod platform;
mod requirement;
mod set;

pub use contents::FILE_LIMIT;
pub use distribution::check_distribution;
pub use finding::{Finding, Severity, UploadRules};
pub(crate) use listed::check_against_listing;
pub(crate) use platform::is_accepted_platform;
pub(crate) use set::check_set;
pub use set::upload_order;
