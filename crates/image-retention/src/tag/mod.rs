//! Tags that name a version, and the family of tags that a version belongs to.

mod family;
mod kind;
mod suffix;
mod version;
mod versioned_tag;

pub use family::Family;
pub use version::TagVersion;
pub use versioned_tag::VersionedTag;

pub(crate) use kind::is_development_tag;

#[cfg(test)]
mod tests;
