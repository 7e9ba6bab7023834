//! Faults that a server injects on demand, each at an exact place and an exact number of times.
//!
//! ```
//! use rehearsal::fault::{Fault, FaultPlan};
//!
//! let faults = FaultPlan::default();
//! let lost = faults.inject(Fault::lost_response().method("PUT").path_contains("/manifests/"));
//! assert_eq!(faults.triggered(&lost), 0);
//! ```

mod effect;
mod plan;

pub use effect::{Effect, Fault, Stale};
pub use plan::{FaultId, FaultPlan};
