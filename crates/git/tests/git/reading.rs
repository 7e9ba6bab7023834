use git::{GitError, Head, LocalClone};
use probe::Probe;

use crate::world::{World, write};

#[tokio::test]
async fn a_clean_clone_follows_its_remote() {
    let world = World::new();
    let status = world.work().await.status().await.unwrap();
    let upstream = status.upstream.as_ref().unwrap();
    assert_eq!((upstream.remote.as_str(), upstream.branch.as_str()), ("origin", "main"));
    assert_eq!((upstream.ahead, upstream.behind), (0, 0));
    assert!(status.is_clean() && status.untracked.is_empty() && status.branch() == Some("main"));
}

#[tokio::test]
async fn changes_and_untracked_files_are_listed_separately() {
    let world = World::new();
    let work = world.work().await;
    write(&work.root().join("new file é.txt"), "x");
    let status = work.status().await.unwrap();
    assert!(status.is_clean());
    assert_eq!(status.untracked, ["new file é.txt"]);
    write(&work.root().join("a.txt"), "two");
    let status = work.status().await.unwrap();
    assert_eq!((status.is_clean(), status.changes[0].path.as_str()), (false, "a.txt"));
}

#[tokio::test]
async fn a_detached_head_is_no_branch() {
    let world = World::new();
    world.sh("cd work && git checkout -q --detach");
    let status = world.work().await.status().await.unwrap();
    assert_eq!((&status.head, &status.upstream), (&Head::Detached, &None));
}

#[tokio::test]
async fn a_branch_without_upstream_has_none() {
    let world = World::new();
    world.sh("cd work && git checkout -q -b lonely");
    let status = world.work().await.status().await.unwrap();
    assert_eq!((status.branch(), status.upstream.is_none()), (Some("lonely"), true));
}

#[tokio::test]
async fn a_remote_ahead_is_seen_after_a_fetch_and_without_one() {
    let world = World::new();
    let work = world.work().await;
    let ours = work.head().await.unwrap();
    world.push_from_another_clone();
    let theirs = work.remote("origin").fetch("main").await.unwrap().unwrap();
    assert!(work.is_ancestor(&ours, &theirs).await.unwrap());
    assert!(!work.is_ancestor(&theirs, &ours).await.unwrap());
    assert_eq!(work.status().await.unwrap().upstream.unwrap().behind, 1);
    assert_eq!(work.remote("origin").fetch("no-such").await.unwrap(), None);
}

#[tokio::test]
async fn a_remote_branch_is_probed_by_ancestry() {
    let world = World::new();
    let work = world.work().await;
    let first = work.head().await.unwrap();
    let second = world.commit("a.txt", "two").await;
    let probe = async |commit: &git::CommitId| {
        work.remote("origin").probe_branch("main", commit).await.into_result().unwrap()
    };
    assert_eq!(probe(&first).await, Probe::Identical(first.clone()));
    assert_eq!(probe(&second).await, Probe::Absent);
    world.push_from_another_clone();
    assert!(matches!(probe(&second).await, Probe::Diverged(_)));
    assert!(probe(&first).await.is_identical());
}

#[tokio::test]
async fn a_branch_of_an_unreachable_remote_is_unknown() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    world.sh("mv origin.git away.git");
    let probe = work.remote("origin").probe_branch("main", &head).await;
    assert!(matches!(probe, Probe::Unknown(GitError::RemoteUnavailable { .. })), "{probe:?}");
}

