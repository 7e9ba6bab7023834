use std::fmt;

use image_ref::ImageId;
use jiff::Timestamp;
use local_docker::{SecretSign, secret_sign};
use serde::{Deserialize, Serialize};

/// Characters of a program's name that are kept.
const LONGEST_NAME: usize = 60;

/// A command that ran in a container of its own. Its arguments are not kept: they may be
/// secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Identifies it, such as `20261129-201530`.
    pub id: String,
    /// Who started it.
    pub performer: String,
    /// When it was started.
    pub started: Timestamp,
    /// The service.
    pub service: String,
    /// The image, by the target's identifier.
    pub image: ImageId,
    /// The image, by the target's names.
    pub image_name: String,
    /// The name of its program.
    pub program: String,
    /// How many arguments it had.
    pub arguments: usize,
    /// How it ended; `None` while it runs, and after its program was killed.
    #[serde(skip)]
    pub ending: Option<CommandEnding>,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandEnding {
    /// When.
    pub at: Timestamp,
    /// How.
    #[serde(flatten)]
    pub outcome: CommandOutcome,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum CommandOutcome {
    /// By itself.
    Exited {
        /// Its exit code; 137 and others above 128 after a signal.
        code: i64,
    },
    /// The user interrupted it.
    Interrupted,
    /// It could not be run.
    Failed,
    /// The program that ran it was killed; a later one has removed its container.
    Abandoned,
    /// It ended, and nobody can read how.
    Unreadable,
}

impl CommandEnding {
    pub(crate) fn now(outcome: CommandOutcome) -> Self {
        Self { at: Timestamp::now(), outcome }
    }

    pub(crate) fn unreadable() -> Self {
        Self { at: Timestamp::UNIX_EPOCH, outcome: CommandOutcome::Unreadable }
    }
}

impl fmt::Display for CommandOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited { code } => write!(f, "exit code {code}"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Failed => f.write_str("could not be run"),
            Self::Abandoned => f.write_str("killed with the program that ran it"),
            Self::Unreadable => f.write_str("unreadable"),
        }
    }
}

/// The name of a command's program. What looks like a variable or a secret is no name.
pub(super) fn program_name(command: &[String]) -> String {
    let program = command.first().and_then(|word| word.split_whitespace().next());
    let name = program.and_then(|program| program.rsplit('/').next()).unwrap_or_default();
    let is_secret = name.contains('=') || secret_sign("", name) == Some(SecretSign::Value);
    if name.is_empty() || is_secret {
        return "a command".to_owned();
    }
    name.chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_program_is_kept() {
        for (command, expected) in [
            (&["/usr/bin/alembic", "upgrade", "head"][..], "alembic"),
            (&["sh", "-c", "psql postgres://a:b@c"], "sh"),
            (&["manage.py migrate --password x"], "manage.py"),
            (&["PASSWORD=x", "app"], "a command"),
            (&["ghp_0123456789abcdefghijABCDEFGHIJ012345"], "a command"),
            (&[], "a command"),
        ] {
            let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(program_name(&command), expected);
        }
    }
}
