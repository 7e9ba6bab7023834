#![doc = include_str!("../README.md")]

mod buildable;
mod digest;
mod error;
mod platform;
mod reference;
mod registry;
mod repository;
mod tag;
mod unknown_platform;

pub use digest::{Digest, ImageId};
pub use error::ParseError;
pub use platform::Platform;
pub use reference::Reference;
pub use registry::Registry;
pub use repository::Repository;
pub use tag::{ImageTag, ROLLBACK_BACKUP};
pub use unknown_platform::UnknownPlatform;

/// Implements the conversions that every parsed word has: `TryFrom<String>`
/// for serde, `From<Word> for String`.
macro_rules! string_conversions {
    ($word:ty) => {
        impl TryFrom<String> for $word {
            type Error = crate::ParseError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl From<$word> for String {
            fn from(word: $word) -> Self {
                word.to_string()
            }
        }
    };
}
pub(crate) use string_conversions;
