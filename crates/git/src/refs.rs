use std::collections::BTreeMap;

use crate::{CommitId, GitError, Probe, Repository, TagId};

/// A tag at a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteTag {
    /// What the ref points to.
    pub id: TagId,
    /// The commit behind it.
    pub commit: CommitId,
}

/// Branches and tags of a remote, as it tells them now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteRefs {
    /// Commit of each branch.
    pub branches: BTreeMap<String, CommitId>,
    /// Each tag, with the commit behind it.
    pub tags: BTreeMap<String, RemoteTag>,
}

impl RemoteRefs {
    /// Whether the remote has this very tag object.
    #[must_use]
    pub fn probe_tag(&self, name: &str, id: &TagId) -> Probe {
        match self.tags.get(name) {
            None => Probe::Absent,
            Some(tag) if tag.id == *id => Probe::Identical,
            Some(_) => Probe::Diverged,
        }
    }

    /// Reads the lines of `git ls-remote`: hash, tab, ref; `^{}` marks the
    /// commit behind an annotated tag. The error is the line not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut refs = Self::default();
        for line in text.lines() {
            refs.take(line).ok_or_else(|| line.to_owned())?;
        }
        Ok(refs)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let (id, name) = line.split_once('\t')?;
        let (id, commit) = (TagId::parse(id)?, CommitId::parse(id)?);
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            self.branches.insert(branch.to_owned(), commit);
        } else if let Some(tag) = name.strip_prefix("refs/tags/") {
            match tag.strip_suffix("^{}") {
                Some(tag) => self.tags.get_mut(tag)?.commit = commit,
                None => drop(self.tags.insert(tag.to_owned(), RemoteTag { id, commit })),
            }
        }
        Some(())
    }
}

pub(crate) fn branch_ref(name: &str) -> String {
    format!("refs/heads/{name}")
}

pub(crate) fn tag_ref(name: &str) -> String {
    format!("refs/tags/{name}")
}

impl Repository {
    /// The full ref of a tag, if git allows the name.
    pub(crate) async fn checked_tag_ref(&self, name: &str) -> Result<String, GitError> {
        self.checked_ref("tag", name, tag_ref(name)).await
    }

    /// The full ref of a branch, if git allows the name.
    pub(crate) async fn checked_branch_ref(&self, name: &str) -> Result<String, GitError> {
        self.checked_ref("branch", name, branch_ref(name)).await
    }

    async fn checked_ref(
        &self,
        kind: &'static str,
        name: &str,
        full: String,
    ) -> Result<String, GitError> {
        let ask = self.run("check a name").args(["check-ref-format", &full]);
        if name.starts_with('-') || name.contains('\0') || !ask.outcome().await?.success() {
            return Err(GitError::InvalidName { kind, name: name.to_owned() });
        }
        Ok(full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peeled_commits_belong_to_their_tags() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let text = format!(
            "{a}\trefs/heads/feature/x\n{b}\trefs/tags/v1\n{a}\trefs/tags/v1^{{}}\n{c}\trefs/tags/light\n"
        );
        let refs = RemoteRefs::parse(&text).unwrap();
        assert_eq!(refs.branches["feature/x"].as_str(), a);
        assert_eq!((refs.tags["v1"].id.as_str(), refs.tags["v1"].commit.as_str()), (&*b, &*a));
        assert_eq!(refs.tags["light"].commit.as_str(), c);
        assert_eq!(refs.probe_tag("v1", &TagId::parse(&b).unwrap()), Probe::Identical);
        assert_eq!(refs.probe_tag("v1", &TagId::parse(&a).unwrap()), Probe::Diverged);
        assert_eq!(refs.probe_tag("v2", &TagId::parse(&a).unwrap()), Probe::Absent);
    }

    #[test]
    fn a_line_of_another_format_is_named() {
        assert_eq!(RemoteRefs::parse("warning: x\n"), Err("warning: x".to_owned()));
    }
}
