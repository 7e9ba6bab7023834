#![doc = include_str!("../README.md")]

pub mod clock;
mod credentials;
pub mod error;
pub mod fault;
pub mod forge;
pub mod index;
pub mod oci;
pub mod server;
mod sync;

pub use clock::Clock;
pub use error::RehearsalError;
pub use fault::{Effect, Fault, FaultPlan};
pub use server::{Body, LoggedRequest, Request, Response, Server, ServerOptions, Service};
