#![doc = include_str!("../README.md")]

mod error;
pub mod stop;
pub mod up;

pub use error::LifecycleError;
