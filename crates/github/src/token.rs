use std::{fmt, time::Duration};

use process::Command;
use secrecy::SecretString;

/// The source of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// This environment variable.
    Variable(&'static str),
    /// The program `gh`, which stores the token of `gh auth login`.
    Gh,
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::Gh => f.write_str("`gh auth token`"),
        }
    }
}

/// A token and its source. Debug does not show the token.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token.
    pub secret: SecretString,
    /// Its source.
    pub source: TokenSource,
}

/// In the order of the program `gh` (its manual, "environment").
const VARIABLES: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];

impl Token {
    /// The first token of: `GH_TOKEN`, `GITHUB_TOKEN`, `gh auth token`.
    /// `variable` reads a variable; `host` is [`Endpoints::host`](crate::Endpoints::host).
    pub async fn find(variable: impl Fn(&str) -> Option<String>, host: &str) -> Option<Self> {
        if let Some(token) = Self::from_variables(variable) {
            return Some(token);
        }
        let gh = Command::new("gh").args(["auth", "token", "--hostname", host]);
        let gh = gh.summary("cannot get a token from gh").timeout(Duration::from_secs(10));
        let output = gh.outcome().await.ok().filter(process::Output::success)?;
        non_empty_token(&output.stdout_text(), TokenSource::Gh)
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        VARIABLES
            .iter()
            .find_map(|name| non_empty_token(&variable(name)?, TokenSource::Variable(name)))
    }
}

fn non_empty_token(text: &str, source: TokenSource) -> Option<Token> {
    let text = text.trim();
    (!text.is_empty()).then(|| Token { secret: text.into(), source })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_first_variable_with_text_wins_and_nothing_is_shown() {
        let variable = |name: &str| match name {
            "GH_TOKEN" => Some(" ".to_owned()),
            "GITHUB_TOKEN" => Some("canary-1\n".to_owned()),
            _ => None,
        };
        let token = Token::from_variables(variable).unwrap();
        assert_eq!(token.secret.expose_secret(), "canary-1");
        assert_eq!(token.source, TokenSource::Variable("GITHUB_TOKEN"));
        assert!(!format!("{token:?}").contains("canary"));
        assert!(Token::from_variables(|_| None).is_none());
    }
}
