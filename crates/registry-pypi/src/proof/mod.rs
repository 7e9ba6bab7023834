//! Proving that a release is really served: six levels, polled until they hold
//! or the time is up.

mod downloadable;
mod level;
mod observation;
mod outcome;
mod prove;
mod request;
mod running;
mod selectable;

pub use level::{Level, LevelProof, LevelState};
pub use outcome::{Proof, ProofOutcome};
pub use prove::prove;
pub use request::{Polling, ProofRequest};
pub use selectable::Target;
