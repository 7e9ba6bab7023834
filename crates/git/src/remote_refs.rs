use std::collections::BTreeMap;

use probe::{Never, Probe};

use crate::{CommitId, TagId};

/// A tag at a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteTag {
    /// What the ref points to.
    pub id: TagId,
    /// The commit behind it.
    pub commit: CommitId,
}

/// Whether a remote has a tag. `Diverged` carries the tag that has the name.
pub type RemoteTagProbe = Probe<(), Never, RemoteTag>;

/// Current branches and tags of a remote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteRefs {
    /// Commit of each branch.
    pub branches: BTreeMap<String, CommitId>,
    /// Each tag, with the commit behind it.
    pub tags: BTreeMap<String, RemoteTag>,
}

impl RemoteRefs {
    /// Whether the remote has exactly this tag object.
    pub fn probe_tag(&self, name: &str, id: &TagId) -> RemoteTagProbe {
        match self.tags.get(name) {
            None => Probe::Absent,
            Some(tag) if tag.id == *id => Probe::Identical(()),
            Some(tag) => Probe::Diverged(tag.clone()),
        }
    }

    /// Parses the lines of `git ls-remote`: hash, tab, ref; `^{}` marks the
    /// commit behind an annotated tag. The error is the unexpected line.
    pub(crate) fn from_ls_remote(text: &str) -> Result<Self, String> {
        let mut refs = Self::default();
        for line in text.lines() {
            refs.insert_line(line).ok_or_else(|| line.to_owned())?;
        }
        Ok(refs)
    }

    fn insert_line(&mut self, line: &str) -> Option<()> {
        let (id, name) = line.split_once('\t')?;
        let commit: CommitId = id.parse().ok()?;
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            self.branches.insert(branch.to_owned(), commit);
        } else if let Some(tag) = name.strip_prefix("refs/tags/") {
            match tag.strip_suffix("^{}") {
                Some(tag) => self.tags.get_mut(tag)?.commit = commit,
                None => {
                    let tag_object = RemoteTag { id: id.parse().ok()?, commit };
                    self.tags.insert(tag.to_owned(), tag_object);
                }
            }
        }
        Some(())
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
        let refs = RemoteRefs::from_ls_remote(&text).unwrap();
        assert_eq!(refs.branches["feature/x"].as_str(), a);
        assert_eq!((refs.tags["v1"].id.as_str(), refs.tags["v1"].commit.as_str()), (&*b, &*a));
        assert_eq!(refs.tags["light"].commit.as_str(), c);
        assert_eq!(refs.probe_tag("v1", &b.parse().unwrap()), Probe::Identical(()));
        let other = Probe::Diverged(refs.tags["v1"].clone());
        assert_eq!(refs.probe_tag("v1", &a.parse().unwrap()), other);
        assert_eq!(refs.probe_tag("v2", &a.parse().unwrap()), Probe::Absent);
    }

    #[test]
    fn a_line_of_another_format_is_named() {
        let parsed = RemoteRefs::from_ls_remote("warning: x\n");
        assert_eq!(parsed, Err("warning: x".to_owned()));
    }
}
