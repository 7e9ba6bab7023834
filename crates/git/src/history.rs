use crate::{
    CommitId, GitError,
    program::{GitOutput, literal_pathspec},
    runner::Runner,
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

pub(crate) async fn resolve(runner: &Runner, revision: &str) -> Result<CommitId, GitError> {
    let query = runner.command("find a commit").args(["rev-parse", "--verify", "--quiet"]);
    let query = query.args(["--end-of-options", &format!("{revision}^{{commit}}")]);
    let output = query.outcome().await?;
    let id = output.success().then(|| output.line().trim().parse().ok()).flatten();
    id.ok_or_else(|| GitError::UnknownRevision { revision: revision.to_owned() })
}

pub(crate) async fn short_id(runner: &Runner, commit: &CommitId) -> Result<String, GitError> {
    let query = runner.command("shorten a commit's name");
    let query = query.args(["rev-parse", "--verify", "--short"]).arg(commit);
    Ok(query.output().await?.line())
}

/// Whether the commit is in this repository.
pub(crate) async fn has_commit(runner: &Runner, commit: &CommitId) -> Result<bool, GitError> {
    let query = runner.command("look for a commit").args(["cat-file", "-e"]);
    Ok(query.arg(format!("{commit}^{{commit}}")).outcome().await?.success())
}

pub(crate) async fn is_ancestor(
    runner: &Runner,
    ancestor: &CommitId,
    descendant: &CommitId,
) -> Result<bool, GitError> {
    let query = runner.command("compare two commits").args(["merge-base", "--is-ancestor"]);
    let output = query.args([ancestor, descendant]).outcome().await?;
    match output.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(output.to_error()),
    }
}

pub(crate) async fn describe(
    runner: &Runner,
    commit: &CommitId,
    pattern: &str,
) -> Result<Option<String>, GitError> {
    resolve(runner, commit.as_str()).await?;
    let query = runner.command("describe a commit").args(["describe", "--tags", "--long"]);
    let output = query.arg(format!("--match={pattern}")).arg(commit).outcome().await?;
    Ok(output.success().then(|| output.line()))
}

pub(crate) async fn log(
    runner: &Runner,
    from: Option<&CommitId>,
    to: &CommitId,
) -> Result<Vec<Commit>, GitError> {
    let query = runner.command("read the history").args(["log", "-z", "--encoding=UTF-8"]);
    let query = query.args(["--no-show-signature", "--no-color", "--no-decorate"]);
    let query = query.args(["--format=%H%x00%s%x00%b%x00%aI", to.as_str()]);
    let query = query.args(from.map(|from| format!("^{from}"))).arg("--");
    parse_log(&query.output().await?)
}

pub(crate) async fn file_at(
    runner: &Runner,
    commit: &CommitId,
    path: &str,
) -> Result<Option<Vec<u8>>, GitError> {
    let query = runner.command("look for a file in a commit");
    let query = query.args(["ls-tree", "-z", "--full-tree"]).arg(commit);
    let listed = query.args(["--", &literal_pathspec(path)]).output().await?.text();
    let Some(blob) = blob_hash(&listed) else { return Ok(None) };
    let query = runner.command("read a file of a commit").args(["cat-file", "blob", &blob]);
    Ok(Some(query.output().await?.into_bytes()))
}

pub(crate) async fn files_in(
    runner: &Runner,
    commit: &CommitId,
    paths: &[&str],
) -> Result<Vec<String>, GitError> {
    // Without a path, git lists all.
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let query = runner.command("look for files in a commit");
    // With `-t`, a folder is listed also when something below it is listed.
    let query = query.args(["ls-tree", "-z", "-t", "--full-tree", "--name-only"]).arg(commit);
    let query = query.arg("--").args(paths.iter().map(|path| literal_pathspec(path)));
    let listed = query.output().await?.text();
    let listed = listed.split_terminator('\0').filter(|path| paths.contains(path));
    Ok(listed.map(str::to_owned).collect())
}

pub(crate) async fn deleted_files(
    runner: &Runner,
    from: &CommitId,
    to: &CommitId,
) -> Result<Vec<String>, GitError> {
    let query = runner.command("compare two commits");
    let query = query.args(["diff", "--name-only", "-z", "--no-renames", "--diff-filter=D"]);
    let listed = query.args([from.as_str(), to.as_str(), "--"]).output().await?.text();
    Ok(listed.split_terminator('\0').map(str::to_owned).collect())
}

/// The files in a folder of a commit and below it, by their paths from the top folder.
pub(crate) async fn files_below(
    runner: &Runner,
    commit: &CommitId,
    folder: &str,
) -> Result<Vec<String>, GitError> {
    let query = runner.command("list a folder of a commit");
    let query = query.args(["ls-tree", "-r", "-z", "--full-tree", "--name-only"]).arg(commit);
    let folder = format!("{}/", folder.trim_end_matches('/'));
    let listed = query.args(["--", &literal_pathspec(&folder)]).output().await?.text();
    Ok(listed.split_terminator('\0').map(str::to_owned).collect())
}

fn parse_log(output: &GitOutput) -> Result<Vec<Commit>, GitError> {
    let text = output.text();
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    let commits = fields.chunks(4).map(parse_commit).collect::<Option<_>>();
    commits.ok_or_else(|| output.unexpected("fields of a commit"))
}

fn parse_commit(fields: &[&str]) -> Option<Commit> {
    let [id, subject, body, date] = fields else { return None };
    Some(Commit {
        id: id.parse().ok()?,
        subject: (*subject).to_owned(),
        body: body.trim_end().to_owned(),
        author_date: (*date).to_owned(),
    })
}

/// The hash in `MODE blob HASH<TAB>PATH`; folders and submodules are not files.
fn blob_hash(entry: &str) -> Option<String> {
    let mut fields = entry.split('\t').next()?.split(' ').skip(1);
    (fields.next()? == "blob").then(|| fields.next().map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blobs_are_files() {
        assert_eq!(blob_hash("100644 blob abc\ta b\0").as_deref(), Some("abc"));
        assert_eq!(blob_hash("040000 tree abc\ta\0"), None);
        assert_eq!(blob_hash(""), None);
    }
}
