use crate::{
    CommitId, GitError, Repository,
    program::{Answer, literal},
};

/// A commit as a changelog needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: CommitId,
    /// First paragraph of the message, on one line.
    pub subject: String,
    /// The rest of the message.
    pub body: String,
    /// When it was written, as ISO 8601 with offset.
    pub author_date: String,
}

impl Repository {
    /// The commit checked out.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`] before the first commit.
    pub async fn head(&self) -> Result<CommitId, GitError> {
        self.resolve("HEAD").await
    }

    /// The commit that a revision (branch, tag, hash, `HEAD~2`) names.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    pub async fn resolve(&self, revision: &str) -> Result<CommitId, GitError> {
        let ask = self.run("find a commit").args(["rev-parse", "--verify", "--quiet"]);
        let answer = ask.args(["--end-of-options", &format!("{revision}^{{commit}}")]).outcome();
        let answer = answer.await?;
        let unknown = || GitError::UnknownRevision { revision: revision.to_owned() };
        if !answer.success() {
            return Err(unknown());
        }
        CommitId::parse(answer.line().trim()).ok_or_else(unknown)
    }

    /// The shortest beginning of a commit's name that is unambiguous here
    /// (at least seven digits unless configured otherwise).
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn short(&self, commit: &CommitId) -> Result<String, GitError> {
        let ask = self.run("shorten a commit's name").args(["rev-parse", "--verify", "--short"]);
        Ok(ask.arg(commit).output().await?.line())
    }

    /// Whether the object is in this repository.
    pub(crate) async fn has(&self, commit: &CommitId) -> Result<bool, GitError> {
        let ask = self.run("look for a commit").args(["cat-file", "-e"]);
        Ok(ask.arg(format!("{commit}^{{commit}}")).outcome().await?.success())
    }

    /// Whether `descendant` contains `ancestor` (a commit contains itself).
    ///
    /// # Errors
    /// [`GitError::Failed`] also when one of the two is not in this repository.
    pub async fn is_ancestor(
        &self,
        ancestor: &CommitId,
        descendant: &CommitId,
    ) -> Result<bool, GitError> {
        let ask = self.run("compare two commits").args(["merge-base", "--is-ancestor"]);
        let answer = ask.args([ancestor, descendant]).outcome().await?;
        match answer.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(answer.failed()),
        }
    }

    /// What `git describe --tags --long` says of a commit, from tags that
    /// match the glob `pattern`; `None` when no such tag is among its ancestors.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    pub async fn describe(
        &self,
        commit: &CommitId,
        pattern: &str,
    ) -> Result<Option<String>, GitError> {
        self.resolve(commit.as_str()).await?;
        let ask = self.run("describe a commit").args(["describe", "--tags", "--long"]);
        let answer = ask.arg(format!("--match={pattern}")).arg(commit).outcome().await?;
        Ok(answer.success().then(|| answer.line()))
    }

    /// The commits that `to` contains and `from` does not, newest first;
    /// without `from`, all that `to` contains.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn log(
        &self,
        from: Option<&CommitId>,
        to: &CommitId,
    ) -> Result<Vec<Commit>, GitError> {
        let ask = self.run("read the history").args(["log", "-z", "--encoding=UTF-8"]);
        let ask = ask.args(["--no-show-signature", "--no-color", "--no-decorate"]);
        let ask = ask.args(["--format=%H%x00%s%x00%b%x00%aI", to.as_str()]);
        let ask = ask.args(from.map(|from| format!("^{from}"))).arg("--");
        parse_log(&ask.output().await?)
    }

    /// A file's content in a commit; `None` when the commit has no such file.
    /// `path` is counted from the work tree's top. Content above 16 MiB is cut.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn file_at(
        &self,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<Vec<u8>>, GitError> {
        let ask = self.run("look for a file in a commit");
        let ask =
            ask.args(["ls-tree", "-z", "--full-tree"]).arg(commit).args(["--", &literal(path)]);
        let Some(blob) = blob_of(&ask.output().await?.text()) else { return Ok(None) };
        let ask = self.run("read a file of a commit").args(["cat-file", "blob", &blob]);
        Ok(Some(ask.output().await?.into_bytes()))
    }
}

fn parse_log(answer: &Answer) -> Result<Vec<Commit>, GitError> {
    let text = answer.text();
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    let commits = fields.chunks(4).map(|fields| match fields {
        [id, subject, body, date] => Some(Commit {
            id: CommitId::parse(id)?,
            subject: (*subject).to_owned(),
            body: body.trim_end().to_owned(),
            author_date: (*date).to_owned(),
        }),
        _ => None,
    });
    commits.collect::<Option<_>>().ok_or_else(|| answer.garbage("fields of a commit"))
}

/// `MODE blob HASH<TAB>PATH`; folders and submodules are no files.
fn blob_of(entry: &str) -> Option<String> {
    let mut words = entry.split('\t').next()?.split(' ').skip(1);
    (words.next()? == "blob").then(|| words.next().map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blobs_are_files() {
        assert_eq!(blob_of("100644 blob abc\ta b\0").as_deref(), Some("abc"));
        assert_eq!(blob_of("040000 tree abc\ta\0"), None);
        assert_eq!(blob_of(""), None);
    }
}
