use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads a full object name: 40 (SHA-1) or 64 (SHA-256) hexadecimal digits.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                is_full_hex(text).then(|| Self(text.to_ascii_lowercase()))
            }

            /// All digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
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
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).ok_or_else(|| format!("`{text}` is not a full object name"))
            }
        }
    };
}

object_id! {
    /// The full name of a commit.
    CommitId
}

object_id! {
    /// The full name of what a tag ref points to: the tag object of an
    /// annotated tag, the commit itself of a light one.
    TagId
}

fn is_full_hex(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_names_are_taken() {
        assert!(CommitId::parse(&"a1".repeat(20)).is_some());
        assert!(CommitId::parse(&"A1".repeat(32)).is_some());
        for bad in ["", "a1b2c3d", "--upload-pack=x", &"g".repeat(40)] {
            assert_eq!(CommitId::parse(bad), None, "{bad}");
        }
    }
}
