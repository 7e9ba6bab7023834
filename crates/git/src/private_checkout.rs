use std::path::{Path, PathBuf};

use crate::{
    CommitId, GitError, Repository,
    local_settings::{add_setting, copy_local_settings},
    runner::Runner,
};

/// Settings that decide what is in the files of a checkout, or who makes its tags.
const SETTINGS: &str =
    r"^(filter\..*|lfs\..*|user\.(name|email)|core\.(autocrlf|eol|symlinks|ignorecase))$";

/// Checks a commit of `source` out into a new folder, detached, that is a repository
/// of its own: it borrows the objects of `source` and has its tags, and nothing that
/// is done in it changes `source`. Submodules are checked out as `source` has them.
///
/// The folder appears when everything is in it. The repository is beside it
/// (`NAME.git`), so that nothing of it gets into what is built from the folder.
/// Leftovers of an earlier attempt are replaced.
///
/// # Errors
/// [`GitError::SubmoduleMissing`], [`GitError::LargeFileMissing`],
/// [`GitError::Failed`], [`GitError::Io`].
pub async fn private_checkout(
    source: &Repository,
    path: &Path,
    commit: &CommitId,
) -> Result<Repository, GitError> {
    remove_private_checkout(path)?;
    let [git_dir, partial] = companions(path);
    check_out(source, &partial, &git_dir, commit).await?;
    std::fs::rename(&partial, path).map_err(failed_io("complete", path))?;
    source.runner().git().discover(path).await
}

/// Removes what [`private_checkout`] made, complete or not.
///
/// # Errors
/// [`GitError::Io`].
pub fn remove_private_checkout(path: &Path) -> Result<(), GitError> {
    let [git_dir, partial] = companions(path);
    [path, &partial, &git_dir].into_iter().try_for_each(remove_folder)
}

/// The repository of a private checkout, and its folder while it is not complete.
fn companions(path: &Path) -> [PathBuf; 2] {
    ["git", "partial"].map(|extension| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(extension);
        path.with_file_name(name)
    })
}

async fn check_out(
    source: &Repository,
    path: &Path,
    git_dir: &Path,
    commit: &CommitId,
) -> Result<(), GitError> {
    let copy = initialize(source, path, git_dir).await?;
    borrow_objects(source, git_dir)?;
    copy_settings(source, &copy).await?;
    copy_tags(source, &copy).await?;
    let checkout = copy.command("check out the release commit");
    let checkout = checkout.args(["-c", "core.hooksPath=/dev/null", "checkout", "--quiet"]);
    checkout.args(["--detach", commit.as_str()]).output().await?;
    check_out_submodules(source, path, &git_dir.join("submodules"), commit).await?;
    check_large_files(source, &copy).await
}

/// Checks out the submodules that a commit records, from the maintainer's own checkout
/// of them: no network, no credentials. Their repositories are made in `git_dirs`.
pub(crate) async fn check_out_submodules(
    source: &Repository,
    path: &Path,
    git_dirs: &Path,
    commit: &CommitId,
) -> Result<(), GitError> {
    for submodule in submodules(source.runner(), commit).await? {
        let missing = || GitError::SubmoduleMissing { path: submodule.path.clone() };
        let folder = source.root().join(&submodule.path);
        let own = source.runner().git().discover(&folder).await.map_err(|_| missing())?;
        if own.root().canonicalize().ok() != folder.canonicalize().ok() {
            return Err(missing());
        }
        let commit = own.resolve(&submodule.commit).await.map_err(|_| missing())?;
        let git_dir = git_dirs.join(&submodule.path);
        Box::pin(check_out(&own, &path.join(&submodule.path), &git_dir, &commit)).await?;
    }
    Ok(())
}

