//! One pattern of an ignore file. Docker's rules are those of
//! moby/patternmatcher: Go's `filepath.Match`, and `**` for any number of
//! folders. They are not Git's: `*.pyc` matches at the top only.

/// A piece of a pattern; each moves a set of positions in the path forward.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `?`: one character that is no slash.
    One,
    /// `*`: any characters that are no slashes.
    Many,
    /// `**/`: nothing, or anything up to and with a slash.
    Folders,
    /// `**` at the end: anything.
    Rest,
    /// `[a-z]`, `[^a-z]`.
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

impl Pattern {
    /// `None` when a bracket is not closed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut tokens = Vec::new();
        while let Some(first) = rest.chars().next() {
            let (token, length) = next_token(rest, first)?;
            tokens.push(token);
            rest = &rest[length..];
        }
        Some(Self { tokens })
    }

    /// Whether the whole path matches; its separator is `/`.
    pub(super) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        let mut at = vec![false; path.len() + 1];
        at[0] = true;
        for token in &self.tokens {
            at = token.step(&path, &at);
        }
        at[path.len()]
    }

    /// Whether a path below `folder` could match: the pattern's beginning, up
    /// to its first wildcard, and the folder do not contradict each other.
    pub(super) fn may_match_below(&self, folder: &str) -> bool {
        let literal = self.tokens.iter().map_while(|token| match token {
            Token::Literal(letter) => Some(*letter),
            _ => None,
        });
        let begin: String = literal.collect();
        let folder = format!("{folder}/");
        begin.starts_with(&folder) || folder.starts_with(&begin)
    }
}

/// The token at the beginning of `rest`, and how many bytes it has.
fn next_token(rest: &str, first: char) -> Option<(Token, usize)> {
    match first {
        '*' if rest.starts_with("**/") => Some((Token::Folders, 3)),
        // As moby has it, `**x` means any folders and then `x`.
        '*' if rest.starts_with("**") && rest.len() > 2 => Some((Token::Folders, 2)),
        '*' if rest.starts_with("**") => Some((Token::Rest, 2)),
        '*' => Some((Token::Many, 1)),
        '?' => Some((Token::One, 1)),
        '[' => class(rest),
        '\\' => {
            let escaped = rest.chars().nth(1).unwrap_or('\\');
            let length = if rest.len() > 1 { 1 + escaped.len_utf8() } else { 1 };
            Some((Token::Literal(escaped), length))
        }
        letter => Some((Token::Literal(letter), letter.len_utf8())),
    }
}

fn class(rest: &str) -> Option<(Token, usize)> {
    let (inside, _) = rest[1..].split_once(']')?;
    let length = inside.len() + 2;
    let negated = inside.starts_with('^');
    let letters: Vec<char> = inside.strip_prefix('^').unwrap_or(inside).chars().collect();
    let mut ranges = Vec::new();
    let mut letters = letters.as_slice();
    while let Some((&from, after)) = letters.split_first() {
        letters = match after {
            [first, to, after @ ..] if *first == '-' => {
                ranges.push((from, *to));
                after
            }
            _ => {
                ranges.push((from, from));
                after
            }
        };
    }
    (!ranges.is_empty()).then_some((Token::Class { negated, ranges }, length))
}

impl Token {
    /// The positions that can be reached from those in `at`.
    fn step(&self, path: &[char], at: &[bool]) -> Vec<bool> {
        let mut next = vec![false; at.len()];
        for begin in (0..at.len()).filter(|position| at[*position]) {
            match self {
                Self::Rest => next[begin..].fill(true),
                Self::Many => {
                    let slash = path[begin..].iter().position(|letter| *letter == '/');
                    let end = slash.map_or(path.len(), |slash| begin + slash);
                    next[begin..=end].fill(true);
                }
                Self::Folders => {
                    next[begin] = true;
                    let after_slash = (begin..path.len()).filter(|i| path[*i] == '/');
                    after_slash.for_each(|slash| next[slash + 1] = true);
                }
                one if path.get(begin).is_some_and(|letter| one.accepts(*letter)) => {
                    next[begin + 1] = true;
                }
                _ => {}
            }
        }
        next
    }

    fn accepts(&self, letter: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == letter,
            Self::One => letter != '/',
            Self::Class { negated, ranges } => {
                *negated != ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of moby/patternmatcher's own table and of Docker's documentation.
    #[test]
    fn patterns_match_as_dockers_do() {
        let table = [
            ("**", "file", true),
            ("**", "dir/file", true),
            ("**/", "dir/file", false),
            ("**/**", "dir/dir2/file", true),
            ("dir/**", "dir/file", true),
            ("dir/**", "dir/dir2/file", true),
            ("**/dir2/*", "dir/dir2/file", true),
            ("**/dir2/*", "dir/dir2/dir3/file", false),
            ("**/*.go", "main.go", true),
            ("**/*.go", "a/b/main.go", true),
            ("*.go", "a/main.go", false),
            ("*/temp*", "somedir/temporary.txt", true),
            ("*/*/temp*", "somedir/subdir/temporary.txt", true),
            ("temp?", "tempa", true),
            ("temp?", "temp", false),
            ("a[b-d]e", "ace", true),
            ("a[^b-d]e", "aze", true),
            ("a[^b-d]e", "ace", false),
            ("[-]", "-", true),
            ("\\*.md", "*.md", true),
            ("\\*.md", "a.md", false),
            (".*", ".foo", true),
            (".*", "foo", false),
            ("abc.def", "abcdef", false),
            ("**/foo/bar", "foo/bar", true),
            ("abc/**", "abc", false),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("**file", "dir/dir/file", true),
        ];
        for (pattern, path, expected) in table {
            let matches = Pattern::parse(pattern).unwrap().matches(path);
            assert_eq!(matches, expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_bracket_that_is_not_closed_is_no_pattern() {
        assert_eq!(Pattern::parse("a[b"), None);
        assert_eq!(Pattern::parse("[]"), None);
    }

    #[test]
    fn a_folder_is_entered_only_when_something_below_can_match() {
        let below =
            |pattern: &str, folder: &str| Pattern::parse(pattern).unwrap().may_match_below(folder);
        assert!(below("node_modules/keep/me", "node_modules"));
        assert!(below("node_modules/keep/me", "node_modules/keep"));
        assert!(!below("node_modules/keep/me", "node_modules/drop"));
        assert!(!below("docs/*.md", "node_modules"));
        assert!(below("**/README.md", "anything"));
    }
}
