//! Tags and commits of the repository: of a bare git repository, or of a list in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::process::Command;

/// Where refs come from.
#[derive(Debug)]
pub(crate) enum Git {
    /// A bare repository, read and written with the `git` program.
    Folder(PathBuf),
    /// Lightweight tags by name; every 40-digit hash counts as a commit.
    Memory(Mutex<BTreeMap<String, String>>),
}

/// A ref and what it points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GitRef {
    /// The whole name, such as `refs/tags/v1`.
    pub(crate) name: String,
    pub(crate) sha: String,
    /// `commit`, or `tag` for an annotated tag.
    pub(crate) kind: String,
}

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnnotatedTag {
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) sha: String,
    pub(crate) kind: String,
}

impl Git {
    pub(crate) fn new(folder: Option<PathBuf>, tags: BTreeMap<String, String>) -> Self {
        match folder {
            Some(folder) => Self::Folder(folder),
            None => Self::Memory(Mutex::new(tags)),
        }
    }

    /// All refs whose whole name begins with `prefix`, in order.
    pub(crate) async fn refs(&self, prefix: &str) -> Vec<GitRef> {
        match self {
            Self::Folder(folder) => refs_in(folder, prefix).await,
            Self::Memory(tags) => lock(tags)
                .iter()
                .map(|(tag, sha)| GitRef {
                    name: format!("refs/tags/{tag}"),
                    sha: sha.clone(),
                    kind: "commit".to_owned(),
                })
                .filter(|found| found.name.starts_with(prefix))
                .collect(),
        }
    }

    /// The commit that a branch, tag or hash stands for.
    pub(crate) async fn commit(&self, revision: &str) -> Option<String> {
        match self {
            Self::Folder(folder) => {
                let wanted = format!("{revision}^{{commit}}");
                text(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])
                    .await
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
    pub(crate) async fn message(&self, sha: &str) -> String {
        match self {
            Self::Folder(folder) => {
                text(folder, &["log", "-1", "--format=%B", sha]).await.unwrap_or_default()
            }
            Self::Memory(_) => String::new(),
        }
    }

    /// An annotated tag by the hash of its object.
    pub(crate) async fn annotated_tag(&self, sha: &str) -> Option<AnnotatedTag> {
        let Self::Folder(folder) = self else { return None };
        AnnotatedTag::parse(&text(folder, &["cat-file", "tag", sha]).await?)
    }

    /// Makes a lightweight tag unless a tag of this name exists.
    ///
    /// False when there is no tag and `target` stands for no commit. Without a git repository a
    /// branch has no commit, and its name stands for it.
    pub(crate) async fn ensure_tag(&self, tag: &str, target: &str) -> bool {
        let name = format!("refs/tags/{tag}");
        if self.refs(&name).await.iter().any(|found| found.name == name) {
            return true;
        }
        let commit = self.commit(target).await;
        match self {
            Self::Folder(folder) => match commit {
                Some(sha) => text(folder, &["update-ref", &name, &sha]).await.is_some(),
                None => false,
            },
            Self::Memory(tags) => {
                let sha = commit.unwrap_or_else(|| target.to_owned());
                lock(tags).insert(tag.to_owned(), sha);
                true
            }
        }
    }

    /// Tag names and what they point to, read without waiting: for the state.
    pub(crate) fn tags_now(&self) -> BTreeMap<String, String> {
        match self {
            Self::Memory(tags) => lock(tags).clone(),
            Self::Folder(folder) => std::process::Command::new("git")
                .args(arguments(folder, &["for-each-ref", FORMAT, "refs/tags"]))
                .envs(PLAIN)
                .output()
                .map(|output| parse_refs(&output.stdout))
                .unwrap_or_default()
                .into_iter()
                .map(|found| (found.name.trim_start_matches("refs/tags/").to_owned(), found.sha))
                .collect(),
        }
    }
}

impl AnnotatedTag {
    fn parse(object: &str) -> Option<Self> {
        let (head, message) = object.split_once("\n\n").unwrap_or((object, ""));
        let field =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Some(Self {
            name: field("tag")?.to_owned(),
            message: message.to_owned(),
            sha: field("object")?.to_owned(),
            kind: field("type")?.to_owned(),
        })
    }
}

const FORMAT: &str = "--format=%(refname) %(objectname) %(objecttype)";
const PLAIN: [(&str, &str); 3] =
    [("LC_ALL", "C"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")];

async fn refs_in(folder: &Path, prefix: &str) -> Vec<GitRef> {
    let all = text(folder, &["for-each-ref", FORMAT]).await.unwrap_or_default();
    let mut refs = parse_refs(all.as_bytes());
    refs.retain(|found| found.name.starts_with(prefix));
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

/// What `git` prints, if it succeeds.
async fn text(folder: &Path, command: &[&str]) -> Option<String> {
    let Output { status, stdout, .. } = Command::new("git")
        .args(arguments(folder, command))
        .envs(PLAIN)
        .stdin(Stdio::null())
        .output()
        .await
        .ok()?;
    status.success().then(|| String::from_utf8_lossy(&stdout).trim_end().to_owned())
}

fn arguments(folder: &Path, command: &[&str]) -> Vec<String> {
    let folder = format!("--git-dir={}", folder.display());
    std::iter::once(folder).chain(command.iter().map(|part| (*part).to_owned())).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_object_of_an_annotated_tag() {
        let object = "object 1111\ntype commit\ntag v1\ntagger A <a@b> 0 +0000\n\nThe first\n";
        let tag = AnnotatedTag::parse(object).unwrap();
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
