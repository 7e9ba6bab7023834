use git::GitError;

use crate::world::{World, write};

#[tokio::test]
async fn a_release_is_prepared_beside_the_work_tree_and_fast_forwarded_into_it() {
    let world = World::new();
    let work = world.work().await;
    let from = work.head().await.unwrap();
    let tree = work.add_worktree(&world.path("-a tree"), &from).await.unwrap();
    write(&tree.root().join("-a b.txt"), "two");
    write(&tree.root().join("a.txt"), "changed");
    let to = tree.commit(&["-a b.txt", "a.txt"], "Release 1\n\n# kept").await.unwrap();
    assert_eq!(tree.commit(&["a.txt"], "again").await.unwrap(), to, "nothing to commit");
    assert_eq!(work.head().await.unwrap(), from);
    assert_eq!(work.log(Some(&from), &to).await.unwrap()[0].body, "# kept");

    work.fast_forward("main", &from, &to).await.unwrap();
    work.fast_forward("main", &from, &to).await.unwrap();
    assert_eq!(work.head().await.unwrap(), to);
    assert!(work.root().join("-a b.txt").exists());
    assert!(work.remove_worktree(&world.path("-a tree")).await.unwrap());
    assert!(!world.path("-a tree").exists());
    assert!(!work.remove_worktree(&world.path("-a tree")).await.unwrap());
}

/// As a machine that lost its power leaves it.
#[tokio::test]
async fn a_work_tree_that_git_has_made_in_part_is_removed_and_the_repository_works_again() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    let path = world.path("tree");
    work.add_worktree(&path, &head).await.unwrap();
    let common_dir = world.path("work/.git/worktrees/tree/commondir");
    write(&common_dir, "");
    let broken = work.linked_worktrees().await.unwrap_err().to_string();
    assert!(broken.contains("commondir"), "{broken}");
    work.remove_worktree(&path).await.unwrap();
    assert!(work.linked_worktrees().await.unwrap().is_empty());
    work.add_worktree(&path, &head).await.unwrap();
    assert!(work.remove_worktree(&path).await.unwrap());
}

#[tokio::test]
async fn only_named_paths_are_committed() {
    let world = World::new();
    world.sh("cd work && echo staged >s.txt && git add s.txt");
    let work = world.work().await;
    let from = work.head().await.unwrap();
    let to = world.commit("b.txt", "b").await;
    assert_ne!(from, to);
    assert_eq!(work.file_at(&to, "s.txt").await.unwrap(), None);
    assert_eq!(work.status().await.unwrap().changes[0].path, "s.txt");
}

#[tokio::test]
async fn what_a_program_staged_is_committed_by_its_paths() {
    let world = World::new();
    world.sh("cd work && mkdir -p news/core && echo '* a' >news/core/1.fix && echo >news/README \
              && echo >newspaper && git add . && git commit -qm News");
    let work = world.work().await;
    let head = work.head().await.unwrap();
    let listed = work.files_below(&head, "news").await.unwrap();
    assert_eq!(listed, ["news/README", "news/core/1.fix"]);
    assert_eq!(work.files_below(&head, "other/").await.unwrap(), [""; 0]);
    world.sh("cd work && git rm -q news/core/1.fix && echo '* a' >NEWS.rst && git add NEWS.rst");
    work.unstage().await.unwrap();
    let status = work.status().await.unwrap();
    assert_eq!(
        (status.changes[0].path.as_str(), &*status.untracked[0]),
        ("news/core/1.fix", "NEWS.rst")
    );
    let commit = work.commit(&["news/core/1.fix", "NEWS.rst"], "Release").await.unwrap();
    assert_eq!(work.file_at(&commit, "news/core/1.fix").await.unwrap(), None);
    assert!(work.status().await.unwrap().is_clean());
}

#[tokio::test]
async fn damaged_trees_are_removed_and_other_folders_are_left_alone() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    for (name, damage) in [
        ("gone", "rm -r gone"),
        ("bare", "rm bare/.git; touch bare/x"),
        ("locked", "git -C work worktree lock ../locked"),
    ] {
        work.add_worktree(&world.path(name), &head).await.unwrap();
        world.sh(damage);
    }
    world.sh("git -C work worktree add -q --detach ../theirs && rm -r theirs");
    for name in ["gone", "bare", "locked"] {
        assert!(work.remove_worktree(&world.path(name)).await.unwrap(), "{name}");
        assert!(!world.path(name).exists(), "{name}");
    }
    assert_eq!(
        work.linked_worktrees().await.unwrap(),
        [world.path("theirs").canonicalize().unwrap_or(world.path("theirs"))]
    );
    world.sh("mkdir folder && touch folder/file");
    assert!(!work.remove_worktree(&world.path("folder")).await.unwrap());
    assert!(!work.remove_worktree(&world.path("work")).await.unwrap());
    assert!(world.path("folder/file").exists() && world.path("work/a.txt").exists());
}

