use std::fmt;

use crate::GitHubError;

/// `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryName {
    owner: String,
    name: String,
}

impl RepositoryName {
    /// Reads `owner/name`.
    ///
    /// # Errors
    /// [`GitHubError::Name`].
    pub fn parse(text: &str) -> Result<Self, GitHubError> {
        let refused = || GitHubError::Name { text: text.to_owned() };
        let (owner, name) = text.split_once('/').ok_or_else(refused)?;
        let plain = |part: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !part.is_empty() && part != "." && part != ".." && part.chars().all(allowed)
        };
        if !plain(owner) || !plain(name) {
            return Err(refused());
        }
        Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// The repository that a git remote's address names, in its usual forms
    /// (`git@HOST:owner/name.git`, `https://HOST/owner/name`), if the host is `host`.
    #[must_use]
    pub fn from_remote(address: &str, host: &str) -> Option<Self> {
        let (authority, path) = match address.split_once("://") {
            Some((_, rest)) => rest.split_once('/')?,
            None => address.split_once(':')?,
        };
        let found = authority.rsplit('@').next()?.split(':').next()?;
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        found.eq_ignore_ascii_case(host).then(|| Self::parse(path).ok())?
    }

    /// The account that owns it.
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
    fn remotes_of_the_host_are_understood_and_others_are_not() {
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
            assert!(RepositoryName::parse(text).is_err(), "{text}");
        }
    }
}
