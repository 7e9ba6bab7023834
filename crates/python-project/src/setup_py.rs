//! `setup.py`: the keywords of its one call of `setup`. The file is read, never run.

use std::ops::Range;

use crate::{
    DynamicVersion, PythonError,
    python_lines::{line_number, string_end},
    python_version::PythonVersion,
};

/// What a keyword of `setup(…)` is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keyword {
    /// `"1.2.3"`: the range between the quotes.
    Text(Range<usize>),
    /// `VERSION`: a variable.
    Variable(String),
    /// Anything else, from this place on.
    Expression(usize),
}

/// The value of a keyword; `None` when `setup` is not called with it.
pub(crate) fn keyword(text: &str, name: &str) -> Option<Keyword> {
    let mut tokens = Tokens { text, position: call_start(text)? };
    let mut depth = 0_usize;
    while let Some(token) = tokens.next() {
        match &text[token.clone()] {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth == 0 => return None,
            ")" | "]" | "}" => depth -= 1,
            word if depth == 0 && word == name => {
                let equals = tokens.next()?;
                if &text[equals] == "=" {
                    return Some(value(text, tokens));
                }
            }
            _ => {}
        }
    }
    None
}

/// The place after the parenthesis of the call.
fn call_start(text: &str) -> Option<usize> {
    let tokens: Vec<Range<usize>> = Tokens { text, position: 0 }.collect();
    let is_call = |at: usize| {
        let token = |index: usize| tokens.get(index).map(|range| &text[range.clone()]);
        let is_definition = at > 0 && token(at - 1) == Some("def");
        token(at) == Some("setup") && token(at + 1) == Some("(") && !is_definition
    };
    (0..tokens.len()).find(|&at| is_call(at)).map(|at| tokens[at + 1].end)
}

fn value(text: &str, mut tokens: Tokens<'_>) -> Keyword {
    let Some(first) = tokens.next() else { return Keyword::Expression(text.len()) };
    let ends = tokens.next().is_none_or(|next| matches!(&text[next], "," | ")"));
    let literal = &text[first.clone()];
    let is_quoted =
        literal.len() > 2 && literal.starts_with(['"', '\'']) && !literal.contains('\\');
    if ends && is_quoted && !literal.starts_with("\"\"") && !literal.starts_with("''") {
        Keyword::Text(first.start + 1..first.end - 1)
    } else if ends && literal.starts_with(is_word) {
        Keyword::Variable(literal.to_owned())
    } else {
        Keyword::Expression(first.start)
    }
}

/// The source of the version, if `setup.py` has one.
pub(crate) fn version_source(text: &str) -> Option<DynamicVersion> {
    if keyword(text, "use_scm_version").is_some() {
        return Some(DynamicVersion::VersionControl("setuptools-scm".to_owned()));
    }
    keyword(text, "version").map(|_| DynamicVersion::SetupPy)
}

/// The version that `setup` is called with: a literal, or a variable of the same file.
///
/// # Errors
/// [`PythonError::VersionExpression`] for anything else.
pub(crate) fn find_version(text: &str) -> Result<PythonVersion, PythonError> {
    let expression = |position| PythonError::VersionExpression {
        variable: "version".to_owned(),
        line: line_number(text, position),
    };
    match keyword(text, "version") {
        Some(Keyword::Text(range)) => Ok(PythonVersion::literal(text, range)),
        Some(Keyword::Variable(name)) => PythonVersion::find(text, &name),
        Some(Keyword::Expression(position)) => Err(expression(position)),
        None => Err(expression(0)),
    }
}

/// Words, strings and single other characters, without blanks and comments.
#[derive(Clone)]
struct Tokens<'t> {
    text: &'t str,
    position: usize,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl Iterator for Tokens<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let rest = &self.text[self.position..];
            let first = rest.chars().next()?;
            let start = self.position;
            self.position += match first {
                '#' => rest.find('\n').unwrap_or(rest.len()),
                '"' | '\'' => string_end(self.text.as_bytes(), start).min(self.text.len()) - start,
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                other => other.len_utf8(),
            };
            if first != '#' && !first.is_whitespace() {
                return Some(start..self.position);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> String {
        match find_version(text) {
            Ok(version) => version.text,
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_version_is_a_keyword_of_the_call() {
        for text in [
            "from setuptools import setup\nsetup(name='a', version='1.2.3')\n",
            "import setuptools\n\nsetuptools.setup(\n    version = \"1.2.3\",  # v\n)\n",
            "def setup(): pass\nif __name__ == '__main__':\n    setup(x=f(version='0'), version='1.2.3')\n",
            "VERSION = '1.2.3'\nsetup(version=VERSION)\n",
            "'setup(version=0)'\n# setup(version='0')\nsetup(packages=['version'], version='1.2.3')",
        ] {
            assert_eq!(version(text), "1.2.3", "{text}");
        }
    }

    #[test]
    fn an_expression_is_refused_with_its_line() {
        for value in ["get_version()", "'1' + '2'", "about['v']", "f'{x}'", "'''1'''"] {
            let text = format!("setup(\n    name='a',\n    version={value}\n)\n");
            assert!(version(&text).contains("line 3"), "{value}");
        }
        assert!(version("setup(version=read())").contains("is an expression"));
    }

    #[test]
    fn a_call_without_a_version_has_no_source() {
        assert_eq!(version_source("setup()\nother(version='1')\n"), None);
        assert_eq!(version_source("version = '1'\n"), None);
        let from_git = version_source("setup(use_scm_version=True)").unwrap();
        assert_eq!(from_git.to_string(), "tags, through setuptools-scm");
    }

    #[test]
    fn only_the_version_is_replaced() {
        let text = "setup(name='1.0', version='1.0', license='1.0')";
        let replaced = find_version(text).unwrap().replace(text, "2.0").unwrap();
        assert_eq!(replaced, "setup(name='1.0', version='2.0', license='1.0')");
    }
}
