//! Tags and commits of the repository: from a bare git repository, or from a list in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Mutex;

use tokio::process::Command;

use crate::sync::lock;

const REF_FORMAT: &str = "--format=%(refname) %(objectname) %(objecttype)";
const GIT_ENVIRONMENT: [(&str, &str); 3] =
    [("LC_ALL", "C"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")];

/// The source of refs.
#[derive(Debug)]
pub(super) enum GitStore {
    /// A bare repository, read and written with the `git` program.
    Folder(PathBuf),
    /// Lightweight tags by name; every 40-digit hash counts as a commit.
    Memory(Mutex<BTreeMap<String, String>>),
}

/// A ref and the object to which it points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GitRef {
    /// The full name, such as `refs/tags/v1`.
    pub(super) name: String,
    pub(super) sha: String,
    /// `commit`, or `tag` for an annotated tag.
    pub(super) kind: String,
}

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AnnotatedTag {
    pub(super) name: String,
    pub(super) message: String,
    pub(super) sha: String,
    pub(super) kind: String,
}

impl GitStore {
    pub(super) fn new(folder: Option<PathBuf>, tags: BTreeMap<String, String>) -> Self {
        match folder {
            Some(folder) => Self::Folder(folder),
            None => Self::Memory(Mutex::new(tags)),
        }
    }

    /// All refs whose full name starts with `prefix`, in order.
    pub(super) async fn refs_with_prefix(&self, prefix: &str) -> Vec<GitRef> {
        match self {
            Self::Folder(folder) => git_refs(folder, prefix).await,
            Self::Memory(tags) => lock(tags)
                .iter()
                .map(|(tag, sha)| GitRef {
                    name: format!("refs/tags/{tag}"),
                    sha: sha.clone(),
                    kind: "commit".to_owned(),
                })
                .filter(|git_ref| git_ref.name.starts_with(prefix))
                .collect(),
        }
    }

    /// The commit to which a branch, tag or hash resolves.
    pub(super) async fn resolve_commit(&self, revision: &str) -> Option<String> {
        match self {
            Self::Folder(folder) => {
                let revision = format!("{revision}^{{commit}}");
                let command = ["rev-parse", "--verify", "--quiet", "--end-of-options", &revision];
                git_output(folder, &command).await
            }
            Self::Memory(tags) => {
                let tag = lock(tags).get(revision.trim_start_matches("refs/tags/")).cloned();
                let is_hash =
                    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
                tag.or_else(|| is_hash.then(|| revision.to_owned()))
            }
        }
    }

    /// The message of a commit.
    pub(super) async fn commit_message(&self, sha: &str) -> String {
        match self {
            Self::Folder(folder) => {
                git_output(folder, &["log", "-1", "--format=%B", sha]).await.unwrap_or_default()
            }
            Self::Memory(_) => String::new(),
        }
    }

    /// An annotated tag by the hash of its object.
    pub(super) async fn find_annotated_tag(&self, sha: &str) -> Option<AnnotatedTag> {
        let Self::Folder(folder) = self else { return None };
        AnnotatedTag::from_object(&git_output(folder, &["cat-file", "tag", sha]).await?)
    }

    /// Creates a lightweight tag unless a tag with this name exists.
    ///
    /// Returns false if there is no tag and `target` does not resolve to a commit. Without a git
    /// repository a branch has no commit, and its name is used instead.
    pub(super) async fn ensure_tag(&self, tag: &str, target: &str) -> bool {
        let name = format!("refs/tags/{tag}");
        if self.refs_with_prefix(&name).await.iter().any(|git_ref| git_ref.name == name) {
            return true;
        }
        let commit = self.resolve_commit(target).await;
        match self {
            Self::Folder(folder) => match commit {
                Some(sha) => git_output(folder, &["update-ref", &name, &sha]).await.is_some(),
                None => false,
            },
            Self::Memory(tags) => {
                let sha = commit.unwrap_or_else(|| target.to_owned());
                lock(tags).insert(tag.to_owned(), sha);
                true
            }
        }
    }

    /// Tag names and the objects to which they point; for callers outside a runtime.
    pub(super) fn tags_blocking(&self) -> BTreeMap<String, String> {
        match self {
            Self::Memory(tags) => lock(tags).clone(),
            Self::Folder(folder) => std::process::Command::new("git")
                .args(git_arguments(folder, &["for-each-ref", REF_FORMAT, "refs/tags"]))
                .envs(GIT_ENVIRONMENT)
                .output()
                .map(|output| parse_refs(&output.stdout))
                .unwrap_or_default()
                .into_iter()
                .map(|tag| (tag.name.trim_start_matches("refs/tags/").to_owned(), tag.sha))
                .collect(),
        }
    }
}

impl AnnotatedTag {
    /// Reads the text of a tag object.
    fn from_object(object: &str) -> Option<Self> {
        let (head, message) = object.split_once("\n\n").unwrap_or((object, ""));
        Some(Self {
            name: object_field(head, "tag")?,
            message: message.to_owned(),
            sha: object_field(head, "object")?,
            kind: object_field(head, "type")?,
        })
    }
}

fn object_field(head: &str, name: &str) -> Option<String> {
    let value = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map(str::to_owned)
}

async fn git_refs(folder: &Path, prefix: &str) -> Vec<GitRef> {
    let output = git_output(folder, &["for-each-ref", REF_FORMAT]).await.unwrap_or_default();
    let mut refs = parse_refs(output.as_bytes());
    refs.retain(|git_ref| git_ref.name.starts_with(prefix));
    refs
}

fn parse_refs(output: &[u8]) -> Vec<GitRef> {
    String::from_utf8_lossy(output)
        .lines()
        .filter_map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            [name, sha, kind] => {
                Some(GitRef { name: name.into(), sha: sha.into(), kind: kind.into() })
            }
            _ => None,
        })
        .collect()
}

/// The output of `git`, if it succeeds.
async fn git_output(folder: &Path, command: &[&str]) -> Option<String> {
    let Output { status, stdout, .. } = Command::new("git")
        .args(git_arguments(folder, command))
        .envs(GIT_ENVIRONMENT)
        .stdin(Stdio::null())
        .output()
        .await
        .ok()?;
    status.success().then(|| String::from_utf8_lossy(&stdout).trim_end().to_owned())
}

fn git_arguments(folder: &Path, command: &[&str]) -> Vec<String> {
    let folder = format!("--git-dir={}", folder.display());
    std::iter::once(folder).chain(command.iter().map(|part| (*part).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_object_of_an_annotated_tag() {
        let object = "object 1111\ntype commit\ntag v1\ntagger A <a@b> 0 +0000\n\nThe first\n";
        let tag = AnnotatedTag::from_object(object).unwrap();
        assert_eq!(
            (tag.name.as_str(), tag.sha.as_str(), tag.kind.as_str()),
            ("v1", "1111", "commit")
        );
        assert_eq!(tag.message, "The first\n");
    }

    #[test]
    fn reads_the_list_of_refs() {
        let refs = parse_refs(b"refs/heads/main 11 commit\nrefs/tags/v1 22 tag\n");
        assert_eq!(refs.len(), 2);
        assert_eq!((refs[1].name.as_str(), refs[1].kind.as_str()), ("refs/tags/v1", "tag"));
    }
}
