use std::{ffi::OsString, fmt};

use secrecy::{ExposeSecret as _, SecretString};

/// The environment of a child: what it begins with, and the changes to that.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChildEnvironment {
    base: Base,
    changes: Vec<(OsString, Variable)>,
}

/// The environment that a child begins with.
#[derive(Clone, Default)]
enum Base {
    #[default]
    Inherited,
    Only(Vec<(OsString, OsString)>),
}

impl fmt::Debug for Base {
    /// Without values: an environment has secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inherited => f.write_str("Inherited"),
            Self::Only(variables) => write!(f, "{} variables", variables.len()),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Variable {
    Plain(OsString),
    Secret(SecretString),
    Removed,
}

impl ChildEnvironment {
    /// Begins with these variables instead of those of this process.
    pub(crate) fn replace(&mut self, variables: Vec<(OsString, OsString)>) {
        self.base = Base::Only(variables);
    }

    pub(crate) fn change(&mut self, name: OsString, variable: Variable) {
        self.changes.push((name, variable));
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.changes.iter().filter_map(|(_, variable)| match variable {
            Variable::Secret(secret) => Some(secret),
            Variable::Plain(_) | Variable::Removed => None,
        })
    }

    pub(crate) fn apply_to(&self, command: &mut tokio::process::Command) {
        if let Base::Only(variables) = &self.base {
            command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        }
        for (name, variable) in &self.changes {
            match variable {
                Variable::Plain(value) => command.env(name, value),
                Variable::Secret(value) => command.env(name, value.expose_secret()),
                Variable::Removed => command.env_remove(name),
            };
        }
    }
}
