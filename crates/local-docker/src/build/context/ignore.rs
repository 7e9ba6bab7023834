//! Ignore files: `<Dockerfile>.dockerignore`, else `.dockerignore`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::pattern::Pattern;
use crate::EngineError;

/// The rules of one ignore file, in its order: the last one that matches counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct IgnoreRules {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    pattern: Pattern,
    /// Begins with `!`: what an earlier rule left out comes back.
    back: bool,
}

impl IgnoreRules {
    /// The rules that hold for a Dockerfile: those beside it that have its
    /// name, as BuildKit reads them, else the context's.
    pub(super) fn find(context: &Path, dockerfile: &Path) -> Result<Self, EngineError> {
        let mut own = dockerfile.as_os_str().to_owned();
        own.push(".dockerignore");
        for file in [PathBuf::from(own), context.join(".dockerignore")] {
            match fs::read_to_string(&file) {
                Ok(text) => return Self::parse(&text, &file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(EngineError::BuildFileUnreadable { file, source }),
            }
        }
        Ok(Self::default())
    }

    fn parse(text: &str, file: &Path) -> Result<Self, EngineError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let bad = || EngineError::IgnorePattern {
                file: file.to_owned(),
                line: number + 1,
                pattern: line.to_owned(),
            };
            rules.extend(parse_line(line).map_err(|()| bad())?);
        }
        Ok(Self { rules })
    }

    /// Whether a path of the context is left out: it, or a folder above it,
    /// matches, and no later rule brings it back.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        let matches = |pattern: &Pattern| {
            let folders = path.match_indices('/').map(|(slash, _)| &path[..slash]);
            pattern.matches(path) || folders.into_iter().any(|folder| pattern.matches(folder))
        };
        self.rules.iter().fold(false, |left_out, rule| {
            if rule.back == left_out && matches(&rule.pattern) { !left_out } else { left_out }
        })
    }

    /// Whether something below a folder that is left out may come back.
    pub(super) fn may_bring_back_below(&self, folder: &str) -> bool {
        self.rules.iter().any(|rule| rule.back && rule.pattern.may_match_below(folder))
    }
}

/// No rule in comments and empty lines; an error for what cannot be one.
fn parse_line(line: &str) -> Result<Option<Rule>, ()> {
    if line.starts_with('#') {
        return Ok(None);
    }
    let line = line.trim();
    let (text, back) = match line.strip_prefix('!') {
        Some(rest) if rest.trim().is_empty() => return Err(()),
        Some(rest) => (rest.trim(), true),
        None => (line, false),
    };
    let cleaned = clean(text);
    // For historical reasons `.` leaves nothing out.
    if cleaned.is_empty() || cleaned == "." {
        return Ok(None);
    }
    let pattern = Pattern::parse(&cleaned).ok_or(())?;
    Ok(Some(Rule { pattern, back }))
}

/// Go's `filepath.Clean`, without a slash at the beginning.
fn clean(text: &str) -> String {
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
        IgnoreRules::parse(text, Path::new(".dockerignore")).unwrap()
    }

    #[test]
    fn comments_slashes_and_dots_do_not_matter() {
        let rules = rules("# all\n\n  ./build/  \n/dist\ndocs//*.md\n.\n");
        for path in ["build", "build/a", "dist/x/y", "docs/a.md"] {
            assert!(rules.leaves_out(path), "{path}");
        }
        for path in ["a/build", "docs/a.txt", "docs/sub/a.md"] {
            assert!(!rules.leaves_out(path), "{path}");
        }
    }

    #[test]
    fn the_last_rule_that_matches_counts() {
        let first = rules("*.md\n!README*.md\nREADME-secret.md");
        assert!(first.leaves_out("README-secret.md"));
        assert!(!first.leaves_out("README.md"));
        let other = rules("*.md\nREADME-secret.md\n!README*.md");
        assert!(!other.leaves_out("README-secret.md"));
        assert!(other.leaves_out("CHANGELOG.md"));
    }

    #[test]
    fn a_file_comes_back_from_a_folder_that_is_left_out() {
        let rules = rules("*\n!src/main.c\n!docs/**/*.txt");
        assert!(!rules.leaves_out("src/main.c"));
        assert!(rules.leaves_out("src/other.c"));
        assert!(!rules.leaves_out("docs/a/b/c.txt"));
        assert!(rules.may_bring_back_below("src"));
        assert!(!rules.may_bring_back_below("node_modules"));
    }

    #[test]
    fn a_file_of_the_dockerfiles_own_wins() {
        let folder = tempfile::tempdir().unwrap();
        let dockerfile = folder.path().join("Dockerfile.cron");
        fs::write(folder.path().join(".dockerignore"), "a").unwrap();
        fs::write(folder.path().join("Dockerfile.cron.dockerignore"), "b").unwrap();
        let own = IgnoreRules::find(folder.path(), &dockerfile).unwrap();
        assert!(own.leaves_out("b") && !own.leaves_out("a"));
        let general = IgnoreRules::find(folder.path(), &folder.path().join("Dockerfile")).unwrap();
        assert!(general.leaves_out("a") && !general.leaves_out("b"));
    }

    #[test]
    fn a_line_that_is_no_pattern_is_named() {
        let error = IgnoreRules::parse("a\n[b", Path::new(".dockerignore")).unwrap_err();
        assert_eq!(error.to_string(), ".dockerignore, line 2: invalid pattern `[b`");
        assert!(IgnoreRules::parse("!", Path::new("x")).is_err());
    }
}
