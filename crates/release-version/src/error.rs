/// Why a text is not a version to release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// Neither SemVer nor a normalised version of PEP 440.
    #[error("`{text}` is not a version{}", suggested(.suggestion.as_ref()))]
    Malformed {
        /// What was given.
        text: String,
        /// What was probably intended.
        suggestion: Option<String>,
    },
    /// SemVer allows it, and Python's indexes would read or order it differently.
    #[error("version `{text}` cannot be released: {reason}{}", suggested(.suggestion.as_ref()))]
    NotPortable {
        /// What was given.
        text: String,
        /// What would go wrong.
        reason: &'static str,
        /// A version that is safe.
        suggestion: Option<String>,
    },
    /// Raising that number has no single meaning for versions of this shape.
    #[error("`{request}` of {current} is ambiguous: {reason}; name the version to release")]
    Ambiguous {
        /// The request, such as `minor`.
        request: String,
        /// The version that it would be counted from.
        current: String,
        /// Why it has no single meaning.
        reason: &'static str,
    },
}

/// Why a text is not a tag template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A placeholder that does not exist.
    #[error(
        "`{template}` has the unknown placeholder `{{{name}}}`; use {{version}}, {{pep440}}, {{major}}, {{minor}}, {{patch}} or {{commit}}"
    )]
    Placeholder {
        /// The template.
        template: String,
        /// Name of the placeholder.
        name: String,
    },
    /// A brace that opens or closes nothing.
    #[error("`{0}` has a brace without its partner")]
    Brace(String),
    /// An empty template.
    #[error("a tag template is empty")]
    Empty,
}

fn suggested(suggestion: Option<&String>) -> String {
    suggestion.map_or_else(String::new, |text| format!("; did you mean `{text}`?"))
}
