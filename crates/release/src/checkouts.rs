//! The checkouts and other folders of a release.

use std::path::Path;

use git::{CommitId, Repository, private_checkout};

use crate::{
    context::ReleaseContext, folder::Checkout, release_text::tag_message,
    step_error::ReleaseStepError,
};

/// The work tree of this commit in which the release commit is made, made anew
/// unless it exists and is clean.
pub(crate) async fn commit_checkout(
    context: &ReleaseContext<'_>,
    commit: &CommitId,
) -> Result<Repository, ReleaseStepError> {
    let path = context.folder.checkout(Checkout::Commit);
    if let Some(tree) = clean_checkout(context, &path, commit).await? {
        return Ok(tree);
    }
    let repository = context.git().discover(&context.project.root).await?;
    repository.remove_worktree(&path).await?;
    remove_folder(&path)?;
    Ok(repository.add_worktree(&path, commit).await?)
}

/// The checkout of the release commit for this purpose, made anew unless it exists
/// and is clean. The release's tag exists in it, for tools that read the version
/// from git; it is a repository of its own, so nobody else sees that tag yet.
pub(crate) async fn tagged_checkout(
    context: &ReleaseContext<'_>,
    purpose: Checkout,
) -> Result<Repository, ReleaseStepError> {
    let commit = context.commit()?.commit;
    let path = context.folder.checkout(purpose);
    let checkout = match clean_checkout(context, &path, &commit).await? {
        Some(checkout) => checkout,
        None => {
            let repository = context.git().discover(&context.project.root).await?;
            private_checkout(&repository, &path, &commit).await?
        }
    };
    let message = tag_message(context).await?;
    checkout.tags().create_annotated(&context.tag, &commit, &message).await?;
    Ok(checkout)
}

async fn clean_checkout(
    context: &ReleaseContext<'_>,
    path: &Path,
    commit: &CommitId,
) -> Result<Option<Repository>, ReleaseStepError> {
    let Ok(tree) = context.git().discover(path).await else { return Ok(None) };
    let is_own = tree.root().canonicalize().ok() == path.canonicalize().ok();
    let is_current = is_own && tree.head().await.is_ok_and(|head| head == *commit);
    let is_clean = is_current && tree.status().await?.is_clean();
    Ok(is_clean.then_some(tree))
}

/// The checkout that images are built from: one for all, because hooks share what they
/// make.
pub(crate) async fn images_checkout<'c>(
    context: &'c ReleaseContext<'_>,
) -> Result<&'c Repository, ReleaseStepError> {
    let make = || tagged_checkout(context, Checkout::Images);
    context.images_checkout.get_or_try_init(make).await
}

/// A folder with nothing in it.
pub(crate) fn make_empty(path: &Path) -> Result<(), ReleaseStepError> {
    remove_folder(path)?;
    std::fs::create_dir_all(path).map_err(ReleaseStepError::io("make", path))
}

/// Removes a folder, if it exists.
pub(crate) fn remove_folder(path: &Path) -> Result<(), ReleaseStepError> {
    if path.exists() {
        std::fs::remove_dir_all(path).map_err(ReleaseStepError::io("remove", path))?;
    }
    Ok(())
}
