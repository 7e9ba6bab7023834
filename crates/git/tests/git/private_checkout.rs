use git::{GitError, LocalClone, Repository, private_checkout, remove_private_checkout};

use crate::world::World;

async fn tag_names(repository: &Repository) -> Vec<String> {
    let tags = repository.tags().list("*").await.unwrap();
    tags.into_iter().map(|tag| tag.name).collect()
}

#[tokio::test]
async fn a_private_checkout_has_the_tags_and_a_tag_made_in_it_is_nobody_elses() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    work.tags().create_annotated("v0.1.0", &head, "old").await.unwrap();
    let copy = private_checkout(&work, &world.path("copy"), &head).await.unwrap();
    copy.tags().create_annotated("v0.2.0", &head, "new").await.unwrap();
    assert_eq!(tag_names(&copy).await, ["v0.1.0", "v0.2.0"]);
    assert_eq!(tag_names(&work).await, ["v0.1.0"]);
    assert_eq!(copy.head().await.unwrap(), head);
    assert!(copy.status().await.unwrap().is_clean());
}

#[tokio::test]
async fn submodules_are_checked_out_as_the_maintainer_has_them_or_named_as_missing() {
    let world = World::new();
    world.sh(
        "git init -q icons && cd icons && echo svg >icon.svg && git add . && git commit -qm icon && \
         cd ../work && git -c protocol.file.allow=always submodule --quiet add ../icons assets/icons \
         && git commit -qm icons",
    );
    let work = world.work().await;
    let head = work.head().await.unwrap();
    let copy = private_checkout(&work, &world.path("copy"), &head).await.unwrap();
    assert!(copy.root().join("assets/icons/icon.svg").is_file());
    assert!(copy.status().await.unwrap().is_clean());

    std::fs::create_dir(world.path("rehearsal")).unwrap();
    let clone = LocalClone::create(&work, &world.path("rehearsal")).await.unwrap().repository;
    assert!(clone.root().join("assets/icons/icon.svg").is_file());
    let copy = private_checkout(&clone, &world.path("rehearsed"), &head).await.unwrap();
    assert!(copy.root().join("assets/icons/icon.svg").is_file());

    world.sh("cd work && git submodule --quiet deinit --force assets/icons");
    let missing = private_checkout(&work, &world.path("other"), &head).await;
    let Err(GitError::SubmoduleMissing { path }) = missing else { panic!("{missing:?}") };
    assert_eq!(path.to_str(), Some("assets/icons"));
}

#[tokio::test]
async fn a_large_file_that_stays_a_pointer_is_refused() {
    let world = World::new();
    world.sh("cd work && echo '*.bin filter=lfs -text' >.gitattributes && \
         printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:0\\nsize 1\\n' >a.bin && \
         git add . && git commit -qm large");
    let work = world.work().await;
    let head = work.head().await.unwrap();
    private_checkout(&work, &world.path("same"), &head).await.unwrap();
    std::fs::write(work.root().join("a.bin"), "content").unwrap();
    let refused = private_checkout(&work, &world.path("copy"), &head).await;
    assert!(matches!(refused, Err(GitError::LargeFileMissing { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_shallow_clone_is_checked_out_too() {
    let world = World::new();
    world.sh("git clone -q --depth=1 file://$PWD/work shallow");
    let shallow = world.open("shallow").await;
    let head = shallow.head().await.unwrap();
    let copy = private_checkout(&shallow, &world.path("copy"), &head).await.unwrap();
    assert_eq!(copy.head().await.unwrap(), head);
    assert!(copy.status().await.unwrap().is_clean());
}

#[tokio::test]
async fn a_removed_private_checkout_leaves_nothing_behind() {
    let world = World::new();
    let work = world.work().await;
    let head = work.head().await.unwrap();
    std::fs::create_dir(world.path("release")).unwrap();
    let path = world.path("release").join("package");
    private_checkout(&work, &path, &head).await.unwrap();
    remove_private_checkout(&path).unwrap();
    assert_eq!(std::fs::read_dir(world.path("release")).unwrap().count(), 0);
}
