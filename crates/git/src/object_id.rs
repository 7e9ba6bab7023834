use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A text is not a full object name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a full object name: 40 or 64 hexadecimal digits")]
pub struct ObjectIdError(String);

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// All digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Parses a full object name: 40 (SHA-1) or 64 (SHA-256) hexadecimal digits.
        impl FromStr for $name {
            type Err = ObjectIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                full_hex(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<std::ffi::OsStr> for $name {
            fn as_ref(&self) -> &std::ffi::OsStr {
                self.0.as_ref()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ObjectIdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    };
}

object_id! {
    /// The full name of a commit.
    CommitId
}

object_id! {
    /// The full name of the object that a tag ref points to: the tag object of
    /// an annotated tag, the commit of a lightweight one.
    TagId
}

fn full_hex(text: &str) -> Result<String, ObjectIdError> {
    if matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(ObjectIdError(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_names_are_accepted() {
        assert!("a1".repeat(20).parse::<CommitId>().is_ok());
        assert!("A1".repeat(32).parse::<CommitId>().is_ok());
        for bad in ["", "a1b2c3d", "--upload-pack=x", &"g".repeat(40)] {
            assert_eq!(bad.parse::<CommitId>(), Err(ObjectIdError(bad.to_owned())));
        }
    }
}
