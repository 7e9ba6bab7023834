//! As whom the tools log in.

use std::fmt;

use secrecy::SecretString;

/// As whom the client tools log in to a PostgreSQL server.
#[derive(Clone, Default)]
pub enum PostgreSqlLogin {
    /// As the container's own variables say: `POSTGRES_USER` and `POSTGRES_PASSWORD`, or the
    /// files that `POSTGRES_USER_FILE` and `POSTGRES_PASSWORD_FILE` name. The shell in the
    /// container reads them; the password does not leave it.
    #[default]
    FromContainer,
    /// As this user. The password is sent on the standard input of a shell in the container.
    Given {
        /// The role.
        user: String,
        /// Its password, without line breaks.
        password: SecretString,
    },
}

impl fmt::Debug for PostgreSqlLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromContainer => f.write_str("FromContainer"),
            Self::Given { user, .. } => f.debug_struct("Given").field("user", user).finish(),
        }
    }
}

/// Variables of the official image (docker-library/postgres `docker-entrypoint.sh`) to those
/// of libpq. `PGDATABASE` takes any name, whereas an argument with `=` would be read as a
/// connection string.
const FROM_CONTAINER: &str = r#"take() { # VALUE FILE
    if [ -n "$1" ] || [ -z "$2" ]; then printf %s "$1"; else cat "$2"; fi
}
PGUSER=$(take "${POSTGRES_USER-}" "${POSTGRES_USER_FILE-}") || exit 1
PGPASSWORD=$(take "${POSTGRES_PASSWORD-}" "${POSTGRES_PASSWORD_FILE-}") || exit 1
default=$(take "${POSTGRES_DB-}" "${POSTGRES_DB_FILE-}") || exit 1
PGUSER=${PGUSER:-postgres}
PGDATABASE=${1:-${default:-$PGUSER}}
PGCONNECT_TIMEOUT=20 PGAPPNAME=tidegate LC_ALL=C
export PGUSER PGPASSWORD PGDATABASE PGCONNECT_TIMEOUT PGAPPNAME LC_ALL
unset PGOPTIONS PGSERVICE PGHOST PGHOSTADDR PGPORT"#;

const GIVEN: &str = r#"IFS= read -r PGUSER || exit 1
IFS= read -r PGPASSWORD || exit 1
PGDATABASE=${1:-${POSTGRES_DB:-$PGUSER}}
PGCONNECT_TIMEOUT=20 PGAPPNAME=tidegate LC_ALL=C
export PGUSER PGPASSWORD PGDATABASE PGCONNECT_TIMEOUT PGAPPNAME LC_ALL
unset PGOPTIONS PGSERVICE PGHOST PGHOSTADDR PGPORT"#;

impl PostgreSqlLogin {
    /// Shell commands that set the variables of the client tools.
    pub(super) fn prelude(&self) -> &'static str {
        match self {
            Self::FromContainer => FROM_CONTAINER,
            Self::Given { .. } => GIVEN,
        }
    }

    /// What the prelude reads from its input.
    pub(super) fn lines(&self) -> Vec<SecretString> {
        match self {
            Self::FromContainer => Vec::new(),
            Self::Given { user, password } => vec![user.as_str().into(), password.clone()],
        }
    }

    /// What must not be seen in the output of tools.
    pub(super) fn secrets(&self) -> Vec<SecretString> {
        match self {
            Self::FromContainer => Vec::new(),
            Self::Given { password, .. } => vec![password.clone()],
        }
    }
}
