//! Faults that a server shows on demand, each exactly where and as often as told.
//!
//! ```
//! use rehearsal::fault::{Fault, FaultPlan};
//!
//! let faults = FaultPlan::default();
//! let lost = faults.inject(Fault::lost_answer().method("PUT").path_contains("/manifests/"));
//! assert_eq!(faults.triggered(&lost), 0);
//! ```

mod effect;
mod plan;
mod response;

pub use effect::{Effect, Fault, Stale};
pub use plan::{FaultId, FaultPlan};
pub(crate) use response::{Cut, garbage, status, truncated};
