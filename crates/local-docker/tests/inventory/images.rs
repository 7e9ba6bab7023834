use image_ref::{ImageId, Reference};
use local_docker::{EngineError, ImageSummary};

use crate::support::{Registry, TestImage, World};

async fn listed(world: &World, id: &ImageId) -> Option<ImageSummary> {
    let images = world.engine.images().list_all().await.unwrap();
    images.into_iter().find(|image| image.id == *id)
}

pub(crate) async fn an_inspection_has_layers_and_times(world: &World) {
    let image = TestImage::new().random_layer(10_000).random_layer(20_000).tag("1").tag("2");
    let layers = image.diff_ids();
    let id = world.load_one(image).await;
    let details = world.image_details(&id).await;
    assert_eq!((&details.id, details.layers), (&id, layers));
    assert_eq!(details.tags, [world.reference("1"), world.reference("2")]);
    assert_eq!(details.created, "2026-01-02T03:04:05Z".parse().ok());
    assert_eq!(details.platform, Some(world.engine.info().await.unwrap().platform));
    assert_eq!(details.labels["org.tidegate.test"], world.id);
    let listed = listed(world, &id).await.unwrap();
    assert_eq!((listed.tags, listed.created), (details.tags, details.created));
    assert_eq!((listed.digests, listed.labels), (details.digests, details.labels));
    assert!(listed.size > 30_000 && details.size > 30_000);
    // The containerd store gives an image its digest when it is loaded.
    assert_eq!(world.image_details(&id).await.digests.len(), usize::from(world.containerd));
}

pub(crate) async fn the_history_has_the_bytes_of_each_layer(world: &World) {
    let id = world.load_one(TestImage::new().random_layer(50_000).empty_layer().tag("1")).await;
    let history = world.engine.images().history(&id).await.unwrap().unwrap();
    let steps: Vec<_> = history.iter().map(|entry| entry.created_by.as_str()).collect();
    assert_eq!(steps, ["no layer", "layer 2", "layer 1", "layer 0"]);
    let [none, empty, data, program] = history.as_slice() else { panic!("{history:?}") };
    assert_eq!(none.size, 0);
    // Its folder takes a block.
    assert!(empty.size <= if world.containerd { 4096 } else { 0 }, "{empty:?}");
    assert!(program.size > 100_000, "{program:?}");
    // A graph-driver store counts the bytes of files, containerd's their blocks on the disk.
    let expected = if world.containerd { 50_000..70_000 } else { 50_000..50_001 };
    assert!(expected.contains(&data.size), "{data:?}");
}

pub(crate) async fn the_intermediate_images_of_a_build_are_listed(world: &World) {
    let id = world.build("1", "FROM scratch\nCOPY file /a\nLABEL b=c\nCMD [\"/a\"]\n").await;
    let all = world.engine.images().list_all().await.unwrap();
    let mut chain = vec![all.iter().find(|image| image.id == id).unwrap()];
    while let Some(parent) = &chain[chain.len() - 1].parent {
        chain.push(all.iter().find(|image| image.id == *parent).expect("its parent is listed"));
    }
    // Each line after FROM makes an image, including the test's LABEL.
    assert_eq!(chain.len(), 4, "{chain:?}");
    assert!(chain[1..].iter().all(|image| image.tags.is_empty()));
    assert_eq!(world.image_details(&id).await.parent, chain[0].parent);
    let plain = world.engine.images().list(Some(&world.label())).await.unwrap();
    assert_eq!(plain.len(), 1, "intermediate images are not listed there");
}

pub(crate) async fn details_of_many_images_are_in_order_without_missing_ones(world: &World) {
    let tags = ["1", "2", "3"];
    let images = tags.map(|tag| TestImage::new().random_layer(1_000).tag(tag));
    let ids = world.load(&images).await;
    world.engine.images().untag(&world.reference("2")).await.unwrap();
    assert_eq!(world.engine.images().inspect(&ids[1]).await.unwrap(), None);
    assert_eq!(world.engine.images().history(&ids[1]).await.unwrap(), None);
    assert_eq!(listed(world, &ids[1]).await, None);
    let found = world.engine.images().inspect_all(&ids).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|details| details.id).collect();
    assert_eq!(found, [ids[0].clone(), ids[2].clone()]);
}

/// Two images that lost their only tag, as the older ones of repeated builds.
async fn two_dangling(world: &World) -> [ImageId; 2] {
    let first = world.build("1", "FROM scratch\nLABEL number=1\n").await;
    let second = world.build("1", "FROM scratch\nLABEL number=2\n").await;
    world.build("1", "FROM scratch\nLABEL number=3\n").await;
    for id in [&first, &second] {
        let image = listed(world, id).await.expect("the image is listed without its tag");
        assert_eq!((image.tags, image.digests), (vec![], vec![]));
    }
    [first, second]
}

pub(crate) async fn only_the_requested_dangling_image_is_removed(world: &World) {
    let [first, second] = two_dangling(world).await;
    let removal = world.engine.images().remove(&first).await.unwrap();
    assert!(removal.deleted.contains(&first.to_string()), "{removal:?}");
    assert_eq!(listed(world, &first).await, None);
    assert!(listed(world, &second).await.is_some(), "nothing is pruned");
    let error = world.engine.images().remove(&first).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageNotFound { .. }), "{error:?}");
}

pub(crate) async fn an_image_that_got_a_tag_meanwhile_stays(world: &World) {
    let [first, _] = two_dangling(world).await;
    world.engine.images().tag(first.clone(), &world.reference("again")).await.unwrap();
    let error = world.engine.images().remove(&first).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageInUse { .. }), "{error:?}");
    assert!(error.to_string().contains(":again"), "{error}");
    assert_eq!(listed(world, &first).await.unwrap().tags, [world.reference("again")]);
}

/// As when two registries served it and the tags of both moved to another image.
pub(crate) async fn an_image_with_digests_of_two_repositories_is_removed(world: &World) {
    let image = world.load_one(TestImage::new().random_layer(1_000).tag("1")).await;
    let registry = Registry::start().await;
    for repository in ["first", "second"] {
        let tag: Reference = format!("{}/{repository}:1", registry.address).parse().unwrap();
        world.engine.images().tag(image.clone(), &tag).await.unwrap();
        let printed = world.docker(&["push", &tag.to_string()]);
        let digest = printed.rsplit("digest: ").next().and_then(|rest| rest.split(' ').next());
        let name = format!("{}/{repository}@{}", registry.address, digest.unwrap());
        // With the last tag of a repository its digests would go, too.
        world.engine.images().untag(&tag).await.unwrap();
        world.docker(&["pull", "--quiet", &name]);
    }
    world.engine.images().untag(&world.reference("1")).await.unwrap();
    let details = world.image_details(&image).await;
    assert_eq!((details.tags.len(), details.digests.len()), (0, 2), "{:?}", details.digests);
    let removal = world.engine.images().remove(&image).await.unwrap();
    assert!(removal.deleted.contains(&image.to_string()), "{removal:?}");
    assert_eq!(listed(world, &image).await, None);
}
