use std::fmt;

/// Why a changelog cannot be released.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangelogError {
    /// No title names a version or unreleased changes.
    NoHeading,
    /// There is neither a section for the version nor one of unreleased changes.
    NoSection {
        /// The version.
        version: String,
    },
    /// The section is empty.
    Empty {
        /// Its title.
        section: String,
    },
    /// Several sections could be the one of the release.
    Several {
        /// What each of them is about.
        section: String,
        /// Their lines, from 1.
        lines: Vec<usize>,
    },
    /// The section that is not released yet is for a higher version.
    Higher {
        /// Its title.
        section: String,
        /// The version of the release.
        version: String,
    },
    /// The oldest version comes first, so the place of a new one is not clear.
    OldestFirst {
        /// The version of the release.
        version: String,
    },
}

impl ChangelogError {
    /// Whether there is only nothing to release, rather than something that contradicts.
    #[must_use]
    pub fn is_nothing_written(&self) -> bool {
        matches!(self, Self::NoSection { .. } | Self::Empty { .. })
    }

    /// What the changelog has instead of a section for the release.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::NoHeading => "no heading of a version or of unreleased changes".to_owned(),
            Self::NoSection { version } => {
                format!("no section of {version} and none of unreleased changes")
            }
            Self::Empty { section } => format!("nothing under `{section}`"),
            Self::Several { section, lines } => {
                let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
                format!("several sections of {section}, on lines {}", lines.join(" and "))
            }
            Self::Higher { section, version } => {
                format!("`{section}` as its next section, which is higher than {version}")
            }
            Self::OldestFirst { version } => {
                format!("its oldest version first, and no section of {version}")
            }
        }
    }

    /// What to do.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NoHeading => "add the heading `Unreleased` where the next version belongs",
            Self::NoSection { .. } | Self::Empty { .. } => "write what changed",
            Self::Several { .. } => "merge them",
            Self::Higher { .. } => "correct its title, or choose another version",
            Self::OldestFirst { .. } => "write the section by hand",
        }
    }
}

impl fmt::Display for ChangelogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the changelog has {}; {}", self.reason(), self.advice())
    }
}

impl std::error::Error for ChangelogError {}
