//! Scopes of the token protocol.

use std::collections::BTreeSet;
use std::fmt;

/// What can be done with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Read manifests, blobs and tags.
    Pull,
    /// Write manifests and blobs, and move tags.
    Push,
    /// Delete manifests, blobs and tags.
    Delete,
    /// `*`: everything; for the catalog only.
    Any,
}

/// Actions on one resource, as in `repository:team/app:pull,push`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Right {
    kind: String,
    name: String,
    actions: BTreeSet<Action>,
}

impl Action {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "pull" => Some(Self::Pull),
            "push" => Some(Self::Push),
            "delete" => Some(Self::Delete),
            "*" => Some(Self::Any),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::Any => "*",
        }
    }
}

impl Right {
    pub(in super::super) fn repository(name: &str, actions: &[Action]) -> Self {
        Self {
            kind: "repository".to_owned(),
            name: name.to_owned(),
            actions: actions.iter().copied().collect(),
        }
    }

    pub(in super::super) fn catalog() -> Self {
        Self {
            kind: "registry".to_owned(),
            name: "catalog".to_owned(),
            actions: BTreeSet::from([Action::Any]),
        }
    }

    /// Unknown actions are dropped; a name may contain colons.
    pub(super) fn parse(scope: &str) -> Option<Self> {
        let (kind, rest) = scope.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        Some(Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
            actions: actions.split(',').filter_map(Action::parse).collect(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_catalog(&self) -> bool {
        self.kind == "registry" && self.name == "catalog"
    }

    pub(super) fn limited_to(&self, allowed: &BTreeSet<Action>) -> Self {
        Self { actions: self.actions.intersection(allowed).copied().collect(), ..self.clone() }
    }

    pub(super) fn actions(&self) -> impl Iterator<Item = &'static str> {
        self.actions.iter().map(|action| action.as_str())
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether one of the granted rights, or several together, cover this one.
    pub(super) fn is_covered_by(&self, granted: &[Self]) -> bool {
        let same = |right: &&Self| right.kind == self.kind && right.name == self.name;
        let together: BTreeSet<Action> =
            granted.iter().filter(same).flat_map(|right| right.actions.iter().copied()).collect();
        self.actions.is_subset(&together)
    }
}

impl fmt::Display for Right {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actions: Vec<_> = self.actions().collect();
        write!(out, "{}:{}:{}", self.kind, self.name, actions.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_scopes() {
        let right = Right::parse("repository:a/b:push,pull,fly").unwrap();
        assert_eq!(right.to_string(), "repository:a/b:pull,push");
        assert_eq!(Right::catalog().to_string(), "registry:catalog:*");
        assert_eq!(Right::parse("nonsense"), None);
    }

    #[test]
    fn several_rights_together_may_cover_one() {
        let wanted = Right::repository("a", &[Action::Pull, Action::Push]);
        let pull = Right::repository("a", &[Action::Pull]);
        let push = Right::repository("a", &[Action::Push]);
        let elsewhere = Right::repository("b", &[Action::Push]);
        assert!(wanted.is_covered_by(&[pull.clone(), push]));
        assert!(!wanted.is_covered_by(&[pull, elsewhere]));
    }
}