#[tokio::test]
async fn a_branch_that_moved_or_is_not_checked_out_or_dirty_is_not_forwarded() {
    let world = World::new();
    let work = world.work().await;
    let from = work.head().await.unwrap();
    let tree = work.add_worktree(&world.path("tree"), &from).await.unwrap();
    write(&tree.root().join("a.txt"), "two");
    let to = tree.commit(&["a.txt"], "two").await.unwrap();

    write(&work.root().join("a.txt"), "mine");
    let error = work.fast_forward("main", &from, &to).await.unwrap_err();
    assert!(matches!(&error, GitError::Dirty { paths } if paths == &["a.txt"]), "{error}");
    world.sh("cd work && git checkout -q a.txt && git checkout -q -b side");
    let error = work.fast_forward("main", &from, &to).await.unwrap_err();
    assert!(matches!(error, GitError::NotOnBranch { .. }), "{error}");
    world.sh("cd work && git checkout -q main && git commit -q --allow-empty -m mine");
    let error = work.fast_forward("main", &from, &to).await.unwrap_err();
    assert!(matches!(error, GitError::BranchMoved { .. }), "{error}");
}

#[tokio::test]
async fn untracked_and_ignored_files_in_the_way_are_not_overwritten() {
    let world = World::new();
    let work = world.work().await;
    let from = work.head().await.unwrap();
    let tree = work.add_worktree(&world.path("tree"), &from).await.unwrap();
    write(&tree.root().join("secret.env"), "theirs");
    let to = tree.commit(&["secret.env"], "two").await.unwrap();
    world.sh("cd work && echo mine >secret.env && echo secret.env >.git/info/exclude");
    assert!(work.fast_forward("main", &from, &to).await.is_err());
    assert_eq!(world.sh("cat work/secret.env"), "mine");
    assert_eq!(work.head().await.unwrap(), from);
}

#[tokio::test]
async fn a_reset_removes_exactly_the_release_commit() {
    let world = World::new();
    let work = world.work().await;
    let before = work.head().await.unwrap();
    let release = world.commit("a.txt", "released").await;
    write(&work.root().join("untracked.txt"), "stays");
    write(&work.root().join("a.txt"), "mine");
    let error = work.reset_branch("main", &release, &before).await.unwrap_err();
    assert!(matches!(error, GitError::Dirty { .. }), "{error}");
    world.sh("cd work && git checkout -q a.txt");
    work.reset_branch("main", &release, &before).await.unwrap();
    work.reset_branch("main", &release, &before).await.unwrap();
    assert_eq!(work.head().await.unwrap(), before);
    assert_eq!(world.sh("cat work/a.txt work/untracked.txt"), "one\nstays");

    let later = world.commit("a.txt", "later").await;
    let error = work.reset_branch("main", &release, &before).await.unwrap_err();
    assert!(matches!(error, GitError::BranchMoved { .. }), "{error}");
    assert_eq!(work.head().await.unwrap(), later);
}

#[tokio::test]
async fn hooks_see_ordinary_pathspecs() {
    let world = World::new();
    let work = world.work().await;
    world.sh("printf '#!/bin/sh\ngit diff --cached --name-only -- \"*.txt\" >seen\n' >work/.git/hooks/pre-commit \
              && chmod +x work/.git/hooks/pre-commit");
    write(&work.root().join("a*.txt"), "star");
    write(&work.root().join("ab.txt"), "not named");
    let commit = work.commit(&["a*.txt"], "star").await.unwrap();
    assert_eq!(world.sh("cat work/seen"), "a*.txt");
    assert_eq!(work.file_at(&commit, "ab.txt").await.unwrap(), None);
    assert!(work.file_at(&commit, "a*.txt").await.unwrap().is_some());
}

#[tokio::test]
async fn hooks_and_a_missing_identity_stop_a_commit() {
    let world = World::new();
    let work = world.work().await;
    world.sh("printf '#!/bin/sh\necho not today >&2; exit 1\n' >work/.git/hooks/pre-commit \
              && chmod +x work/.git/hooks/pre-commit");
    write(&work.root().join("a.txt"), "two");
    let error = work.commit(&["a.txt"], "two").await.unwrap_err();
    assert!(
        matches!(&error, GitError::CommitRefused { message, .. } if message.contains("not today")),
        "{error}"
    );
    world.sh("git config --file gitconfig user.useConfigOnly true && git config --file gitconfig --unset user.email");
    let error = work.commit(&["a.txt"], "two").await.unwrap_err();
    assert!(matches!(error, GitError::NoIdentity { .. }), "{error}");
}
