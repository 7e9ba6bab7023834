use std::process::Command;

use futures_util::future::try_join_all;
use image_ref::{ImageId, Reference};
use local_docker::{CacheRecord, DiskUsage};

use crate::support::{TestImage, World, tool};

/// Something else may use the machine's engine at the same time.
const ATTEMPTS: usize = 5;

async fn layers(world: &World) -> u64 {
    world.engine.disk_usage().await.unwrap().layers.unwrap()
}

/// Bytes of the layers of an image, the bottom one first.
async fn sizes(world: &World, id: &ImageId) -> Vec<u64> {
    let history = world.engine.images().history(id).await.unwrap().unwrap();
    let layers = history.iter().filter(|entry| entry.created_by.starts_with("layer "));
    layers.rev().map(|entry| entry.size).collect()
}

/// By how much the engine counts less after a tag went.
async fn less_after(world: &World, reference: &Reference) -> u64 {
    let before = layers(world).await;
    world.engine.images().untag(reference).await.unwrap();
    before.wrapping_sub(layers(world).await)
}

pub(crate) async fn the_engine_frees_what_the_history_predicts(world: &World) {
    let mut found = Vec::new();
    for _ in 0..ATTEMPTS {
        let (expected, counted) = remove_two_that_share_layers(world).await;
        if expected == counted {
            return;
        }
        found.push((expected, counted));
    }
    panic!("expected and counted: {found:?}");
}

async fn remove_two_that_share_layers(world: &World) -> ([u64; 3], [u64; 3]) {
    let base = TestImage::without_program().random_layer(300_000).random_layer(70_000);
    let first = base.clone().random_layer(20_000).tag("first").tag("same");
    let second = base.random_layer(40_000).tag("second");
    let ids = world.load(&[first, second]).await;
    let (first, second) = (sizes(world, &ids[0]).await, sizes(world, &ids[1]).await);
    assert_eq!((first.len(), &first[..2]), (3, &second[..2]));
    let mut counted = [0; 3];
    for (counted, tag) in counted.iter_mut().zip(["same", "first", "second"]) {
        *counted = less_after(world, &world.reference(tag)).await;
    }
    ([0, first[2], second.iter().sum()], counted)
}

/// Engine 20.10 refuses the second request while it is busy.
pub(crate) async fn concurrent_requests_for_disk_usage_are_all_answered(world: &World) {
    world.load_one(TestImage::new().random_layer(10_000).tag("1")).await;
    for _ in 0..3 {
        let requests = [(), (), ()].map(|()| world.engine.disk_usage());
        for usage in try_join_all(requests).await.unwrap() {
            assert!(usage.layers > Some(10_000), "{usage:?}");
            let selective = world.engine.api_version().minor >= 42;
            assert_eq!(
                usage.volumes.is_none(),
                selective,
                "volumes are counted only by engines that must"
            );
        }
    }
}

/// Containerd store only.
pub(crate) async fn a_containers_own_layers_are_counted_with_the_images(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let before = world.engine.disk_usage().await.unwrap();
    let container = world.create("made", &[&world.reference("1").to_string()]);
    let during = world.engine.disk_usage().await.unwrap();
    assert!(during.containers > before.containers && during.layers > before.layers, "{during:?}");
    world.engine.containers().remove(&container, Default::default()).await.unwrap();
    assert_eq!(world.engine.disk_usage().await.unwrap(), before);
}

/// Graph-driver store only: the cache has the very layers of the image, so
/// the engine counts less and the disk is as full as before.
pub(crate) async fn the_layers_of_a_built_image_stay_in_the_cache(world: &World) {
    let host = world.engine.endpoint().address.to_string();
    let reference = world.reference("1");
    // No other record has this size.
    let size = 500_000 + fastrand::usize(..100_000);
    build(&host, &reference, size);
    let before = records_of_size(world, size).await;
    let shared = before.iter().find(|record| record.shared).expect("the image has this layer");
    world.engine.images().untag(&reference).await.unwrap();
    let after = records_of_size(world, size).await;
    for record in &after {
        buildx(
            &host,
            &["prune", "--builder", "default", "--force", "--filter", &format!("id={}", record.id)],
        );
    }
    let expected = CacheRecord { shared: false, ..shared.clone() };
    assert!(after.contains(&expected), "{after:?}");
}

async fn records_of_size(world: &World, size: usize) -> Vec<CacheRecord> {
    let usage = world.engine.disk_usage().await.unwrap();
    usage.build_cache.into_iter().filter(|record| record.size == size as u64).collect()
}

/// Containerd store only: BuildKit unpacks for itself.
pub(crate) async fn the_built_image_and_the_cache_have_separate_layers(world: &World) {
    let host = world.engine.endpoint().address.to_string();
    let reference = world.reference("1");
    build(&host, &reference, 500_000);
    let image = world.engine.images().get(reference.clone()).await.unwrap().id;
    let history = world.engine.images().history(&image).await.unwrap().unwrap();
    let size: u64 = history.iter().map(|entry| entry.size).sum();
    let before = world.engine.disk_usage().await.unwrap();
    assert!(of_images(&before).next().is_some(), "{before:?}");
    assert_eq!(less_after(world, &reference).await, size);
    let after = world.engine.disk_usage().await.unwrap();
    assert_eq!(of_images(&after).count(), 0, "{after:?}");
    assert_eq!(bytes(&after), bytes(&before), "the cache stays");
}

fn of_images(usage: &DiskUsage) -> impl Iterator<Item = &CacheRecord> {
    usage.build_cache.iter().filter(|record| record.shared)
}

fn bytes(usage: &DiskUsage) -> u64 {
    usage.build_cache.iter().map(|record| record.size).sum()
}

fn build(host: &str, reference: &Reference, size: usize) {
    let folder = tempfile::tempdir().unwrap();
    let content: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(size).collect();
    std::fs::write(folder.path().join("Dockerfile"), "FROM scratch\nCOPY file /file\n").unwrap();
    std::fs::write(folder.path().join("file"), content).unwrap();
    let (tag, context) = (reference.to_string(), folder.path().to_str().unwrap());
    buildx(host, &["build", "--builder", "default", "--quiet", "--load", "--tag", &tag, context]);
}

fn buildx(host: &str, arguments: &[&str]) {
    let mut buildx = Command::new(tool("docker-buildx"));
    let ran = buildx.args(arguments).env("DOCKER_HOST", host).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
