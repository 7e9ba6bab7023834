use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::Error as _};

/// A command: a list of arguments, or one line that is split into words as a
/// shell splits them. It is never given to a shell: no variables, no pipes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(with = "Spelling")]
#[serde(transparent)]
pub struct Argv(Vec<String>);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Spelling {
    /// One line, split into words.
    Line(String),
    /// Program and arguments.
    List(Vec<String>),
}

impl Argv {
    /// Program and arguments; never empty.
    #[must_use]
    pub fn argv(&self) -> &[String] {
        &self.0
    }

    /// The command as a person would type it.
    #[must_use]
    pub fn line(&self) -> String {
        shell_words::join(&self.0)
    }
}

impl<'de> Deserialize<'de> for Argv {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let argv = match Spelling::deserialize(deserializer)? {
            Spelling::Line(line) => shell_words::split(&line)
                .map_err(|_unclosed| D::Error::custom(format!("unclosed quote in `{line}`")))?,
            Spelling::List(argv) => argv,
        };
        if argv.first().is_none_or(String::is_empty) {
            return Err(D::Error::custom("a command must not be empty"));
        }
        Ok(Self(argv))
    }
}
