use probe::{Never, Probe};

use crate::{
    CommitId, GitError, TagId,
    commit::identity,
    message_file::{file_option, message_file},
    program::GitOutput,
    ref_name::{checked_tag_ref, tag_ref},
    runner::Runner,
};

/// Whether a tag is an object of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagKind {
    /// With tagger, date and message.
    Annotated,
    /// A mere name of a commit.
    Lightweight,
}

/// A tag of this repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Name, without `refs/tags/`.
    pub name: String,
    /// What the ref points to.
    pub id: TagId,
    /// The commit behind it.
    pub commit: CommitId,
    /// Annotated or lightweight.
    pub kind: TagKind,
    /// The tag's message; of a lightweight tag the commit's.
    pub message: String,
}

/// Whether an annotated tag exists with the commit and message expected.
/// `Identical` and `Diverged` carry the existing tag.
pub type LocalTagProbe = Probe<Tag, Never, Tag, GitError>;

/// The tags of a repository.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a> {
    runner: &'a Runner,
}

impl<'a> Tags<'a> {
    pub(crate) fn new(runner: &'a Runner) -> Self {
        Self { runner }
    }

    /// The tags whose names match the glob `pattern` (`v[0-9]*`), by name; all of them
    /// for `*`.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn list(self, pattern: &str) -> Result<Vec<Tag>, GitError> {
        let format = "--format=%(refname)%00%(objecttype)%00%(objectname)%00%(*objectname)%00\
                      %(contents:subject)%00%(contents:body)%00";
        let query = self.runner.command("list tags").args(["for-each-ref", format, "--"]);
        // A `*` does not match a slash, and a folder matches everything in it.
        let refs =
            if pattern == "*" { "refs/tags".to_owned() } else { format!("refs/tags/{pattern}") };
        parse_tags(&query.arg(refs).output().await?)
    }

    /// The tag with exactly this name.
    ///
    /// # Errors
    /// [`GitError::InvalidName`].
    pub async fn get(self, name: &str) -> Result<Option<Tag>, GitError> {
        let full = checked_tag_ref(self.runner, name).await?;
        let listed = self.list(name).await?;
        Ok(listed.into_iter().find(|tag| tag_ref(&tag.name) == full))
    }

    /// Whether the annotated tag exists with this commit and message.
    pub async fn probe(self, name: &str, commit: &CommitId, message: &str) -> LocalTagProbe {
        match self.get(name).await {
            Err(error) => Probe::Unknown(error),
            Ok(None) => Probe::Absent,
            Ok(Some(tag)) if is_annotated_as(&tag, commit, message) => Probe::Identical(tag),
            Ok(Some(tag)) => Probe::Diverged(tag),
        }
    }

    /// Creates an annotated tag, signed if the user's configuration demands
    /// it. An existing tag with the same commit and message is kept.
    ///
    /// # Errors
    /// [`GitError::TagTaken`], [`GitError::CommitRefused`], [`GitError::NoIdentity`].
    pub async fn create_annotated(
        self,
        name: &str,
        commit: &CommitId,
        message: &str,
    ) -> Result<TagId, GitError> {
        match self.probe(name, commit, message).await.into_result()? {
            Probe::Absent => {}
            Probe::Identical(tag) => return Ok(tag.id),
            Probe::Diverged(tag) => return Err(tag_taken(tag)),
        }
        identity(self.runner).await?;
        let create = self.runner.command("create a tag");
        let file = message_file(message)?;
        let create = create.args(["tag", "--annotate", "--cleanup=whitespace"]);
        let create = create.arg(file_option(file.path())).args(["--", name, commit.as_str()]);
        let output = create.outcome().await?;
        match self.probe(name, commit, message).await.into_result()? {
            Probe::Absent => Err(tag_refused(name, &output)),
            Probe::Identical(tag) => Ok(tag.id),
            Probe::Diverged(tag) => Err(tag_taken(tag)),
        }
    }

    /// Deletes a tag if it still points to `expected`; false when there is no
    /// such tag.
    ///
    /// # Errors
    /// [`GitError::TagTaken`] when it points elsewhere.
    pub async fn delete(self, name: &str, expected: &TagId) -> Result<bool, GitError> {
        match self.get(name).await? {
            None => return Ok(false),
            Some(tag) if tag.id != *expected => return Err(tag_taken(tag)),
            Some(_) => {}
        }
        let delete = self.runner.command("delete a tag").args(["update-ref", "-d"]);
        delete.args([&tag_ref(name), expected.as_str()]).output().await?;
        Ok(true)
    }
}

/// Git folds the lines of a subject and trims blank lines, so messages are
/// compared without white space.
fn is_annotated_as(tag: &Tag, commit: &CommitId, message: &str) -> bool {
    tag.kind == TagKind::Annotated
        && tag.commit == *commit
        && tag.message.split_whitespace().eq(message.split_whitespace())
}

fn tag_taken(tag: Tag) -> GitError {
    let actual = tag.commit.to_string();
    GitError::TagTaken { tag: tag.name, location: "in this repository".to_owned(), actual }
}

fn tag_refused(name: &str, output: &GitOutput) -> GitError {
    GitError::CommitRefused { purpose: format!("create tag `{name}`"), message: output.message() }
}

fn parse_tags(output: &GitOutput) -> Result<Vec<Tag>, GitError> {
    let text = output.text();
    let fields: Vec<&str> = text.trim_end_matches('\n').split_terminator('\0').collect();
    let tags = fields.chunks(6).map(parse_tag).collect::<Option<Vec<_>>>();
    tags.ok_or_else(|| output.unexpected("fields of a tag"))
}

fn parse_tag(fields: &[&str]) -> Option<Tag> {
    let [name, kind, id, peeled, subject, body] = fields else { return None };
    let name = name.trim_start_matches('\n').strip_prefix("refs/tags/")?.to_owned();
    let (kind, commit) = match *kind {
        "tag" => (TagKind::Annotated, peeled),
        _ => (TagKind::Lightweight, id),
    };
    let message = format!("{subject}\n\n{body}").trim_end().to_owned();
    Some(Tag { name, id: id.parse().ok()?, commit: commit.parse().ok()?, kind, message })
}
