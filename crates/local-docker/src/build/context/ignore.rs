//! Ignore files: `<Dockerfile>.dockerignore`, else `.dockerignore`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::pattern::{InvalidPattern, Pattern};
use crate::error::EngineError;

/// The rules of one ignore file in their order: the last one that matches counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct IgnoreRules {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    pattern: Pattern,
    /// Begins with `!`: includes what an earlier rule excluded.
    negated: bool,
}

impl IgnoreRules {
    /// The rules for a Dockerfile: from the file beside it that has its name, as
    /// BuildKit reads them, or else the context's.
    pub(super) fn for_dockerfile(context: &Path, dockerfile: &Path) -> Result<Self, EngineError> {
        let mut specific = dockerfile.as_os_str().to_owned();
        specific.push(".dockerignore");
        for file in [PathBuf::from(specific), context.join(".dockerignore")] {
            match fs::read_to_string(&file) {
                Ok(text) => return Self::from_text(&text, &file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(EngineError::BuildFileUnreadable { file, source }),
            }
        }
        Ok(Self::default())
    }

    fn from_text(text: &str, file: &Path) -> Result<Self, EngineError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let rule = parse_rule(line).map_err(|InvalidPattern| EngineError::IgnorePattern {
                file: file.to_owned(),
                line: index + 1,
                pattern: line.to_owned(),
            })?;
            rules.extend(rule);
        }
        Ok(Self { rules })
    }

    /// Whether a path of the context is excluded: it, or a folder above it,
    /// matches, and no later rule includes it again.
    pub(super) fn excludes(&self, path: &str) -> bool {
        self.rules.iter().fold(false, |excluded, rule| {
            if rule.negated == excluded && rule.covers(path) { !excluded } else { excluded }
        })
    }

    /// Whether a rule may include something below an excluded folder.
    pub(super) fn may_include_below(&self, folder: &str) -> bool {
        self.rules.iter().any(|rule| rule.negated && rule.pattern.may_match_below(folder))
    }
}

impl Rule {
    fn covers(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').map(|(slash, _)| &path[..slash]);
        self.pattern.matches(path) || folders.any(|folder| self.pattern.matches(folder))
    }
}

/// No rule for comments and empty lines; an error for an invalid one.
fn parse_rule(line: &str) -> Result<Option<Rule>, InvalidPattern> {
    if line.starts_with('#') {
        return Ok(None);
    }
    let line = line.trim();
    let (text, negated) = match line.strip_prefix('!') {
        Some(rest) if rest.trim().is_empty() => return Err(InvalidPattern),
        Some(rest) => (rest.trim(), true),
        None => (line, false),
    };
    let cleaned = clean_path(text);
    // For historical reasons `.` excludes nothing.
    if cleaned.is_empty() || cleaned == "." {
        return Ok(None);
    }
    Ok(Some(Rule { pattern: Pattern::from_str(&cleaned)?, negated }))
}

/// Go's `filepath.Clean`, without a slash at the beginning.
fn clean_path(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if text.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> IgnoreRules {
        IgnoreRules::from_text(text, Path::new(".dockerignore")).unwrap()
    }

    #[test]
    fn comments_slashes_and_dots_do_not_matter() {
        let rules = rules("# all\n\n  ./build/  \n/dist\ndocs//*.md\n.\n");
        for path in ["build", "build/a", "dist/x/y", "docs/a.md"] {
            assert!(rules.excludes(path), "{path}");
        }
        for path in ["a/build", "docs/a.txt", "docs/sub/a.md"] {
            assert!(!rules.excludes(path), "{path}");
        }
    }

    #[test]
    fn the_last_rule_that_matches_counts() {
        let first = rules("*.md\n!README*.md\nREADME-secret.md");
        assert!(first.excludes("README-secret.md"));
        assert!(!first.excludes("README.md"));
        let other = rules("*.md\nREADME-secret.md\n!README*.md");
        assert!(!other.excludes("README-secret.md"));
        assert!(other.excludes("CHANGELOG.md"));
    }

    #[test]
    fn a_file_is_included_again_below_an_excluded_folder() {
        let rules = rules("*\n!src/main.c\n!docs/**/*.txt");
        assert!(!rules.excludes("src/main.c"));
        assert!(rules.excludes("src/other.c"));
        assert!(!rules.excludes("docs/a/b/c.txt"));
        assert!(rules.may_include_below("src"));
        assert!(!rules.may_include_below("node_modules"));
    }

    #[test]
    fn the_dockerfiles_own_ignore_file_wins() {
        let folder = tempfile::tempdir().unwrap();
        let dockerfile = folder.path().join("Dockerfile.cron");
        fs::write(folder.path().join(".dockerignore"), "a").unwrap();
        fs::write(folder.path().join("Dockerfile.cron.dockerignore"), "b").unwrap();
        let specific = IgnoreRules::for_dockerfile(folder.path(), &dockerfile).unwrap();
        assert!(specific.excludes("b") && !specific.excludes("a"));
        let general =
            IgnoreRules::for_dockerfile(folder.path(), &folder.path().join("Dockerfile")).unwrap();
        assert!(general.excludes("a") && !general.excludes("b"));
    }

    #[test]
    fn an_invalid_pattern_is_reported_with_its_line() {
        let error = IgnoreRules::from_text("a\n[b", Path::new(".dockerignore")).unwrap_err();
        assert_eq!(error.to_string(), ".dockerignore, line 2: invalid pattern `[b`");
        assert!(IgnoreRules::from_text("!", Path::new("x")).is_err());
    }
}
