use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ParseError, Registry, string_conversions};

/// A repository of one registry: `docker.io/txemi/immich-autotag`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository {
    registry: Registry,
    path: String,
}

impl Repository {
    /// The registry that holds this repository.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The path inside the registry, `library/` included where Docker Hub adds it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Registry and path, nothing left out.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }

    /// The same path in another registry.
    #[must_use]
    pub fn at(&self, registry: Registry) -> Self {
        Self { registry, path: self.path.clone() }
    }
}

impl FromStr for Repository {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (registry, path) = match text.split_once('/') {
            Some((first, rest)) if Registry::is_registry_component(first) => (first.parse()?, rest),
            _ => (Registry::docker_hub(), text),
        };
        if !path.split('/').all(is_component) || path.len() > 255 {
            return Err(ParseError::Repository(text.to_owned()));
        }
        let official = registry.is_docker_hub() && !path.contains('/');
        let path = if official { format!("library/{path}") } else { path.to_owned() };
        Ok(Self { registry, path })
    }
}

/// Alphanumeric runs joined by one `.`, one or two `_`, or any number of `-`.
fn is_component(component: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = component.split(alphanumeric).filter(|part| !part.is_empty());
    component.starts_with(alphanumeric)
        && component.ends_with(alphanumeric)
        && separators
            .into_iter()
            .all(|part| matches!(part, "." | "_" | "__") || part.bytes().all(|b| b == b'-'))
}

impl fmt::Display for Repository {
    /// The familiar form: Docker Hub's name and `library/` are left out, the latter
    /// where the engine would add it again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.registry.is_docker_hub() {
            return write!(f, "{}/{}", self.registry, self.path);
        }
        let official = self.path.strip_prefix("library/").filter(|name| !name.contains('/'));
        f.write_str(official.unwrap_or(&self.path))
    }
}

string_conversions!(Repository);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_port_belongs_to_that_registry() {
        let repository: Repository = "localhost:5000/team/app".parse().unwrap();
        assert_eq!(repository.registry().as_str(), "localhost:5000");
        assert_eq!(repository.path(), "team/app");
    }

    #[test]
    fn a_longer_name_with_the_same_beginning_is_another_repository() {
        let [one, other]: [Repository; 2] =
            ["owner/project", "owner/project-other"].map(|text| text.parse().unwrap());
        assert_ne!(one, other);
    }

    #[test]
    fn what_is_printed_means_the_same_repository() {
        for text in ["postgres", "library/postgres", "library/a/b", "a/b", "docker.io/library/x/y"]
        {
            let repository: Repository = text.parse().unwrap();
            assert_eq!(repository.to_string().parse(), Ok(repository), "{text}");
        }
        let official: Repository = "docker.io/library/postgres".parse().unwrap();
        assert_eq!(official.to_string(), "postgres");
    }

    #[test]
    fn repositories_outside_the_grammar_are_refused() {
        for text in ["", "a//b", "Upper/case", "a/-b", "a/b..c", "a/b:tag", "a b"] {
            assert!(text.parse::<Repository>().is_err(), "{text}");
        }
    }
}
