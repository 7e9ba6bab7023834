use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::{PythonError, python_version::PythonVersion};

/// The values of a release for its version files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionValues<'a> {
    /// The version in the spelling of PEP 440.
    pub version: &'a str,
    /// Short name of the commit that the release was made from. A file cannot
    /// contain the name of the commit that contains it.
    pub commit: &'a str,
    /// The tag of the release, which `git describe` prints on the tagged commit.
    pub describe: &'a str,
}

/// A regular expression with one group that matches the version in a text.
#[derive(Debug, Clone)]
pub struct VersionPattern {
    regex: Regex,
}

impl VersionPattern {
    /// A pattern in the syntax of the crate `regex`; `^` and `$` match at the
    /// ends of lines, with any line ending. Its one group is the version.
    ///
    /// # Errors
    /// [`PythonError::Pattern`].
    pub fn new(pattern: &str) -> Result<Self, PythonError> {
        let built = RegexBuilder::new(pattern).multi_line(true).crlf(true).build();
        let reason = match built {
            Ok(regex) if regex.captures_len() == 2 => return Ok(Self { regex }),
            Ok(regex) => format!("it has {} groups instead of one", regex.captures_len() - 1),
            Err(error) => error.to_string(),
        };
        Err(PythonError::Pattern { pattern: pattern.to_owned(), reason })
    }

    /// A pattern in Python's syntax, whose group `version` is the version; others are
    /// only matched.
    ///
    /// # Errors
    /// [`PythonError::Pattern`], also for syntax that the crate `regex` does not have.
    pub(crate) fn from_python(pattern: &str) -> Result<Self, PythonError> {
        let reason = match RegexBuilder::new(pattern).multi_line(true).build() {
            Ok(regex) if regex.capture_names().flatten().any(|name| name == "version") => {
                return Ok(Self { regex });
            }
            Ok(_) => "it has no group `version`".to_owned(),
            Err(error) => error.to_string(),
        };
        Err(PythonError::Pattern { pattern: pattern.to_owned(), reason })
    }

    /// The version in a text.
    ///
    /// # Errors
    /// [`PythonError::VersionMatches`] unless there is exactly one.
    pub fn find<'t>(&self, text: &'t str) -> Result<&'t str, PythonError> {
        Ok(&text[self.find_range(text)?])
    }

    /// The text with another version, everything else as before.
    ///
    /// # Errors
    /// [`PythonError::VersionMatches`] unless there is exactly one.
    pub fn replace(&self, text: &str, version: &str) -> Result<String, PythonError> {
        let range = self.find_range(text)?;
        Ok(format!("{}{version}{}", &text[..range.start], &text[range.end..]))
    }

    fn find_range(&self, text: &str) -> Result<Range<usize>, PythonError> {
        let group = self.regex.capture_names().position(|name| name == Some("version"));
        let group = group.unwrap_or(1);
        let groups = self.regex.captures_iter(text).filter_map(|captures| captures.get(group));
        let ranges: Vec<_> = groups.map(|group| group.range()).collect();
        match ranges.as_slice() {
            [range] => Ok(range.clone()),
            ranges => {
                let (pattern, count) = (self.regex.as_str().to_owned(), ranges.len());
                Err(PythonError::VersionMatches { pattern, count })
            }
        }
    }
}

/// The version that a Python file assigns to `__version__`.
///
/// # Errors
/// [`PythonError::VersionAssignments`], [`PythonError::VersionExpression`].
pub fn read_version_file(text: &str) -> Result<String, PythonError> {
    Ok(PythonVersion::find(text, "__version__")?.text)
}

/// A Python file with the values of a release: `__version__` always,
/// `__git_commit__` and `__git_describe__` if the file assigns texts to them. Everything
/// else stays byte for byte.
///
/// # Errors
/// [`PythonError::VersionAssignments`] when `__version__` is assigned never or more
/// than once, or one of the others more than once, [`PythonError::VersionExpression`],
/// [`PythonError::VersionTuple`].
pub fn update_version_file(text: &str, values: VersionValues<'_>) -> Result<String, PythonError> {
    let mut updated = PythonVersion::find(text, "__version__")?.replace(text, values.version)?;
    let optional = [("__git_commit__", values.commit), ("__git_describe__", values.describe)];
    for (variable, value) in optional {
        updated = match PythonVersion::find(&updated, variable) {
            Err(
                PythonError::VersionAssignments { count: 0, .. }
                | PythonError::VersionExpression { .. },
            ) => updated,
            found => found?.replace(&updated, value)?,
        };
    }
    Ok(updated)
}

/// A new version file with all three values.
#[must_use]
pub fn generate_version_file(values: VersionValues<'_>) -> String {
    let VersionValues { version, commit, describe } = values;
    format!(
        "\"\"\"Version of this release; the release tool keeps these values.\n\n\
         A file cannot contain the name of its own commit: ``__git_commit__`` is the commit\n\
         that the release was made from, ``__git_describe__`` is the release's tag, which is\n\
         what ``git describe`` says on the tagged commit.\n\"\"\"\n\n\
         __version__ = \"{version}\"\n__git_commit__ = \"{commit}\"\n__git_describe__ = \"{describe}\"\n"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUES: VersionValues<'_> =
        VersionValues { version: "1.2.0", commit: "abc1234", describe: "v1.2.0" };

    #[test]
    fn a_generated_file_is_updated_in_place() {
        let old = VersionValues { version: "1.1.0", commit: "0000000", describe: "v1.1.0" };
        let updated = update_version_file(&generate_version_file(old), VALUES).unwrap();
        assert_eq!(updated, generate_version_file(VALUES));
    }

    #[test]
    fn a_plain_line_changes_and_lookalikes_stay() {
        let text = "'''\r\n  __version__ = '0'\r\n'''\r\n__version__: Final[str] = '0.1' # x\r\nold__version__ = '0'\r\n";
        let updated = update_version_file(text, VALUES).unwrap();
        assert_eq!(updated, text.replace("'0.1'", "'1.2.0'"));
        assert_eq!(read_version_file(text).unwrap(), "0.1");
    }

    #[test]
    fn no_assignment_and_two_assignments_are_refused() {
        for (text, expected) in
            [("version = '1'\n", 0), ("__version__ = '1'\n__version__ = '2'\n", 2)]
        {
            let error = update_version_file(text, VALUES).unwrap_err();
            assert!(
                matches!(error, PythonError::VersionAssignments { count, .. } if count == expected)
            );
        }
    }

    #[test]
    fn a_pattern_has_one_group() {
        let pattern = VersionPattern::new(r"^release: (\S+)$").unwrap();
        assert_eq!(pattern.find("a\r\nrelease: 1.0\r\nb").unwrap(), "1.0");
        assert_eq!(pattern.replace("release: 1.0\n", "2").unwrap(), "release: 2\n");
        for bad in ["no group", "(a)(b)", "(unclosed"] {
            assert!(matches!(VersionPattern::new(bad), Err(PythonError::Pattern { .. })), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn updating_is_idempotent_and_keeps_all_other_bytes(
            before in "([a-z# =]{0,12}\r?\n){0,3}", after in "(\r?\n[a-z# =]{0,12}){0,3}", quote in "['\"]"
        ) {
            let text = |version: &str| format!("{before}__version__ = {quote}{version}{quote}{after}");
            let once = update_version_file(&text("0"), VALUES).unwrap();
            prop_assert_eq!(&once, &text("1.2.0"));
            prop_assert_eq!(update_version_file(&once, VALUES).unwrap(), once);
        }
    }
}
