use git::{GitError, Probe, TagKind};

use crate::world::World;

#[tokio::test]
async fn an_annotated_tag_is_made_once_and_kept() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    let message = "Release v1.0.0\n\nTwo\nlines.\n# not a comment";
    let tag = work.annotated_tag("v1.0.0", &head, message).await.unwrap();
    assert_eq!(work.annotated_tag("v1.0.0", &head, message).await.unwrap(), tag);
    let found = work.tag("v1.0.0").await.unwrap().unwrap();
    assert_eq!((found.kind, &found.id, &found.commit), (TagKind::Annotated, &tag, &head));
    assert_eq!(found.message, message);
    assert_eq!(
        work.describe(&head, "v[0-9]*").await.unwrap().unwrap(),
        format!("v1.0.0-0-g{}", work.short(&head).await.unwrap())
    );
}

#[tokio::test]
async fn a_tag_elsewhere_or_light_is_taken() {
    let world = World::new();
    let work = world.work().await;
    let first = work.head().await.unwrap();
    work.annotated_tag("v1", &first, "Release v1").await.unwrap();
    world.sh("cd work && git tag light");
    let second = world.commit("a.txt", "two").await;
    for (name, commit) in [("v1", &second), ("light", &first)] {
        let error = work.annotated_tag(name, commit, "Release v1").await.unwrap_err();
        assert!(matches!(error, GitError::TagTaken { .. }), "{error}");
    }
    assert_eq!(work.probe_tag("v1", &first, "Release v1").await.unwrap(), Probe::Identical);
    assert_eq!(work.probe_tag("v1", &first, "Other").await.unwrap(), Probe::Diverged);
    assert_eq!(work.probe_tag("v2", &first, "Release v2").await.unwrap(), Probe::Absent);
    assert_eq!(work.tag("light").await.unwrap().unwrap().kind, TagKind::Light);
}

#[tokio::test]
async fn odd_names_are_refused_before_git_reads_them_as_options() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    for name in ["-d", "--force", "a b", "v1..2", "v1^", "", "v1.lock"] {
        let error = work.annotated_tag(name, &head, "m").await.unwrap_err();
        assert!(matches!(error, GitError::InvalidName { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_local_tag_is_deleted_only_as_expected() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    let tag = work.annotated_tag("v1", &head, "one").await.unwrap();
    world.sh("cd work && git tag -f -m other v1");
    let error = work.delete_local_tag("v1", &tag).await.unwrap_err();
    assert!(matches!(error, GitError::TagTaken { .. }), "{error}");
    let other = work.tag("v1").await.unwrap().unwrap().id;
    assert!(work.delete_local_tag("v1", &other).await.unwrap());
    assert!(!work.delete_local_tag("v1", &other).await.unwrap());
}

#[tokio::test]
async fn tags_are_listed_by_pattern_and_described_only_from_it() {
    let world = World::new();
    let work = world.work().await;
    world.sh("cd work && git tag -m m v0.1 && git tag -m m nightly && git tag v0.2");
    let names: Vec<_> = work.tags("v[0-9]*").await.unwrap().into_iter().map(|t| t.name).collect();
    assert_eq!(names, ["v0.1", "v0.2"]);
    let head = work.head().await.unwrap();
    assert_eq!(work.describe(&head, "x*").await.unwrap(), None);
}
