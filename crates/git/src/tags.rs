use crate::{CommitId, GitError, Probe, Repository, TagId, program::Answer, refs::tag_ref};

/// Whether a tag is an object of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagKind {
    /// With tagger, date and message.
    Annotated,
    /// A mere name of a commit.
    Light,
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
    /// Annotated or light.
    pub kind: TagKind,
    /// The tag's message; of a light tag the commit's.
    pub message: String,
}

impl Repository {
    /// The tags whose names match the glob `pattern` (`v[0-9]*`), by name.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn tags(&self, pattern: &str) -> Result<Vec<Tag>, GitError> {
        let format = "%(refname)%00%(objecttype)%00%(objectname)%00%(*objectname)%00\
                      %(contents:subject)%00%(contents:body)%00";
        let ask = self.run("list tags").args(["for-each-ref", &format!("--format={format}"), "--"]);
        parse(&ask.arg(format!("refs/tags/{pattern}")).output().await?)
    }

    /// One tag by its exact name.
    ///
    /// # Errors
    /// [`GitError::InvalidName`].
    pub async fn tag(&self, name: &str) -> Result<Option<Tag>, GitError> {
        let full = self.checked_tag_ref(name).await?;
        let listed = self.tags(name).await?;
        Ok(listed.into_iter().find(|tag| tag_ref(&tag.name) == full))
    }

    /// Whether the annotated tag exists here with this commit and message.
    ///
    /// # Errors
    /// [`GitError::InvalidName`].
    pub async fn probe_tag(
        &self,
        name: &str,
        commit: &CommitId,
        message: &str,
    ) -> Result<Probe, GitError> {
        Ok(compare(self.tag(name).await?.as_ref(), commit, message))
    }

    /// Makes an annotated tag, signed if the user's configuration says so. A
    /// tag that is there already with the same commit and message is kept.
    ///
    /// # Errors
    /// [`GitError::TagTaken`], [`GitError::CommitRefused`], [`GitError::NoIdentity`].
    pub async fn annotated_tag(
        &self,
        name: &str,
        commit: &CommitId,
        message: &str,
    ) -> Result<TagId, GitError> {
        let found = self.tag(name).await?;
        match (compare(found.as_ref(), commit, message), found) {
            (Probe::Identical, Some(tag)) => return Ok(tag.id),
            (_, Some(tag)) => return Err(taken_here(name, &tag)),
            (_, None) => {}
        }
        self.identity().await?;
        let ask = self.run("make a tag").args(["tag", "--annotate", "--cleanup=whitespace"]);
        let ask = ask.args(["--file=-", "--", name, commit.as_str()]).input(message);
        let answer = ask.outcome().await?;
        let made = self.tag(name).await?;
        match (compare(made.as_ref(), commit, message), made) {
            (Probe::Identical, Some(tag)) => Ok(tag.id),
            (_, Some(tag)) => Err(taken_here(name, &tag)),
            (_, None) => Err(refused(name, &answer)),
        }
    }

    /// Removes a tag of this repository if it still points to `expected`;
    /// false when there is no such tag.
    ///
    /// # Errors
    /// [`GitError::TagTaken`] when it points elsewhere.
    pub async fn delete_local_tag(&self, name: &str, expected: &TagId) -> Result<bool, GitError> {
        match self.tag(name).await? {
            None => return Ok(false),
            Some(tag) if tag.id != *expected => return Err(taken_here(name, &tag)),
            Some(_) => {}
        }
        let ask = self.run("remove a tag").args(["update-ref", "-d"]);
        ask.args([&tag_ref(name), expected.as_str()]).output().await?;
        Ok(true)
    }
}

fn taken_here(name: &str, tag: &Tag) -> GitError {
    let (tag, found) = (name.to_owned(), tag.commit.to_string());
    GitError::TagTaken { tag, place: "here".to_owned(), found }
}

fn refused(name: &str, answer: &Answer) -> GitError {
    GitError::CommitRefused { purpose: format!("make tag `{name}`"), said: answer.said() }
}

fn compare(found: Option<&Tag>, commit: &CommitId, message: &str) -> Probe {
    match found {
        None => Probe::Absent,
        Some(tag)
            if tag.kind == TagKind::Annotated
                && tag.commit == *commit
                && words(&tag.message).eq(words(message)) =>
        {
            Probe::Identical
        }
        Some(_) => Probe::Diverged,
    }
}

/// Git folds the lines of a subject and trims blank lines.
fn words(message: &str) -> impl Iterator<Item = &str> {
    message.split_whitespace()
}

fn parse(answer: &Answer) -> Result<Vec<Tag>, GitError> {
    let text = answer.text();
    let fields: Vec<&str> = text.trim_end_matches('\n').split_terminator('\0').collect();
    let tags = fields.chunks(6).map(parse_tag).collect::<Option<Vec<_>>>();
    tags.ok_or_else(|| answer.garbage("fields of a tag"))
}

fn parse_tag(fields: &[&str]) -> Option<Tag> {
    let [name, kind, id, peeled, subject, body] = fields else { return None };
    let name = name.trim_start_matches('\n').strip_prefix("refs/tags/")?.to_owned();
    let kind = if *kind == "tag" { TagKind::Annotated } else { TagKind::Light };
    let commit = CommitId::parse(if kind == TagKind::Annotated { peeled } else { id })?;
    let message = format!("{subject}\n\n{body}").trim_end().to_owned();
    Some(Tag { name, id: TagId::parse(id)?, commit, kind, message })
}
