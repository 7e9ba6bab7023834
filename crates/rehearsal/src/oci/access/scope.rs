//! Scopes of the token protocol.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// An action in a repository.
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
pub(in crate::oci) struct Scope {
    kind: String,
    name: String,
    actions: BTreeSet<Action>,
}

/// The text does not have the form `kind:name:actions`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::oci) struct InvalidScope;

impl Action {
    fn from_name(name: &str) -> Option<Self> {
        match name {
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

impl Scope {
    pub(in crate::oci) fn repository(name: &str, actions: &[Action]) -> Self {
        Self {
            kind: "repository".to_owned(),
            name: name.to_owned(),
            actions: actions.iter().copied().collect(),
        }
    }

    pub(in crate::oci) fn catalog() -> Self {
        Self {
            kind: "registry".to_owned(),
            name: "catalog".to_owned(),
            actions: BTreeSet::from([Action::Any]),
        }
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn action_names(&self) -> impl Iterator<Item = &'static str> {
        self.actions.iter().map(|action| action.as_str())
    }

    pub(super) fn is_catalog(&self) -> bool {
        self.kind == "registry" && self.name == "catalog"
    }

    pub(super) fn limited_to(&self, allowed: &BTreeSet<Action>) -> Self {
        Self { actions: self.actions.intersection(allowed).copied().collect(), ..self.clone() }
    }

    /// Whether the granted scopes together cover this one.
    pub(super) fn is_covered_by(&self, granted: &[Self]) -> bool {
        let actions: BTreeSet<Action> = granted
            .iter()
            .filter(|scope| scope.kind == self.kind && scope.name == self.name)
            .flat_map(|scope| scope.actions.iter().copied())
            .collect();
        self.actions.is_subset(&actions)
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    /// Unknown actions are dropped; a name may contain colons.
    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let (kind, rest) = text.split_once(':').ok_or(InvalidScope)?;
        let (name, actions) = rest.rsplit_once(':').ok_or(InvalidScope)?;
        Ok(Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
            actions: actions.split(',').filter_map(Action::from_name).collect(),
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actions: Vec<_> = self.action_names().collect();
        write!(out, "{}:{}:{}", self.kind, self.name, actions.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_scopes() {
        let scope: Scope = "repository:a/b:push,pull,fly".parse().unwrap();
        assert_eq!(scope.to_string(), "repository:a/b:pull,push");
        assert_eq!(Scope::catalog().to_string(), "registry:catalog:*");
        assert_eq!("nonsense".parse::<Scope>(), Err(InvalidScope));
    }

    #[test]
    fn several_scopes_together_may_cover_another() {
        let required = Scope::repository("a", &[Action::Pull, Action::Push]);
        let pull = Scope::repository("a", &[Action::Pull]);
        let push = Scope::repository("a", &[Action::Push]);
        let other = Scope::repository("b", &[Action::Push]);
        assert!(required.is_covered_by(&[pull.clone(), push]));
        assert!(!required.is_covered_by(&[pull, other]));
    }
}
