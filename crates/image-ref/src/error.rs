/// Why a text is not the word it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Registry host is empty or has characters that no host has.
    #[error("`{0}` is not a registry host; write HOST or HOST:PORT")]
    Registry(String),
    /// Repository path breaks the grammar.
    #[error(
        "`{0}` is not a repository; use lower-case letters, digits and `.` `_` `-` between slashes"
    )]
    Repository(String),
    /// Tag breaks the grammar.
    #[error(
        "`{0}` is not an image tag; use up to 128 letters, digits, `.` `_` `-`, not starting with `.` or `-`"
    )]
    Tag(String),
    /// Digest is not `sha256:` with 64 lower-case hexadecimal digits.
    #[error("`{0}` is not a digest; expected `sha256:` and 64 hexadecimal digits")]
    Digest(String),
    /// Platform is not `os/architecture[/variant]`.
    #[error("`{0}` is not a platform; write it like `linux/amd64` or `linux/arm/v7`")]
    Platform(String),
    /// No images are built for the platform.
    #[error("{0}")]
    UnknownPlatform(crate::UnknownPlatform),
    /// A reference needs a tag or digest here and has none.
    #[error("`{0}` has neither tag nor digest")]
    Unpinned(String),
}
