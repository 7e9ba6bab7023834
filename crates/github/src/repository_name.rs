use std::{fmt, str::FromStr};

use crate::GitHubError;

/// A repository as `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryName {
    owner: String,
    name: String,
}

impl FromStr for RepositoryName {
    type Err = GitHubError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((owner, name)) if is_plain(owner) && is_plain(name) => {
                Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => Err(GitHubError::InvalidRepositoryName { text: text.to_owned() }),
        }
    }
}

/// Whether a part cannot change the structure of an address.
fn is_plain(part: &str) -> bool {
    !matches!(part, "" | "." | "..")
        && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

impl RepositoryName {
    /// The repository of a git remote by its address in the usual forms
    /// (`git@HOST:owner/name.git`, `https://HOST/owner/name`), if its host is `host`.
    #[must_use]
    pub fn from_remote(address: &str, host: &str) -> Option<Self> {
        let (authority, path) = match address.split_once("://") {
            Some((_, rest)) => rest.split_once('/')?,
            None => address.split_once(':')?,
        };
        let actual_host = authority.rsplit('@').next()?.split(':').next()?;
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        actual_host.eq_ignore_ascii_case(host).then(|| path.parse().ok())?
    }

    /// The owning account.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_of_the_host_are_parsed_and_others_are_not() {
        for address in [
            "git@forge.example:octo/greeter.git",
            "https://forge.example/octo/greeter",
            "https://me:token@forge.example/octo/greeter.git/",
            "ssh://git@forge.example:22/octo/greeter.git",
        ] {
            let found = RepositoryName::from_remote(address, "forge.example");
            assert_eq!(found.unwrap().to_string(), "octo/greeter", "{address}");
        }
        for address in [
            "/srv/git/greeter.git",
            "git@other.example:octo/greeter",
            "https://forge.example/a/b/c",
        ] {
            assert_eq!(RepositoryName::from_remote(address, "forge.example"), None, "{address}");
        }
    }

    #[test]
    fn names_that_would_change_the_address_are_refused() {
        for text in ["greeter", "a/b/c", "../x", "a/..", "a/ b", "a/b?c", "/b", "a/"] {
            assert!(text.parse::<RepositoryName>().is_err(), "{text}");
        }
    }
}
