//! Which images a cluster uses.

mod kind;
mod list;
mod names;
mod objects;
mod usage;

pub use kind::Kind;
pub use names::{ImageIdentity, ImageName};
pub use usage::{ClusterUse, Part};
