//! Credentials in variables of the environment.

use std::{collections::HashMap, ffi::OsString, fmt};

use secrecy::{ExposeSecret as _, SecretString};

use super::credential::{CredentialSource, Credentials};

/// Environment variables given by the caller; Debug shows only their names.
#[derive(Clone, Default)]
pub struct Environment(HashMap<String, SecretString>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&String> = self.0.keys().collect();
        names.sort();
        f.debug_list().entries(names).finish()
    }
}

impl FromIterator<(OsString, OsString)> for Environment {
    /// From `std::env::vars_os()`; variables that are not UTF-8 are ignored.
    fn from_iter<T: IntoIterator<Item = (OsString, OsString)>>(variables: T) -> Self {
        let variables = variables.into_iter().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?.into()))
        });
        Self(variables.collect())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(variables: T) -> Self {
        let variables = variables.into_iter();
        Self(variables.map(|(name, value)| (name.to_owned(), value.into())).collect())
    }
}

impl Environment {
    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.expose_secret()).filter(|value| !value.is_empty())
    }
}

/// Credentials of one index: `TIDEGATE_INDEX_<NAME>_TOKEN`, or `_USERNAME` and
/// `_PASSWORD`.
pub(super) fn index_credentials(index: &str, environment: &Environment) -> Option<Credentials> {
    let prefix = variable_prefix(index);
    let (user, password) = (format!("{prefix}_USERNAME"), format!("{prefix}_PASSWORD"));
    token_credentials(environment, &format!("{prefix}_TOKEN"))
        .or_else(|| password_credentials(environment, &user, &password))
}

/// Credentials for twine and uv, whose variables name no index.
pub(super) fn other_tools_credentials(environment: &Environment) -> Option<Credentials> {
    password_credentials(environment, "TWINE_USERNAME", "TWINE_PASSWORD")
        .or_else(|| token_credentials(environment, "UV_PUBLISH_TOKEN"))
        .or_else(|| password_credentials(environment, "UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"))
}

/// A user name without a password, which the keyring may have.
pub(super) fn index_user(index: &str, environment: &Environment) -> Option<String> {
    environment.get(&format!("{}_USERNAME", variable_prefix(index))).map(str::to_owned)
}

fn token_credentials(environment: &Environment, name: &str) -> Option<Credentials> {
    let token = environment.get(name)?.trim();
    let source = CredentialSource::Variable(name.to_owned());
    Some(Credentials::new(None, token.into(), source))
}

fn password_credentials(
    environment: &Environment,
    user: &str,
    password: &str,
) -> Option<Credentials> {
    let secret = environment.get(password)?;
    let source = CredentialSource::Variable(password.to_owned());
    Some(Credentials::new(environment.get(user), secret.into(), source))
}

/// `TIDEGATE_INDEX_MY_INDEX` for `my-index`.
fn variable_prefix(index: &str) -> String {
    let name = index.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("TIDEGATE_INDEX_{}", name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_the_index_is_found_under_its_name() {
        let environment = Environment::from_iter([
            ("TIDEGATE_INDEX_MY_INDEX_TOKEN", "pypi-1\n"),
            ("TIDEGATE_INDEX_OTHER_PASSWORD", "p"),
            ("TIDEGATE_INDEX_OTHER_USERNAME", "u"),
        ]);
        let found = index_credentials("my-index", &environment).unwrap();
        assert_eq!(found.source.to_string(), "variable TIDEGATE_INDEX_MY_INDEX_TOKEN");
        assert_eq!(index_credentials("other", &environment).unwrap().user, "u");
        assert!(index_credentials("third", &environment).is_none());
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let environment =
            Environment::from_iter([("TWINE_PASSWORD", ""), ("UV_PUBLISH_TOKEN", "pypi-2")]);
        let found = other_tools_credentials(&environment).unwrap();
        assert_eq!(found.source, CredentialSource::Variable("UV_PUBLISH_TOKEN".into()));
    }

    #[test]
    fn values_are_not_shown() {
        let environment = Environment::from_iter([("TWINE_PASSWORD", "canary")]);
        assert!(!format!("{environment:?}").contains("canary"));
    }
}
