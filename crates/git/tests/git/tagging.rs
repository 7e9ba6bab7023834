use git::{GitError, TagKind};
use probe::Probe;

use crate::world::World;

#[tokio::test]
async fn an_annotated_tag_is_made_once_and_kept() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    let message = "Release v1.0.0\n\nTwo\nlines.\n# not a comment";
    let tag = work.tags().create_annotated("v1.0.0", &head, message).await.unwrap();
    assert_eq!(work.tags().create_annotated("v1.0.0", &head, message).await.unwrap(), tag);
    let found = work.tags().get("v1.0.0").await.unwrap().unwrap();
    assert_eq!((found.kind, &found.id, &found.commit), (TagKind::Annotated, &tag, &head));
    assert_eq!(found.message, message);
    assert_eq!(
        work.describe(&head, "v[0-9]*").await.unwrap().unwrap(),
        format!("v1.0.0-0-g{}", work.short_id(&head).await.unwrap())
    );
}

#[tokio::test]
async fn a_tag_of_another_commit_or_kind_is_taken() {
    let world = World::new();
    let work = world.work().await;
    let first = work.head().await.unwrap();
    work.tags().create_annotated("v1", &first, "Release v1").await.unwrap();
    world.sh("cd work && git tag light");
    let second = world.commit("a.txt", "two").await;
    for (name, commit) in [("v1", &second), ("light", &first)] {
        let error = work.tags().create_annotated(name, commit, "Release v1").await.unwrap_err();
        assert!(matches!(error, GitError::TagTaken { .. }), "{error}");
    }
    let probe = async |name: &str, message: &str| {
        work.tags().probe(name, &first, message).await.into_result().unwrap()
    };
    assert!(probe("v1", "Release v1").await.is_identical());
    assert!(matches!(probe("v1", "Other").await, Probe::Diverged(_)));
    assert_eq!(probe("v2", "Release v2").await, Probe::Absent);
    assert_eq!(work.tags().get("light").await.unwrap().unwrap().kind, TagKind::Lightweight);
}

#[tokio::test]
async fn odd_names_are_refused_before_git_reads_them_as_options() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    for name in ["-d", "--force", "a b", "v1..2", "v1^", "", "v1.lock"] {
        let error = work.tags().create_annotated(name, &head, "m").await.unwrap_err();
        assert!(matches!(error, GitError::InvalidName { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_local_tag_is_deleted_only_as_expected() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    let tag = work.tags().create_annotated("v1", &head, "one").await.unwrap();
    world.sh("cd work && git tag -f -m other v1");
    let error = work.tags().delete("v1", &tag).await.unwrap_err();
    assert!(matches!(error, GitError::TagTaken { .. }), "{error}");
    let other = work.tags().get("v1").await.unwrap().unwrap().id;
    assert!(work.tags().delete("v1", &other).await.unwrap());
    assert!(!work.tags().delete("v1", &other).await.unwrap());
}

#[tokio::test]
async fn tags_are_listed_by_pattern_and_described_only_from_it() {
    let world = World::new();
    let work = world.work().await;
    world.sh("cd work && git tag -m m v0.1 && git tag -m m nightly && git tag v0.2");
    let names: Vec<_> =
        work.tags().list("v[0-9]*").await.unwrap().into_iter().map(|tag| tag.name).collect();
    assert_eq!(names, ["v0.1", "v0.2"]);
    let head = work.head().await.unwrap();
    assert_eq!(work.describe(&head, "x*").await.unwrap(), None);
}