async fn initialize(source: &Repository, path: &Path, git_dir: &Path) -> Result<Runner, GitError> {
    std::fs::create_dir_all(git_dir).map_err(failed_io("make", git_dir))?;
    let format = source.runner().command("read the object format");
    let format = format.args(["rev-parse", "--show-object-format"]).output().await?.line();
    let init = source.runner().command("make a private checkout");
    let init = init.args(["init", "--quiet", "--template=", &format!("--object-format={format}")]);
    init.arg("--separate-git-dir").arg(git_dir).arg("--").arg(path).output().await?;
    Ok(Runner::new(source.runner().git().clone(), path))
}

/// Git documentation, "gitrepository-layout": `objects/info/alternates`, `shallow`.
fn borrow_objects(source: &Repository, git_dir: &Path) -> Result<(), GitError> {
    let info = git_dir.join("objects/info");
    let objects = source.common_dir().join("objects");
    std::fs::create_dir_all(&info).map_err(failed_io("make", &info))?;
    let line = format!("{}\n", objects.display());
    std::fs::write(info.join("alternates"), line).map_err(failed_io("write", &info))?;
    let shallow = source.common_dir().join("shallow");
    if shallow.is_file() {
        std::fs::copy(&shallow, git_dir.join("shallow")).map_err(failed_io("write", git_dir))?;
    }
    Ok(())
}

fn remove_folder(path: &Path) -> Result<(), GitError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed_io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

fn failed_io(purpose: &'static str, path: &Path) -> impl Fn(std::io::Error) -> GitError {
    let path = path.to_owned();
    move |source| GitError::Io { purpose, path: path.clone(), source }
}

async fn copy_settings(source: &Repository, copy: &Runner) -> Result<(), GitError> {
    copy_local_settings(source.runner(), copy, SETTINGS).await?;
    // The large files that are fetched already.
    let large_files = source.common_dir().join("lfs");
    if large_files.is_dir() {
        add_setting(copy, "lfs.storage", &large_files.to_string_lossy()).await?;
    }
    add_setting(copy, "tag.gpgSign", "false").await?;
    add_setting(copy, "tag.forceSignAnnotated", "false").await
}

async fn copy_tags(source: &Repository, copy: &Runner) -> Result<(), GitError> {
    let list = source.runner().command("list tags");
    let list = list.args(["for-each-ref", "--format=create %(refname) %(objectname)"]);
    let commands = list.arg("refs/tags").output().await?.text();
    let update = copy.command("copy tags");
    update.args(["update-ref", "--stdin"]).input(&commands).output().await.map(drop)
}

/// A submodule that a commit records.
struct Submodule {
    path: PathBuf,
    commit: String,
}

/// Entries of mode 160000 ("gitlink") in the whole tree.
async fn submodules(runner: &Runner, commit: &CommitId) -> Result<Vec<Submodule>, GitError> {
    let list = runner.command("list submodules").args(["ls-tree", "-r", "-z", "--full-tree"]);
    let listed = list.arg(commit.as_str()).output().await?.text();
    let entries = listed.split_terminator('\0').filter_map(|entry| {
        let (attributes, path) = entry.split_once('\t')?;
        let commit = attributes.strip_prefix("160000 commit ")?;
        Some(Submodule { path: path.into(), commit: commit.to_owned() })
    });
    Ok(entries.collect())
}

/// First line of the text that stands for a large file (Git LFS specification,
/// "The Pointer").
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// A pointer where the maintainer has the file would be released instead of it.
async fn check_large_files(source: &Repository, copy: &Runner) -> Result<(), GitError> {
    let list = copy.command("list large files");
    let list = list.args(["ls-files", "-z", "--", ":(attr:filter=lfs)"]).output().await?.text();
    for file in list.split_terminator('\0') {
        let is_pointer = |root: &Path| {
            std::fs::read(root.join(file)).is_ok_and(|bytes| bytes.starts_with(POINTER))
        };
        if is_pointer(copy.root()) && !is_pointer(source.root()) {
            return Err(GitError::LargeFileMissing { path: file.into() });
        }
    }
    Ok(())
}
