//! The client of a server, and what its answers mean.

use std::{collections::BTreeMap, fmt};

use secrecy::SecretString;

use crate::{
    container::{Container, Tool, ToolFailure},
    error::DatabaseError,
};

/// As whom the client logs in to a Redis server.
#[derive(Clone, Default)]
pub enum RedisLogin {
    /// With the password in the container's variable `REDIS_PASSWORD`, or in the file that
    /// `REDIS_PASSWORD_FILE` names; without one when there is none. It does not leave the
    /// container.
    #[default]
    FromContainer,
    /// With this password, which is sent on the standard input of a shell in the container.
    Given {
        /// The password of the default user, without line breaks.
        password: SecretString,
    },
}

impl fmt::Debug for RedisLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FromContainer => "FromContainer",
            Self::Given { .. } => "Given",
        })
    }
}

/// `redis-cli` takes the password from `REDISCLI_AUTH`.
const FROM_CONTAINER: &str = r#"if [ -z "${REDIS_PASSWORD-}" ] && [ -n "${REDIS_PASSWORD_FILE-}" ]; then
    REDIS_PASSWORD=$(cat "$REDIS_PASSWORD_FILE") || exit 1
fi
REDISCLI_AUTH=${REDIS_PASSWORD:-${REDISCLI_AUTH-}}
if [ -n "$REDISCLI_AUTH" ]; then export REDISCLI_AUTH; else unset REDISCLI_AUTH; fi"#;

const GIVEN: &str = "IFS= read -r REDISCLI_AUTH || exit 1\nexport REDISCLI_AUTH";

impl RedisLogin {
    pub(super) fn secrets(&self) -> Vec<SecretString> {
        match self {
            Self::FromContainer => Vec::new(),
            Self::Given { password } => vec![password.clone()],
        }
    }

    fn prelude(&self) -> &'static str {
        match self {
            Self::FromContainer => FROM_CONTAINER,
            Self::Given { .. } => GIVEN,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) container: Container,
    pub(super) login: RedisLogin,
}

impl Server {
    pub(super) fn tool(&self, doing: &str, arguments: &[&str]) -> Tool {
        Tool {
            prelude: self.login.prelude(),
            secrets: self.login.secrets(),
            ..Tool::new(doing, arguments, interpret)
        }
    }

    /// The answer to a command.
    pub(super) async fn command(
        &self,
        doing: &str,
        command: &[&str],
    ) -> Result<String, DatabaseError> {
        let arguments = [&["redis-cli", "--raw"], command].concat();
        let answer = self.container.run(&self.tool(doing, &arguments), "").await?;
        checked(doing, answer)
    }

    /// A section of `INFO`.
    pub(super) async fn info(&self, doing: &str, section: &str) -> Result<Info, DatabaseError> {
        Ok(Info::parse(doing, &self.command(doing, &["INFO", section]).await?))
    }
}

/// The client ends with status 0 also when the server refuses a command.
pub(super) fn checked(doing: &str, answer: String) -> Result<String, DatabaseError> {
    let first = answer.split_whitespace().next().unwrap_or_default();
    let is_code = first.len() > 2 && first.bytes().all(|byte| byte.is_ascii_uppercase());
    let codes = ["ERR", "NOAUTH", "WRONGPASS", "NOPERM", "LOADING", "READONLY", "MISCONF", "OOM"];
    if !is_code || !codes.contains(&first) {
        return Ok(answer);
    }
    let (doing, output) = (doing.to_owned(), answer.trim().to_owned());
    Err(match first {
        "NOAUTH" | "WRONGPASS" => DatabaseError::LoginRefused { doing, output },
        "NOPERM" => DatabaseError::PermissionDenied { doing, output },
        "LOADING" => DatabaseError::ServerGone { doing, output },
        _ => DatabaseError::ToolFailed { doing, tool: "redis-cli".to_owned(), status: 0, output },
    })
}

pub(super) fn interpret(failure: ToolFailure) -> DatabaseError {
    let ToolFailure { doing, tool, status, output } = failure;
    let has = |parts: &[&str]| parts.iter().any(|part| output.contains(part));
    if has(&["No space left on device"]) {
        return DatabaseError::DiskFull { doing, output };
    }
    if has(&["NOAUTH", "WRONGPASS"]) {
        return DatabaseError::LoginRefused { doing, output };
    }
    if has(&["NOPERM"]) {
        return DatabaseError::PermissionDenied { doing, output };
    }
    if has(&["Could not connect", "Server closed the connection", "I/O error", "Error reading"]) {
        return DatabaseError::ServerGone { doing, output };
    }
    DatabaseError::ToolFailed { doing, tool, status, output }
}

/// The members of `INFO`.
pub(super) struct Info {
    doing: String,
    members: BTreeMap<String, String>,
}

impl Info {
    pub(super) fn parse(doing: &str, text: &str) -> Self {
        let members = text.lines().filter_map(|line| line.trim_end().split_once(':'));
        let members = members.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { doing: doing.to_owned(), members }
    }

    pub(super) fn get(&self, name: &str) -> Result<&str, DatabaseError> {
        self.members.get(name).map(String::as_str).ok_or_else(|| self.invalid(name))
    }

    pub(super) fn number(&self, name: &str) -> Result<u64, DatabaseError> {
        self.get(name)?.parse().map_err(|_| self.invalid(name))
    }

    /// Keys by database: `db0:keys=3,expires=1,avg_ttl=0`.
    pub(super) fn keys(&self) -> Result<BTreeMap<String, u64>, DatabaseError> {
        let databases = self.members.iter().filter(|(name, _)| {
            name.strip_prefix("db").is_some_and(|rest| rest.parse::<u32>().is_ok())
        });
        let count = |(name, value): (&String, &String)| {
            let keys = value.split(',').find_map(|part| part.strip_prefix("keys="));
            let keys = keys.and_then(|keys| keys.parse().ok()).ok_or_else(|| self.invalid(name))?;
            Ok((name.clone(), keys))
        };
        databases.map(count).collect()
    }

    fn invalid(&self, name: &str) -> DatabaseError {
        let reason = format!("INFO has no readable `{name}`");
        DatabaseError::InvalidAnswer { doing: self.doing.clone(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_command_is_never_an_answer() {
        for (answer, is_error) in [
            ("NOAUTH Authentication required.\n", true),
            ("NOPERM this user has no permissions\n", true),
            ("ERR unknown command\n", true),
            ("OK\n", false),
            ("PONG\n", false),
            ("# Server\r\nredis_version:7.0.15\r\n", false),
        ] {
            assert_eq!(checked("d", answer.to_owned()).is_err(), is_error, "{answer}");
        }
    }

    #[test]
    fn keys_are_read_by_database_and_unreadable_ones_are_an_error() {
        let info = Info::parse("d", "# Keyspace\r\ndb0:keys=3,expires=1\r\ndb12:keys=4\r\n");
        assert_eq!(info.keys().unwrap(), [("db0".to_owned(), 3), ("db12".to_owned(), 4)].into());
        assert!(Info::parse("d", "db0:keys=x\r\n").keys().is_err());
        assert!(Info::parse("d", "").keys().unwrap().is_empty());
    }
}
