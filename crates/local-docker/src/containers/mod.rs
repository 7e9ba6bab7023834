//! The engine's containers: look, start, stop, remove.

mod details;
mod id;
mod inspection;
mod list;
mod mount;
mod remove;
mod start;
mod state;
mod stop;

pub use details::ContainerDetails;
pub use id::{ContainerId, NotAContainerId};
pub use list::Container;
pub use mount::Mount;
pub(crate) use remove::outcome;
pub use remove::{ContainerRemoval, Removed};
pub use state::{ContainerState, Health};
pub use stop::Stopped;
