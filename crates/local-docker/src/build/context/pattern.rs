//! One pattern of an ignore file. Docker's rules are those of
//! moby/patternmatcher: Go's `filepath.Match`, and `**` for any number of
//! folders. They are not Git's: `*.pyc` matches at the top only.

use std::str::FromStr;

/// A piece of a pattern; each moves a set of positions in the path forward.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `?`: one character other than a slash.
    AnyCharacter,
    /// `*`: any characters other than slashes.
    AnyName,
    /// `**/`: nothing, or anything up to and with a slash.
    AnyFolders,
    /// `**` at the end: anything.
    Anything,
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

/// A bracket is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InvalidPattern;

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let mut rest = text;
        let mut tokens = Vec::new();
        while let Some(first) = rest.chars().next() {
            let (token, length) = next_token(rest, first).ok_or(InvalidPattern)?;
            tokens.push(token);
            rest = &rest[length..];
        }
        Ok(Self { tokens })
    }
}

impl Pattern {
    /// Whether the whole path matches; its separator is `/`.
    pub(super) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        let mut reached = vec![false; path.len() + 1];
        reached[0] = true;
        for token in &self.tokens {
            reached = token.advance(&path, &reached);
        }
        reached[path.len()]
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
        '*' if rest.starts_with("**/") => Some((Token::AnyFolders, 3)),
        // As moby has it, `**x` means any folders and then `x`.
        '*' if rest.starts_with("**") && rest.len() > 2 => Some((Token::AnyFolders, 2)),
        '*' if rest.starts_with("**") => Some((Token::Anything, 2)),
        '*' => Some((Token::AnyName, 1)),
        '?' => Some((Token::AnyCharacter, 1)),
        '[' => character_class(rest),
        '\\' => {
            let escaped = rest.chars().nth(1).unwrap_or('\\');
            let length = if rest.len() > 1 { 1 + escaped.len_utf8() } else { 1 };
            Some((Token::Literal(escaped), length))
        }
        letter => Some((Token::Literal(letter), letter.len_utf8())),
    }
}

fn character_class(rest: &str) -> Option<(Token, usize)> {
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
    /// The positions that can be reached from those that were reached before.
    fn advance(&self, path: &[char], reached: &[bool]) -> Vec<bool> {
        let mut next = vec![false; reached.len()];
        for begin in (0..reached.len()).filter(|position| reached[*position]) {
            match self {
                Self::Anything => next[begin..].fill(true),
                Self::AnyName => {
                    let slash = path[begin..].iter().position(|letter| *letter == '/');
                    let end = slash.map_or(path.len(), |slash| begin + slash);
                    next[begin..=end].fill(true);
                }
                Self::AnyFolders => {
                    next[begin] = true;
                    let slashes = (begin..path.len()).filter(|index| path[*index] == '/');
                    slashes.for_each(|slash| next[slash + 1] = true);
                }
                single if path.get(begin).is_some_and(|letter| single.accepts(*letter)) => {
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
            Self::AnyCharacter => letter != '/',
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
            let matches = pattern.parse::<Pattern>().unwrap().matches(path);
            assert_eq!(matches, expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_bracket_that_is_not_closed_is_invalid() {
        assert_eq!("a[b".parse::<Pattern>(), Err(InvalidPattern));
        assert_eq!("[]".parse::<Pattern>(), Err(InvalidPattern));
    }

    #[test]
    fn a_folder_is_entered_only_when_something_below_can_match() {
        for (pattern, folder, expected) in [
            ("node_modules/keep/me", "node_modules", true),
            ("node_modules/keep/me", "node_modules/keep", true),
            ("node_modules/keep/me", "node_modules/drop", false),
            ("docs/*.md", "node_modules", false),
            ("**/README.md", "anything", true),
        ] {
            let pattern: Pattern = pattern.parse().unwrap();
            assert_eq!(pattern.may_match_below(folder), expected, "{folder}");
        }
    }
}
