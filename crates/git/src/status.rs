use crate::{CommitId, GitError, runner::Runner};

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch, by name.
    Branch(String),
    /// A commit without a branch.
    Detached,
}

/// The branch of a remote that a local branch tracks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Name of the remote.
    pub remote: String,
    /// Name of the branch at the remote.
    pub branch: String,
    /// Commits that only the local branch has, as of the last fetch.
    pub ahead: u64,
    /// Commits that only the remote's branch has, as of the last fetch.
    pub behind: u64,
}

/// A path under version control whose content differs from the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Git's two letters for index and work tree, for instance `M.`, `.D`, `UU`.
    pub code: String,
    /// Path from the top of the work tree.
    pub path: String,
}

/// State of a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The commit checked out; `None` before the first commit.
    pub commit: Option<CommitId>,
    /// Branch or detached.
    pub head: Head,
    /// The upstream branch, if one is configured.
    pub upstream: Option<Upstream>,
    /// Uncommitted changes of files under version control.
    pub changes: Vec<Change>,
    /// Files that git neither tracks nor ignores.
    pub untracked: Vec<String>,
}

impl Status {
    /// Whether nothing under version control differs from the commit.
    /// Untracked files do not count; see [`Status::untracked`].
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.changes.is_empty()
    }

    /// The branch's name, unless detached.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        match &self.head {
            Head::Branch(name) => Some(name),
            Head::Detached => None,
        }
    }
}

pub(crate) async fn read_status(runner: &Runner) -> Result<Status, GitError> {
    let query = runner.command("read the state of the work tree").env("GIT_OPTIONAL_LOCKS", "0");
    let query = query.args(["status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all"]);
    let output = query.output().await?;
    let parsed = parse_status(&output.text()).map_err(|record| output.unexpected(record))?;
    let mut status = parsed.status;
    if let (Some(branch), Some(counts)) = (status.branch(), parsed.counts) {
        status.upstream = read_upstream(runner, branch, counts).await?;
    }
    Ok(status)
}

pub(crate) async fn ignored(runner: &Runner, paths: &[&str]) -> Result<Vec<String>, GitError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let query =
        runner.command("see which files git ignores").args(["check-ignore", "--stdin", "-z"]);
    let output = query.input(&paths.join("\0")).outcome().await?;
    match output.code() {
        Some(0) => Ok(output.text().split_terminator('\0').map(str::to_owned).collect()),
        Some(1) => Ok(Vec::new()),
        _ => Err(output.to_error()),
    }
}

/// Reads remote and branch separately: `origin/main` alone is ambiguous, both
/// may contain slashes.
async fn read_upstream(
    runner: &Runner,
    branch: &str,
    (ahead, behind): (u64, u64),
) -> Result<Option<Upstream>, GitError> {
    let format = "--format=%(upstream:remotename)%00%(upstream:remoteref)";
    let query = runner.command("read the upstream branch").args(["for-each-ref", format, "--"]);
    let line = query.arg(format!("refs/heads/{branch}")).output().await?.line();
    let Some((remote, full)) = line.split_once('\0') else { return Ok(None) };
    let Some(branch) = full.strip_prefix("refs/heads/") else { return Ok(None) };
    let (remote, branch) = (remote.to_owned(), branch.to_owned());
    Ok(Some(Upstream { remote, branch, ahead, behind }))
}

struct ParsedStatus {
    status: Status,
    /// Ahead and behind; `None` without an upstream, or when it is gone.
    counts: Option<(u64, u64)>,
}

/// Parses `git status --porcelain=v2 -z --branch` (git documentation,
/// "git-status", Porcelain Format Version 2). The error is the unexpected record.
fn parse_status(text: &str) -> Result<ParsedStatus, String> {
    let (commit, head, upstream) = (None, Head::Detached, None);
    let (changes, untracked) = (Vec::new(), Vec::new());
    let status = Status { commit, head, upstream, changes, untracked };
    let mut parsed = ParsedStatus { status, counts: None };
    let mut records = text.split_terminator('\0');
    while let Some(record) = records.next() {
        parse_record(&mut parsed, record).ok_or_else(|| record.to_owned())?;
        if record.starts_with("2 ") {
            records.next(); // the old name of a renamed path
        }
    }
    Ok(parsed)
}

fn parse_record(parsed: &mut ParsedStatus, record: &str) -> Option<()> {
    let (kind, rest) = record.split_once(' ')?;
    let fields_before_path = match kind {
        "#" => return parse_header(parsed, rest),
        "?" => {
            parsed.status.untracked.push(rest.to_owned());
            return Some(());
        }
        "1" => 7,
        "2" => 8,
        "u" => 9,
        _ => return Some(()), // ignored files, and kinds of later versions
    };
    let fields: Vec<&str> = rest.splitn(fields_before_path + 1, ' ').collect();
    let path = fields.get(fields_before_path)?.to_string();
    parsed.status.changes.push(Change { code: fields[0].to_owned(), path });
    Some(())
}

fn parse_header(parsed: &mut ParsedStatus, text: &str) -> Option<()> {
    let (key, value) = text.split_once(' ')?;
    match key {
        "branch.oid" => parsed.status.commit = value.parse().ok(),
        "branch.head" if value != "(detached)" => {
            parsed.status.head = Head::Branch(value.to_owned());
        }
        "branch.ab" => {
            let (ahead, behind) = value.split_once(' ')?;
            let ahead = ahead.strip_prefix('+')?.parse().ok()?;
            parsed.counts = Some((ahead, behind.strip_prefix('-')?.parse().ok()?));
        }
        _ => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_spaces_renames_and_conflicts_are_read() {
        let id = "a".repeat(40);
        let text = format!(
            "# branch.oid {id}\0# branch.head main\0# branch.upstream origin/main\0# branch.ab +2 -1\0\
             1 .M N... 100644 100644 100644 {id} {id} a b.txt\0\
             2 R. N... 100644 100644 100644 {id} {id} R100 new name\0old name\0\
             u UU N... 100644 100644 100644 100644 {id} {id} {id} -both\0\
             ? un tracked\0! ignored\0"
        );
        let parsed = parse_status(&text).unwrap();
        let paths = parsed.status.changes.iter().map(|change| (&*change.code, &*change.path));
        let expected = [(".M", "a b.txt"), ("R.", "new name"), ("UU", "-both")];
        assert_eq!(paths.collect::<Vec<_>>(), expected);
        assert_eq!(parsed.status.untracked, ["un tracked"]);
        assert_eq!(parsed.counts, Some((2, 1)));
        assert_eq!(parsed.status.branch(), Some("main"));
    }

    #[test]
    fn a_detached_head_differs_from_a_branch_without_commits() {
        let parsed = parse_status("# branch.oid (initial)\0# branch.head main\0").unwrap();
        assert_eq!((parsed.status.commit, parsed.status.head), (None, Head::Branch("main".into())));
        let text = format!("# branch.oid {}\0# branch.head (detached)\0", "b".repeat(40));
        let parsed = parse_status(&text).unwrap();
        assert!(parsed.status.commit.is_some() && parsed.status.head == Head::Detached);
    }

    #[test]
    fn an_unknown_record_is_named() {
        assert_eq!(parse_status("1 too short\0").err().as_deref(), Some("1 too short"));
    }
}
