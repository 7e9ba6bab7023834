#![doc = include_str!("../README.md")]

mod error;
mod floating;
mod numbers;
mod request;
mod spelling;
mod template;
#[cfg(test)]
mod testing;
mod version;

pub use error::{TemplateError, VersionError};
pub use floating::{FloatingDecision, decide_floating};
pub use request::VersionRequest;
pub use spelling::is_pep440;
pub use template::{TagTemplate, TemplateValues};
pub use version::{ReleaseVersion, Stage};
