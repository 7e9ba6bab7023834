//! Accidents that happened to users who cleaned up images, as tests of this crate.

use jiff::Timestamp;
use local_docker::{EngineError, RemoveOutcome};

use crate::support::{TestImage, World};

/// An engine removes a tag of an image that a container runs as long as another tag
/// is left: callers must protect each of them.
pub(crate) async fn a_tag_of_a_running_containers_image_is_removed_silently(world: &World) {
    let image = world.load_one(TestImage::new().random_layer(1_000).tag("1").tag("latest")).await;
    let reference = world.reference("1");
    let container = world.run("running", &[&reference.to_string()]);
    let removal = world.engine.images().untag(&reference).await.unwrap();
    assert_eq!((removal.untagged, removal.deleted), (vec![reference.to_string()], vec![]));

    // The list has lost the name, the inspection has not.
    let listed = world.engine.containers().list(Some(&world.label())).await.unwrap();
    assert!(image.as_str().contains(listed[0].image.trim_start_matches("sha256:")), "{listed:?}");
    assert_eq!(listed[0].image_id.as_ref(), Some(&image));
    let details = world.details(&container).await;
    assert_eq!((details.image, details.image_id), (reference.to_string(), Some(image.clone())));
    assert_eq!(world.image_details(&image).await.tags, [world.reference("latest")]);
}

pub(crate) async fn the_last_tag_of_an_image_in_use_stays(world: &World) {
    let image = world.load_one(TestImage::new().random_layer(1_000).tag("1")).await;
    let reference = world.reference("1");
    world.run("running", &[&reference.to_string()]);
    let error = world.engine.images().untag(&reference).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageInUse { .. }), "{error:?}");
    assert_eq!(world.image_details(&image).await.tags, [reference]);
}

/// When forced, an engine "deletes" such an image, but its layers stay.
pub(crate) async fn an_image_of_a_stopped_container_keeps_its_layers(world: &World) {
    let image = world.load_one(TestImage::new().random_layer(1_000).tag("1")).await;
    let reference = world.reference("1");
    let container = world.run_to_end("ended", &[&reference.to_string(), "say", "0"]);
    let error = world.engine.images().untag(&reference).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageInUse { .. }), "{error:?}");
    assert_eq!(world.image_details(&image).await.tags, std::slice::from_ref(&reference));

    let removed = world.engine.containers().remove(&container, Default::default()).await.unwrap();
    assert_eq!(removed, RemoveOutcome::Removed);
    let removal = world.engine.images().untag(&reference).await.unwrap();
    assert!(removal.deleted.contains(&image.to_string()), "{removal:?}");
    assert_eq!(world.engine.images().inspect(&image).await.unwrap(), None);
}

/// Removing its tag frees nothing.
pub(crate) async fn an_image_that_others_were_built_from_stays(world: &World) {
    let base = world.load_one(TestImage::new().random_layer(1_000).tag("base")).await;
    let from = format!("FROM {}\nCOPY file /file\n", world.reference("base"));
    let child = world.build("child", &from).await;
    let removal = world.engine.images().untag(&world.reference("base")).await.unwrap();
    assert_eq!(removal.untagged, [world.reference("base").to_string()]);
    // The containerd store reports the image as deleted, which is wrong.
    assert_eq!(removal.deleted.len(), usize::from(world.containerd), "{removal:?}");
    let details = world.image_details(&base).await;
    assert_eq!((details.tags, details.digests), (vec![], vec![]));
    assert!(world.image_details(&child).await.layers.starts_with(&details.layers));
    // It is removed together with the last child.
    let removal = world.engine.images().untag(&world.reference("child")).await.unwrap();
    assert!(removal.deleted.contains(&base.to_string()), "{removal:?}");
    assert_eq!(world.engine.images().inspect(&base).await.unwrap(), None);
}

/// The containerd store removes it; what was built from it stays intact.
pub(crate) async fn removing_a_dangling_image_does_not_damage_its_children(world: &World) {
    let base = world.load_one(TestImage::new().random_layer(1_000).tag("base")).await;
    let from = format!("FROM {}\nCOPY file /file\n", world.reference("base"));
    let child = world.build("child", &from).await;
    world.engine.images().untag(&world.reference("base")).await.unwrap();
    match world.engine.images().remove(&base).await {
        Ok(removal) => assert!(world.containerd, "{removal:?}"),
        Err(EngineError::ImageInUse { .. }) => assert!(!world.containerd),
        Err(error) => panic!("{error:?}"),
    }
    let history = world.engine.images().history(&child).await.unwrap().unwrap();
    assert_eq!(history.iter().filter(|entry| entry.size > 0).count(), 3, "{history:?}");
    let reference = world.reference("child").to_string();
    let ended = world.run_to_end("ended", &["--entrypoint", "/app", &reference, "say", "5"]);
    assert_eq!(world.details(&ended).await.exit_code, Some(5));
}

/// Its age does not tell how long the engine has had it.
pub(crate) async fn a_loaded_image_may_claim_to_be_old(world: &World) {
    let image = TestImage::new().random_layer(1_000).tag("1").created("1970-01-01T00:00:00Z");
    let before = Timestamp::now();
    let id = world.load_one(image).await;
    let details = world.image_details(&id).await;
    assert_eq!(details.created, Some(Timestamp::UNIX_EPOCH));
    match details.last_tagged {
        Some(moment) => assert!(world.containerd && moment.as_second() >= before.as_second()),
        None => assert!(!world.containerd, "a graph-driver store does not know"),
    }
    world.engine.images().tag(id.clone(), &world.reference("2")).await.unwrap();
    let tagged = world.image_details(&id).await.last_tagged.unwrap();
    assert!(tagged.as_second() >= before.as_second(), "{tagged}");
}

/// Only the containerd store gives a loaded image a digest to be run by.
pub(crate) async fn a_container_run_by_digest_keeps_its_image(world: &World) {
    let image = world.load_one(TestImage::new().random_layer(1_000).tag("1").tag("2")).await;
    let details = world.image_details(&image).await;
    let by = details.digests.first().map_or_else(|| image.to_string(), ToString::to_string);
    let container = world.create("pinned", &[&by]);
    assert_eq!(world.details(&container).await.image, by);
    let listed = world.engine.containers().list(Some(&world.label())).await.unwrap();
    assert_eq!(listed[0].image_id.as_ref(), Some(&image));

    world.engine.images().untag(&world.reference("1")).await.unwrap();
    let error = world.engine.images().untag(&world.reference("2")).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageInUse { .. }), "{error:?}");
    assert_eq!(world.image_details(&image).await.tags, [world.reference("2")]);
}
