use std::{collections::BTreeSet, fmt};

use image_ref::Repository;
use serde::{Deserialize, Serialize};

/// What may be done in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Read manifests and blobs.
    Pull,
    /// Write manifests, tags and blobs.
    Push,
    /// Delete manifests.
    Delete,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
        })
    }
}

impl Right {
    fn parse(text: &str) -> Option<Self> {
        [Self::Pull, Self::Push, Self::Delete].into_iter().find(|right| right.to_string() == text)
    }
}

/// Rights in one repository: `repository:a/b:pull,push` (distribution, "Token scope").
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) path: String,
    pub(crate) rights: BTreeSet<Right>,
}

impl Scope {
    pub(crate) fn new(path: &str, rights: impl IntoIterator<Item = Right>) -> Self {
        Self { path: path.to_owned(), rights: rights.into_iter().collect() }
    }

    /// From the actions of a grant; `*` is every right, unknown ones are dropped.
    pub(crate) fn from_actions<'a>(path: &str, actions: impl IntoIterator<Item = &'a str>) -> Self {
        let mut rights = BTreeSet::new();
        for action in actions {
            match action {
                "*" => rights.extend([Right::Pull, Right::Push, Right::Delete]),
                other => rights.extend(Right::parse(other)),
            }
        }
        Self { path: path.to_owned(), rights }
    }

    /// Reads `repository:a/b:pull,push`; the path may have a port with a colon.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (path, actions) = text.strip_prefix("repository:")?.rsplit_once(':')?;
        Some(Self::from_actions(path, actions.split(',')))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rights: Vec<String> = self.rights.iter().map(ToString::to_string).collect();
        write!(f, "repository:{}:{}", self.path, rights.join(","))
    }
}

/// What a request needs, and what is asked for along with it so that one token
/// serves the whole operation.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) repository: Repository,
    pub(crate) needed: Right,
    /// The first one is of `repository`: some servers read no other.
    pub(crate) scopes: Vec<Scope>,
}

impl Access {
    /// To read.
    pub(crate) fn pull(repository: &Repository) -> Self {
        Self::of(repository, Right::Pull, [Right::Pull])
    }

    /// To write; reads of the same operation use the same token.
    pub(crate) fn push(repository: &Repository) -> Self {
        Self::of(repository, Right::Push, [Right::Pull, Right::Push])
    }

    /// To delete. Docker Hub wants all three (Docker, "Delete manifest").
    pub(crate) fn delete(repository: &Repository) -> Self {
        Self::of(repository, Right::Delete, [Right::Pull, Right::Push, Right::Delete])
    }

    /// To check rights.
    pub(crate) fn asking(repository: &Repository, rights: &[Right]) -> Self {
        let needed = rights.last().copied().unwrap_or(Right::Pull);
        Self::of(repository, needed, rights.iter().copied())
    }

    /// To mount blobs of another repository, which needs a scope of its own.
    pub(crate) fn also_pulling(mut self, other: &Repository) -> Self {
        self.scopes.push(Scope::new(other.path(), [Right::Pull]));
        self
    }

    /// To write; with the same scopes, so the same token, if they suffice.
    pub(crate) fn writing(&self) -> Self {
        let may_push = self.scopes.first().is_some_and(|scope| scope.rights.contains(&Right::Push));
        match may_push {
            true => Self { needed: Right::Push, ..self.clone() },
            false => Self::push(&self.repository),
        }
    }

    /// The same scopes, so the same token, for a request that only reads.
    pub(crate) fn reading(&self) -> Self {
        Self { needed: Right::Pull, ..self.clone() }
    }

    fn of(repository: &Repository, needed: Right, rights: impl IntoIterator<Item = Right>) -> Self {
        let scopes = vec![Scope::new(repository.path(), rights)];
        Self { repository: repository.clone(), needed, scopes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_written_and_read_as_the_token_server_does() {
        let text = "repository:team/app:pull,push";
        assert_eq!(Scope::parse(text).unwrap().to_string(), text);
        assert_eq!(Scope::parse("registry:catalog:*"), None);
    }

    #[test]
    fn a_star_is_every_right() {
        assert_eq!(Scope::parse("repository:a:*").unwrap().rights.len(), 3);
    }

    #[test]
    fn a_mount_has_one_scope_for_each_repository_and_the_target_first() {
        let [target, source]: [Repository; 2] = ["a/b", "a/c"].map(|text| text.parse().unwrap());
        let scopes = Access::push(&target).also_pulling(&source).scopes;
        let texts: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["repository:a/b:pull,push", "repository:a/c:pull"]);
    }
}
