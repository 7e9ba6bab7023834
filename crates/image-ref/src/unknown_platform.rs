use std::fmt;

/// Why a platform is not one that images are built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPlatform {
    /// As written.
    pub text: String,
    /// Which part it is: `operating system`, `architecture` or `variant`.
    pub part: &'static str,
    /// That part.
    pub value: String,
    /// The most similar platform.
    pub suggestion: Option<String>,
}

impl fmt::Display for UnknownPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, part, value, suggestion } = self;
        write!(f, "`{text}`: unknown {part} `{value}`")?;
        suggestion.iter().try_for_each(|platform| write!(f, "; did you mean `{platform}`?"))
    }
}
