//! Why a registry did not do what it was asked for.

mod hint;
mod parts;
mod registry_error;

pub use registry_error::RegistryError;
