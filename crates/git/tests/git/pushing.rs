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
    let tag = work.annotated_tag("v1", &commit, "Release v1").await.unwrap();
    (work, refs(&commit, &tag))
}

#[tokio::test]
async fn branch_and_tag_arrive_together_and_once() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.sh("cd work && git tag -m unrelated private && git config push.followTags true");
    assert_eq!(work.push_atomic("origin", &refs).await.unwrap(), PushOutcome::Pushed);
    assert_eq!(work.push_atomic("origin", &refs).await.unwrap(), PushOutcome::AlreadyThere);
    let there = work.remote_refs("origin").await.unwrap();
    assert_eq!(there.branches["main"], work.head().await.unwrap());
    assert_eq!(there.tags["v1"].commit, work.head().await.unwrap());
    assert!(!there.tags.contains_key("private"));
}

#[tokio::test]
async fn a_remote_ahead_refuses_both() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.somebody_pushes();
    let error = work.push_atomic("origin", &refs).await.unwrap_err();
    assert!(matches!(error, GitError::NonFastForward { .. }), "{error}");
    assert!(work.remote_refs("origin").await.unwrap().tags.is_empty());
}

#[tokio::test]
async fn a_tag_that_exists_elsewhere_refuses_both() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.sh(
        "git clone -q origin.git other && cd other && git tag -m x v1 && git push -q origin v1",
    );
    let before = work.remote_refs("origin").await.unwrap();
    let error = work.push_atomic("origin", &refs).await.unwrap_err();
    assert!(matches!(error, GitError::TagTaken { .. }), "{error}");
    assert_eq!(work.remote_refs("origin").await.unwrap(), before);
}

#[tokio::test]
async fn of_two_pushes_at_once_one_wins_whole() {
    let world = World::new();
    world.sh("git clone -q origin.git other");
    let (work, ours) = release(&world).await;
    world.sh("cd other && git commit -q --allow-empty -m theirs && git tag -m theirs v1");
    let other = world.open("other").await;
    let theirs = refs(&other.head().await.unwrap(), &other.tag("v1").await.unwrap().unwrap().id);
    let (a, b) =
        tokio::join!(work.push_atomic("origin", &ours), other.push_atomic("origin", &theirs));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let there = work.remote_refs("origin").await.unwrap();
    assert_eq!(there.branches["main"], there.tags["v1"].commit);
}

#[tokio::test]
async fn a_hook_of_the_remote_is_a_refusal_with_its_words() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.sh(
        "printf '#!/bin/sh\necho frozen until monday; exit 1\n' >origin.git/hooks/pre-receive \
              && chmod +x origin.git/hooks/pre-receive",
    );
    let error = work.push_atomic("origin", &refs).await.unwrap_err();
    let frozen = matches!(&error, GitError::PushRefused { said, .. } if said.contains("frozen"));
    assert!(frozen, "{error}");
}

#[tokio::test]
async fn a_push_whose_answer_was_lost_counts_when_its_refs_are_there() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    // The receiving side stores everything, then dies before it says so.
    world.sh(
        "printf '#!/bin/sh\n[ $1 != committed ] || kill -9 $PPID\n' >origin.git/hooks/reference-transaction \
         && chmod +x origin.git/hooks/reference-transaction",
    );
    let plain = "cd work && ! git push -q --atomic origin HEAD:refs/heads/probe 2>/dev/null";
    world.sh(plain);
    assert_eq!(work.push_atomic("origin", &refs).await.unwrap(), PushOutcome::Pushed);
    assert!(work.remote_refs("origin").await.unwrap().tags.contains_key("v1"));
}

#[tokio::test]
async fn an_unreachable_remote_is_told_as_such() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    world.sh("mv origin.git away.git");
    let error = work.push_atomic("origin", &refs).await.unwrap_err();
    assert!(matches!(error, GitError::RemoteUnavailable { .. }), "{error}");
}

#[tokio::test]
async fn a_remote_tag_is_deleted_only_as_expected() {
    let world = World::new();
    let (work, refs) = release(&world).await;
    work.push_atomic("origin", &refs).await.unwrap();
    let PushRef::Tag { id, .. } = &refs[1] else { unreachable!() };
    let wrong = TagId::parse(&"a".repeat(40)).unwrap();
    let error = work.delete_remote_tag("origin", "v1", &wrong).await.unwrap_err();
    assert!(matches!(error, GitError::TagTaken { .. }), "{error}");
    assert!(work.delete_remote_tag("origin", "v1", id).await.unwrap());
    assert!(!work.delete_remote_tag("origin", "v1", id).await.unwrap());
}
