use crate::Release;

/// The content of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The tag.
    pub tag: String,
    /// Where publication creates the tag if it does not exist by then: the
    /// full name of a commit, or a branch. Push the tag first.
    pub target: String,
    /// The title.
    pub name: String,
    /// The notes, in Markdown.
    pub body: String,
    /// Marks it as not ready for production.
    pub prerelease: bool,
}

impl Draft {
    pub(crate) fn matches(&self, release: &Release) -> bool {
        // The service changes line endings.
        let (body, expected) = (release.body.as_deref().unwrap_or_default(), &self.body);
        release.target == self.target
            && release.name.as_deref().unwrap_or_default() == self.name
            && body.lines().eq(expected.lines())
            && release.prerelease == self.prerelease
    }
}

/// Whether a release becomes the one that `releases/latest` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeLatest {
    /// It does.
    Yes,
    /// It does not: a pre-release, or a fix of an older line.
    No,
    /// The service decides by date and version.
    Legacy,
}

impl MakeLatest {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "true",
            Self::No => "false",
            Self::Legacy => "legacy",
        }
    }
}
