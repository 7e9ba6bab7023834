/// Why a changelog cannot be released.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangelogError {
    /// There is neither a section for the version nor an `Unreleased` section.
    #[error(
        "the changelog has no section `{version}` and no section `Unreleased`; write what changed"
    )]
    NoSection {
        /// The version.
        version: String,
    },
    /// The section is empty.
    #[error("the changelog's section `{section}` is empty; write what changed")]
    Empty {
        /// Its title.
        section: String,
    },
}
