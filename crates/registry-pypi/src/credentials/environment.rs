//! Credentials in variables of the environment.

use std::{collections::HashMap, ffi::OsString, fmt};

use secrecy::{ExposeSecret as _, SecretString};

use super::{CredentialSource, Credentials};

/// Variables as they were handed over; Debug shows their names only.
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
    /// From `std::env::vars_os()`; what is not UTF-8 is no credential.
    fn from_iter<T: IntoIterator<Item = (OsString, OsString)>>(variables: T) -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, SecretString::from(value.into_string().ok()?)))
        };
        Self(variables.into_iter().filter_map(text).collect())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(variables: T) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), SecretString::from(value));
        Self(variables.into_iter().map(owned).collect())
    }
}

impl Environment {
    /// A variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.expose_secret()).filter(|value| !value.is_empty())
    }
}

/// Variables of one index: `TIDEGATE_INDEX_<NAME>_TOKEN`, or `_USERNAME` and `_PASSWORD`.
pub(super) fn for_index(index: &str, environment: &Environment) -> Option<Credentials> {
    let variable = |field: &str| format!("{}_{field}", prefix(index));
    token(environment, &variable("TOKEN"))
        .or_else(|| pair(environment, &variable("USERNAME"), &variable("PASSWORD")))
}

/// Variables of twine and uv, which name no index.
pub(super) fn of_other_tools(environment: &Environment) -> Option<Credentials> {
    pair(environment, "TWINE_USERNAME", "TWINE_PASSWORD")
        .or_else(|| token(environment, "UV_PUBLISH_TOKEN"))
        .or_else(|| pair(environment, "UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"))
}

/// The user name without a password, for which the keyring may have one.
pub(super) fn user_of_index(index: &str, environment: &Environment) -> Option<String> {
    environment.get(&format!("{}_USERNAME", prefix(index))).map(str::to_owned)
}

fn token(environment: &Environment, name: &str) -> Option<Credentials> {
    let token = environment.get(name)?.trim();
    let source = CredentialSource::Variable(name.to_owned());
    Some(Credentials::new(None, token.into(), source))
}

fn pair(environment: &Environment, user: &str, password: &str) -> Option<Credentials> {
    let secret = environment.get(password)?;
    let source = CredentialSource::Variable(password.to_owned());
    Some(Credentials::new(environment.get(user), secret.into(), source))
}

/// `my-index` is asked for as `TIDEGATE_INDEX_MY_INDEX`.
fn prefix(index: &str) -> String {
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("TIDEGATE_INDEX_{}", index.chars().map(upper).collect::<String>())
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
        let found = for_index("my-index", &environment).unwrap();
        assert_eq!(found.source.to_string(), "variable TIDEGATE_INDEX_MY_INDEX_TOKEN");
        assert_eq!(for_index("other", &environment).unwrap().user, "u");
        assert!(for_index("third", &environment).is_none());
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let environment =
            Environment::from_iter([("TWINE_PASSWORD", ""), ("UV_PUBLISH_TOKEN", "pypi-2")]);
        let found = of_other_tools(&environment).unwrap();
        assert_eq!(found.source, CredentialSource::Variable("UV_PUBLISH_TOKEN".into()));
    }

    #[test]
    fn values_are_not_shown() {
        let environment = Environment::from_iter([("TWINE_PASSWORD", "canary")]);
        assert!(!format!("{environment:?}").contains("canary"));
    }
}