#[tokio::test]
async fn a_folder_outside_any_work_tree_is_refused() {
    let world = World::new();
    for folder in [world.path("."), world.path("no-such"), world.path("origin.git")] {
        let error = world.git.discover(&folder).await.unwrap_err();
        assert!(matches!(error, GitError::NotAWorkTree { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_subfolder_leads_to_the_root() {
    let world = World::new();
    world.sh("mkdir -p 'work/deep down'");
    let found = world.open("work/deep down").await;
    assert_eq!(found.root(), world.path("work").canonicalize().unwrap());
    assert_eq!(found.git_dir(), found.root().join(".git"));
    assert_eq!(found.common_dir(), found.git_dir());
}

#[tokio::test]
async fn unknown_revisions_and_remotes_are_their_own_errors() {
    let world = World::new();
    let work = world.work().await;
    for revision in ["no-such", "--all", "", "v1 x"] {
        let error = work.resolve(revision).await.unwrap_err();
        assert!(matches!(error, GitError::UnknownRevision { .. }), "{revision}: {error}");
    }
    for remote in ["no-such", "--upload-pack=x"] {
        let error = work.remote(remote).refs().await.unwrap_err();
        assert!(matches!(error, GitError::NoRemote { .. }), "{remote}: {error}");
    }
}

#[tokio::test]
async fn an_empty_repository_has_no_head() {
    let world = World::new();
    world.sh("git init -q empty");
    let empty = world.open("empty").await;
    assert!(matches!(empty.head().await, Err(GitError::UnknownRevision { .. })));
    assert_eq!(empty.status().await.unwrap().commit, None);
}

#[tokio::test]
async fn history_is_read_with_bodies_and_bounds() {
    let world = World::new();
    let work = world.work().await;
    let first = work.head().await.unwrap();
    world.sh(
        "cd work && git commit -q --allow-empty -m $'feat: second\n\nWhy.\n\nBREAKING CHANGE: all' \
              && git commit -q --allow-empty -m third",
    );
    let head = work.head().await.unwrap();
    let log = work.log(Some(&first), &head).await.unwrap();
    let subjects: Vec<_> = log.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["third", "feat: second"]);
    assert_eq!((log[0].body.as_str(), log[1].body.as_str()), ("", "Why.\n\nBREAKING CHANGE: all"));
    assert_eq!(work.log(None, &head).await.unwrap().len(), 3);
    assert_eq!(work.log(Some(&head), &head).await.unwrap(), []);
}

#[tokio::test]
async fn files_are_read_from_commits_and_not_from_the_work_tree() {
    let world = World::new();
    let work = world.work().await;
    let odd = world.commit("-odd dir/a b*.txt", "odd").await;
    write(&work.root().join("a.txt"), "changed");
    assert_eq!(work.file_at(&odd, "a.txt").await.unwrap().unwrap(), b"one\n");
    assert_eq!(work.file_at(&odd, "-odd dir/a b*.txt").await.unwrap().unwrap(), b"odd");
    assert_eq!(work.file_at(&odd, "-odd dir").await.unwrap(), None);
    assert_eq!(work.file_at(&odd, "*.txt").await.unwrap(), None);
}

#[tokio::test]
async fn an_unreachable_remote_is_reported_without_its_credentials() {
    let world = World::new();
    let work = world.work().await;
    world.sh("cd work && git remote set-url origin http://me:canary@127.0.0.1:9/x.git");
    assert_eq!(work.remote("origin").url().await.unwrap().to_string(), "http://127.0.0.1:9/x.git");
    let error = work.remote("origin").refs().await.unwrap_err();
    assert!(matches!(error, GitError::RemoteUnavailable { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_local_clone_can_be_released_without_touching_the_original() {
    let world = World::new();
    world.sh("cd work && git config user.name Local && git config user.email l@example.org \
              && git checkout -q -b release/1 && git tag -m m v1");
    let copy = LocalClone::create(&world.work().await, &world.path(".")).await;
    assert!(copy.is_err(), "origin.git exists already");
    world.sh("mkdir 'a rehearsal'");
    let copy = LocalClone::create(&world.work().await, &world.path("a rehearsal")).await.unwrap();
    let status = copy.repository.status().await.unwrap();
    assert_eq!((status.branch(), status.is_clean()), (Some("release/1"), true));
    assert_eq!(status.upstream.unwrap().branch, "release/1");
    assert!(copy.repository.identity().await.unwrap().starts_with("Local <l@example.org>"));
    assert!(copy.repository.remote("origin").refs().await.unwrap().tags.contains_key("v1"));
    for copy in ["work", "origin.git"] {
        let automatic =
            world.sh(&format!("cd 'a rehearsal/{copy}' && git config maintenance.auto"));
        assert_eq!(automatic, "false", "{copy} would change in the background");
    }
    world.sh("cd 'a rehearsal/work' && git commit -q --allow-empty -m x && git push -q");
    assert_eq!(world.sh("cd work && git log --format=%s release/1"), "First");
}

#[tokio::test]
async fn files_that_a_commit_does_not_contain_are_left_out() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    std::fs::write(work.root().join("untracked.txt"), "").unwrap();
    let paths = ["a.txt", "untracked.txt", "none.txt"];
    assert_eq!(work.files_in(&head, &paths).await.unwrap(), ["a.txt"]);
    assert_eq!(work.files_in(&head, &[]).await.unwrap(), [""; 0]);
}
