use git::{CommitId, GitError, PushOutcome, PushRef, Repository, TagId};

use crate::world::World;

fn refs(commit: &CommitId, tag: &TagId) -> [PushRef; 2] {
    [
        PushRef::Branch { name: "main".to_owned(), commit: commit.clone() },
        PushRef::Tag { name: "v1".to_owned(), id: tag.clone() },
    ]
}

async fn release(world: &World) -> (Repository, [PushRef; 2]) {
    let commit = world.commit("a.txt", "released").await;
    let work = world.work().await;
    let tag = work.tags().create_annotated("v1", &commit, "Release v1").await.unwrap();
    (work, refs(&commit, &tag))
}

#[tokio::test]
async fn branch_and_tag_arrive_together_and_once() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.sh("cd work && git tag -m unrelated private && git config push.followTags true");
    assert_eq!(work.remote("origin").push_atomic(&refs).await.unwrap(), PushOutcome::Pushed);
    assert_eq!(work.remote("origin").push_atomic(&refs).await.unwrap(), PushOutcome::UpToDate);
    let actual = work.remote("origin").refs().await.unwrap();
    assert_eq!(actual.branches["main"], work.head().await.unwrap());
    assert_eq!(actual.tags["v1"].commit, work.head().await.unwrap());
    assert!(!actual.tags.contains_key("private"));
}

#[tokio::test]
async fn a_remote_ahead_refuses_both() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.push_from_another_clone();
    let error = work.remote("origin").push_atomic(&refs).await.unwrap_err();
    assert!(matches!(error, GitError::NonFastForward { .. }), "{error}");
    assert!(work.remote("origin").refs().await.unwrap().tags.is_empty());
}

#[tokio::test]
async fn a_tag_that_exists_elsewhere_refuses_both() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.sh(
        "git clone -q origin.git other && cd other && git tag -m x v1 && git push -q origin v1",
    );
    let before = work.remote("origin").refs().await.unwrap();
    let error = work.remote("origin").push_atomic(&refs).await.unwrap_err();
    assert!(matches!(error, GitError::TagTaken { .. }), "{error}");
    assert_eq!(work.remote("origin").refs().await.unwrap(), before);
}

#[tokio::test]
async fn of_two_pushes_at_once_one_wins_whole() {
    let world = World::new();
    world.sh("git clone -q origin.git other");
    let (work, ours) = release(&world).await;
    world.sh("cd other && git commit -q --allow-empty -m theirs && git tag -m theirs v1");
    let other = world.open("other").await;
    let theirs =
        refs(&other.head().await.unwrap(), &other.tags().get("v1").await.unwrap().unwrap().id);
    let (a, b) = tokio::join!(
        work.remote("origin").push_atomic(&ours),
        other.remote("origin").push_atomic(&theirs)
    );
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let actual = work.remote("origin").refs().await.unwrap();
    assert_eq!(actual.branches["main"], actual.tags["v1"].commit);
}

#[tokio::test]
async fn a_hook_of_the_remote_refuses_with_its_message() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.sh(
        "printf '#!/bin/sh\necho frozen until monday; exit 1\n' >origin.git/hooks/pre-receive \
              && chmod +x origin.git/hooks/pre-receive",
    );
    let error = work.remote("origin").push_atomic(&refs).await.unwrap_err();
    let frozen =
        matches!(&error, GitError::PushRefused { message, .. } if message.contains("frozen"));
    assert!(frozen, "{error}");
}

#[tokio::test]
async fn a_push_whose_response_was_lost_counts_when_its_refs_have_arrived() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    // The receiving side stores everything, then dies before it reports success.
    world.sh(
        "printf '#!/bin/sh\n[ $1 != committed ] || kill -9 $PPID\n' >origin.git/hooks/reference-transaction \
         && chmod +x origin.git/hooks/reference-transaction",
    );
    let plain = "cd work && ! git push -q --atomic origin HEAD:refs/heads/probe 2>/dev/null";
    world.sh(plain);
    assert_eq!(work.remote("origin").push_atomic(&refs).await.unwrap(), PushOutcome::Pushed);
    assert!(work.remote("origin").refs().await.unwrap().tags.contains_key("v1"));
}

#[tokio::test]
async fn an_unreachable_remote_has_its_own_error() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.sh("mv origin.git away.git");
    let error = work.remote("origin").push_atomic(&refs).await.unwrap_err();
    assert!(matches!(error, GitError::RemoteUnavailable { .. }), "{error}");
}

#[tokio::test]
async fn a_remote_tag_is_deleted_only_as_expected() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    work.remote("origin").push_atomic(&refs).await.unwrap();
    let PushRef::Tag { id, .. } = &refs[1] else { unreachable!() };
    let wrong: TagId = "a".repeat(40).parse().unwrap();
    let error = work.remote("origin").delete_tag("v1", &wrong).await.unwrap_err();
    assert!(matches!(error, GitError::TagTaken { .. }), "{error}");
    assert!(work.remote("origin").delete_tag("v1", id).await.unwrap());
    assert!(!work.remote("origin").delete_tag("v1", id).await.unwrap());
}
